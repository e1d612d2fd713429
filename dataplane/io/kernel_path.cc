// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/io/kernel_path.hh"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <net/if.h>
#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_mbuf.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "dataplane/io/dpdk_log.hh"
#include "dataplane/io/host_interface.hh"
#include "dataplane/io/port.hh"

namespace apex::io {

namespace {

constexpr std::uint16_t descriptors = 256;
constexpr std::uint16_t moved_at_once = 32;
constexpr const char* vhost_net = "/dev/vhost-net";

// What both rings hold, and two bursts under way.
constexpr unsigned pool_size = 2 * descriptors + 2 * moved_at_once - 1;

std::string text_of(const MacAddress& mac) {
    rte_ether_addr address;
    std::ranges::copy(mac, address.addr_bytes);
    std::array<char, RTE_ETHER_ADDR_FMT_SIZE> text;
    rte_ether_format_addr(text.data(), text.size(), &address);
    return text.data();
}

}  // namespace

std::size_t KernelPath::pool_memory(std::uint16_t mtu) {
    return Port::pool_memory(pool_size, mtu);
}

KernelPath::KernelPath(std::string interface, unsigned workers, const KernelSettings& settings,
                       std::size_t longest)
    : interface_(std::move(interface)) {
    for (unsigned worker = 0; worker < workers; ++worker) {
        queues_.emplace_back(settings.rate, rte_get_tsc_hz(), longest);
    }
}

std::expected<std::unique_ptr<KernelPath>, std::string> KernelPath::open(
    const Port& port, const KernelSettings& settings, unsigned workers) {
    std::unique_ptr<KernelPath> path{
        new KernelPath(settings.interface, workers, settings, longest_frame(port.mtu()))};
    const auto fail = [&](const std::string& why) {
        return std::unexpected("port \"" + port.device().text() + "\": its kernel interface \"" +
                               settings.interface + "\" " + why);
    };
    if (::if_nametoindex(settings.interface.c_str()) != 0) {
        return fail(
            "is there already, and not ours; give \"kernel\" of the port another "
            "\"interface\", or remove that one");
    }
    if (auto done = path->start(port); !done) return fail(done.error());
    auto done = set_up_interface(settings.interface, port.mac(), path->mtu_, settings.addresses);
    if (!done) return fail(done.error());
    return path;
}

KernelPath::~KernelPath() {
    if (started_) rte_eth_dev_stop(id_);
    if (!device_.empty()) {
        if (has_id_) rte_eth_dev_close(id_);
        rte_eal_hotplug_remove("vdev", device_.c_str());
    }
    rte_mempool_free(pool_);
}

/// The first of the two kinds that this host can make.
std::expected<void, std::string> KernelPath::make_device(const Port& port) {
    const std::string number = std::to_string(port.id());
    const std::string common = "iface=" + interface_ + ",mac=" + text_of(port.mac());
    const bool has_vhost = ::access(vhost_net, R_OK | W_OK) == 0;
    struct Kind {
        std::string name;
        std::string arguments;
    };
    const std::array kinds{
        Kind{"virtio_user_kernel" + number,
             common + ",path=" + vhost_net + ",queue_size=" + std::to_string(descriptors)},
        Kind{"net_tap_kernel" + number, common},
    };
    int error = 0;
    for (std::size_t n = has_vhost ? 0 : 1; n < kinds.size(); ++n) {
        const Kind& kind = kinds[n];
        error = rte_eal_hotplug_add("vdev", kind.name.c_str(), kind.arguments.c_str());
        if (error != 0) continue;
        device_ = kind.name;
        return {};
    }
    return std::unexpected("cannot be made: " + error_text(error) +
                           "; it needs /dev/net/tun and the right to create interfaces");
}

std::expected<void, std::string> KernelPath::start(const Port& port) {
    // It has a line for each thing that the kernel lacks and that nobody here needs.
    const QuietLog quiet("pmd.net.tap");
    if (auto made = make_device(port); !made) return made;
    const auto fail = [this](const std::string& what, int error) {
        return std::unexpected(what + " on " + device_ + ": " + error_text(error));
    };
    if (const int error = rte_eth_dev_get_port_by_name(device_.c_str(), &id_); error != 0)
        return fail("has no port", error);
    has_id_ = true;
    rte_eth_dev_info info{};
    if (const int error = rte_eth_dev_info_get(id_, &info); error != 0)
        return fail("is not known", error);
    driver_ = info.driver_name;
    // net_tap has no frames longer than usual.
    constexpr std::size_t headers = longest_frame(0);
    mtu_ =
        static_cast<std::uint16_t>(std::min<std::size_t>(port.mtu(), info.max_rx_pktlen - headers));
    const rte_eth_conf conf{};
    if (const int error = rte_eth_dev_configure(id_, 1, 1, &conf); error != 0)
        return fail("cannot be configured", error);
    pool_ = Port::make_pool(device_, pool_size, port.mtu(), SOCKET_ID_ANY);
    if (pool_ == nullptr) return fail("has no memory for its packets", rte_errno);
    std::uint16_t rx = descriptors;
    std::uint16_t tx = descriptors;
    if (const int error = rte_eth_dev_adjust_nb_rx_tx_desc(id_, &rx, &tx); error != 0)
        return fail("has no descriptors", error);
    const unsigned any = static_cast<unsigned>(SOCKET_ID_ANY);
    if (const int error = rte_eth_rx_queue_setup(id_, 0, rx, any, nullptr, pool_); error != 0)
        return fail("cannot receive", error);
    if (const int error = rte_eth_tx_queue_setup(id_, 0, tx, any, nullptr); error != 0)
        return fail("cannot send", error);
    if (const int error = rte_eth_dev_set_mtu(id_, mtu_); error != 0 && error != -ENOTSUP)
        return fail("cannot have an MTU of " + std::to_string(mtu_), error);
    if (const int error = rte_eth_dev_start(id_); error != 0) return fail("does not start", error);
    started_ = true;
    return {};
}

void KernelPath::follow_link(bool up) {
    // What cannot be done is tried again at the next look.
    if (up != has_carrier_ && set_carrier(interface_, up)) has_carrier_ = up;
}

bool KernelPath::move() noexcept {
    bool moved = false;
    for (KernelQueue& queue : queues_) moved |= move_to_kernel(queue.to_kernel);
    return move_from_kernel(queues_.front()) || moved;
}

bool KernelPath::move_to_kernel(FrameRing& ring) noexcept {
    std::array<rte_mbuf*, moved_at_once> mbufs;
    std::uint16_t count = 0;
    while (count < moved_at_once) {
        const wire::Bytes frame = ring.front();
        if (frame.empty()) break;
        if (frame.size() > longest_frame(mtu_)) {  // net_tap would refuse all behind it too
            ring.pop();
            refused_.fetch_add(1, std::memory_order_relaxed);
            continue;
        }
        rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_);
        if (mbuf == nullptr) break;  // when the interface has sent some
        std::memcpy(rte_pktmbuf_append(mbuf, static_cast<std::uint16_t>(frame.size())),
                    frame.data(), frame.size());
        ring.pop();
        mbufs[count++] = mbuf;
    }
    if (count == 0) return false;
    const std::uint16_t sent = rte_eth_tx_burst(id_, 0, mbufs.data(), count);
    if (sent < count) rte_pktmbuf_free_bulk(mbufs.data() + sent, count - unsigned{sent});
    to_kernel_.fetch_add(sent, std::memory_order_relaxed);
    refused_.fetch_add(count - unsigned{sent}, std::memory_order_relaxed);
    return true;
}

bool KernelPath::move_from_kernel(KernelQueue& queue) noexcept {
    std::array<rte_mbuf*, moved_at_once> mbufs;
    const std::uint16_t count = rte_eth_rx_burst(id_, 0, mbufs.data(), moved_at_once);
    if (count == 0) return false;
    std::uint64_t lost = 0;
    for (std::uint16_t n = 0; n < count; ++n) {
        const rte_mbuf* mbuf = mbufs[n];
        const wire::Bytes frame{rte_pktmbuf_mtod(mbuf, const std::uint8_t*), mbuf->data_len};
        if (mbuf->nb_segs != 1 || !queue.from_kernel.push(frame)) ++lost;
    }
    ::eventfd_write(queue.wake_fd, 1);
    rte_pktmbuf_free_bulk(mbufs.data(), count);
    from_kernel_.fetch_add(count, std::memory_order_relaxed);
    lost_.fetch_add(lost, std::memory_order_relaxed);
    return true;
}

KernelCounters KernelPath::counters() const {
    const auto read = [](const std::atomic<std::uint64_t>& counter) {
        return counter.load(std::memory_order_relaxed);
    };
    return {read(to_kernel_), read(refused_), read(from_kernel_), read(lost_)};
}

}  // namespace apex::io
