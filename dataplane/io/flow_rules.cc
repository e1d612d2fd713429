// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/io/flow_rules.hh"

#include <array>
#include <cstring>
#include <numeric>
#include <vector>

#include <arpa/inet.h>
#include <rte_ethdev.h>
#include <rte_flow.h>

namespace apex::io {

namespace {

std::unexpected<std::string> fail(const std::string& what, const rte_flow_error& error) {
    return std::unexpected(what + ": " + (error.message != nullptr ? error.message : "no reason"));
}

/// To the queues, or to the only one.
class ToQueues {
  public:
    explicit ToQueues(std::uint16_t queues) : numbers_(queues) {
        std::iota(numbers_.begin(), numbers_.end(), std::uint16_t{0});
        rss_.types = RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP;
        rss_.queue_num = queues;
        rss_.queue = numbers_.data();
        if (queues == 1) {
            actions_[0] = {RTE_FLOW_ACTION_TYPE_QUEUE, &queue_};
        } else {
            actions_[0] = {RTE_FLOW_ACTION_TYPE_RSS, &rss_};
        }
        actions_[1] = {RTE_FLOW_ACTION_TYPE_END, nullptr};
    }
    ToQueues(const ToQueues&) = delete;
    ToQueues& operator=(const ToQueues&) = delete;

    const rte_flow_action* actions() const { return actions_.data(); }

  private:
    std::vector<std::uint16_t> numbers_;
    rte_flow_action_queue queue_{};
    rte_flow_action_rss rss_{};
    std::array<rte_flow_action, 2> actions_{};
};

rte_flow* make_rule(std::uint16_t port, const wire::IpAddress& address, std::uint16_t udp_port,
                    const ToQueues& to, rte_flow_error& error) {
    rte_flow_attr attributes{};
    attributes.ingress = 1;
    rte_flow_item_ipv4 v4{};
    rte_flow_item_ipv4 v4_mask{};
    std::memcpy(&v4.hdr.dst_addr, address.bytes.data() + 12, 4);
    v4_mask.hdr.dst_addr = 0xffffffff;
    rte_flow_item_ipv6 v6{};
    rte_flow_item_ipv6 v6_mask{};
    std::memcpy(v6.hdr.dst_addr, address.bytes.data(), 16);
    std::memset(v6_mask.hdr.dst_addr, 0xff, 16);
    rte_flow_item_udp udp{};
    rte_flow_item_udp udp_mask{};
    udp.hdr.dst_port = htons(udp_port);
    udp_mask.hdr.dst_port = 0xffff;
    const rte_flow_item ip = address.is_v4()
                                 ? rte_flow_item{RTE_FLOW_ITEM_TYPE_IPV4, &v4, nullptr, &v4_mask}
                                 : rte_flow_item{RTE_FLOW_ITEM_TYPE_IPV6, &v6, nullptr, &v6_mask};
    const std::array pattern{rte_flow_item{RTE_FLOW_ITEM_TYPE_ETH, nullptr, nullptr, nullptr}, ip,
                             rte_flow_item{RTE_FLOW_ITEM_TYPE_UDP, &udp, nullptr, &udp_mask},
                             rte_flow_item{RTE_FLOW_ITEM_TYPE_END, nullptr, nullptr, nullptr}};
    return rte_flow_create(port, &attributes, pattern.data(), to.actions(), &error);
}

}  // namespace

std::expected<void, std::string> isolate(std::uint16_t port) {
    rte_flow_error error{};
    if (rte_flow_isolate(port, 1, &error) != 0)
        return fail(
            "cannot be shared with the kernel, rte_flow isolated mode; bind it to vfio-pci if it "
            "can be",
            error);
    return {};
}

std::expected<void, std::string> take_queries(std::uint16_t port, std::uint16_t queues,
                                              std::span<const wire::IpAddress> addresses,
                                              std::uint16_t udp_port) {
    const ToQueues to(queues);
    for (const wire::IpAddress& address : addresses) {
        rte_flow_error error{};
        if (make_rule(port, address, udp_port, to, error) == nullptr)
            return fail("takes no rule for UDP to " + address.to_text() + " port " +
                            std::to_string(udp_port) + ", dmesg may say more",
                        error);
    }
    return {};
}

}  // namespace apex::io
