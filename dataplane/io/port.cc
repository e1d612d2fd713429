// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "dataplane/io/port.hh"

#include <algorithm>
#include <bit>
#include <string_view>
#include <utility>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include "dataplane/answer/query.hh"
#include "dataplane/io/dpdk_log.hh"
#include "dataplane/io/flow_rules.hh"
#include "dataplane/io/interface.hh"

namespace apex::io {

namespace {

constexpr std::uint16_t default_descriptors = 1024;
constexpr unsigned cache_size = 256;  ///< mbufs that a worker's lcore keeps to itself

// Descriptors of both rings, the lcore's cache (which may hold half as much
// again) and bursts in flight.
constexpr std::size_t pool_size = 8191;
// AF_XDP: 2048 each for fill, receive, transmit and completion ring, and as many
// on their way.
constexpr std::size_t af_xdp_pool_size = 16383;

// What one mbuf takes in a pool beside its data: header, mbuf, padding that
// spreads objects over memory channels.
constexpr std::size_t mbuf_overhead = 320;

std::expected<std::size_t, std::string> mbufs_needed(const Device& device, unsigned queue) {
    const auto held = device.held_packets(queue);
    if (!held) return held;
    // Each NIC of a bond has rings of its own.
    const std::size_t rings = std::max<std::size_t>(device.nics().size(), 1);
    return *held + (device.kind() == Device::Kind::af_xdp ? af_xdp_pool_size : rings * pool_size);
}

/// Of a packet's buffer: a frame in one piece, and what parsing may read behind it. Hardware counts
/// such sizes in units, and would use a smaller one and split long frames: in KiB, or for
/// `power_of_two` as that says.
std::uint16_t data_room(std::uint16_t mtu, bool power_of_two) {
    const std::size_t needed = longest_frame(mtu) + answer::padding;
    constexpr std::size_t unit = 1024;
    const std::size_t data =
        power_of_two ? std::bit_ceil(needed) : (needed + unit - 1) / unit * unit;
    return static_cast<std::uint16_t>(RTE_PKTMBUF_HEADROOM +
                                      std::max<std::size_t>(RTE_MBUF_DEFAULT_DATAROOM, data));
}

constexpr std::uint64_t wanted_hash = RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP;

bool has_link(std::uint16_t port) {
    rte_eth_link link{};
    return rte_eth_link_get_nowait(port, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

/// Lets the driver free what it sent at once and without a look, where it can. Sound here: a
/// queue sends only what came by the port's queue of the same number, or was taken from its pool,
/// and nobody holds references. Not so in a bond, which sends frames of its own and copies.
std::uint64_t tx_offloads(const rte_eth_dev_info& info, const Device& device) {
    if (device.kind() == Device::Kind::bonding) return 0;
    return info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
}

/// The driver's queues are beside the kernel's own.
bool shares_with_kernel(const Device& device, const std::string& driver) {
    return driver.find("mlx5") != std::string::npos ||
           (device.kind() == Device::Kind::tap && device.parameter("remote"));
}

/// It has a queue for each worker, and a flow always comes in by the same. Behind what is no
/// hardware somebody else takes care of that.
bool can_tell_flows_apart(const rte_eth_dev_info& info, const Device& device,
                          std::uint16_t workers) {
    // A bond has its NICs, and knows their queues, only once it is configured.
    if (device.kind() == Device::Kind::bonding) return false;
    // Has as many as its peer has, and says 256.
    if (std::string_view(info.driver_name) == "net_memif") return false;
    // net_tap would spread by a BPF program that kernels refuse.
    if (device.kind() == Device::Kind::tap && device.parameter("remote")) return false;
    if (std::min(info.max_rx_queues, info.max_tx_queues) < workers) return false;
    return device.kind() != Device::Kind::pci || (info.flow_type_rss_offloads & wanted_hash) != 0;
}

/// In DPDK's log it is an error that a driver has none.
bool can_raise_interrupts(std::uint16_t port, std::uint16_t queues) {
    const QuietLog quiet("lib.ethdev");
    bool can = true;
    for (std::uint16_t queue = 0; queue < queues; ++queue) {
        can = can && rte_eth_dev_rx_intr_ctl_q_get_fd(port, queue) >= 0;
    }
    return can;
}

}  // namespace

std::expected<std::size_t, std::string> Port::pool_memory(const Device& device, unsigned workers,
                                                          std::uint16_t mtu) {
    std::size_t octets = 0;
    for (unsigned queue = 0; queue < workers; ++queue) {
        const auto count = mbufs_needed(device, queue);
        if (!count) return count;
        octets += pool_memory(*count, mtu);
    }
    return octets;
}

std::size_t Port::pool_memory(std::size_t packets, std::uint16_t mtu) {
    // The pool's ring, and net_pcap's own, hold a pointer a packet each.
    return packets * (data_room(mtu, true) + mbuf_overhead) +
           2 * sizeof(void*) * std::bit_ceil(packets + 1);
}

rte_mempool* Port::make_pool(const std::string& name, std::size_t packets, std::uint16_t mtu,
                             int socket, unsigned cache, bool power_of_two) {
    return rte_pktmbuf_pool_create(name.c_str(), static_cast<unsigned>(packets), cache, 0,
                                   data_room(mtu, power_of_two), socket);
}

Port::Port(Device device, std::uint16_t id) : device_(std::move(device)), id_(id) {}

Port::Port(Port&& other) noexcept
    : device_(std::move(other.device_)),
      id_(other.id_),
      open_(std::exchange(other.open_, false)),
      started_(other.started_),
      has_rx_interrupts_(other.has_rx_interrupts_),
      is_spread_(other.is_spread_),
      workers_(other.workers_),
      is_shared_(other.is_shared_),
      driver_(std::move(other.driver_)),
      interface_index_(other.interface_index_),
      mtu_(other.mtu_),
      mac_(other.mac_),
      rx_descriptors_(other.rx_descriptors_),
      tx_descriptors_(other.tx_descriptors_),
      pools_(std::exchange(other.pools_, {})),
      removals_(std::move(other.removals_)) {}

Port::~Port() {
    if (open_) {
        if (started_) rte_eth_dev_stop(id_);
        rte_eth_dev_close(id_);
        // A bond leaves its NICs open, and they may hold packets of the pools.
        for (const std::string& nic : device_.nics()) {
            std::uint16_t id = 0;
            if (rte_eth_dev_get_port_by_name(nic.c_str(), &id) == 0) rte_eth_dev_close(id);
        }
    }
    for (rte_mempool* pool : pools_) rte_mempool_free(pool);
}

std::unexpected<std::string> Port::fail(const std::string& what, int error) const {
    std::string text = "port \"" + device_.text() + "\": " + what;
    if (error != 0) text += ": " + error_text(error) + "; DPDK's own line above says more";
    return std::unexpected(std::move(text));
}

std::expected<Port, std::string> Port::start(const Device& device,
                                             std::span<const unsigned> worker_lcores,
                                             const PortWishes& wishes) {
    std::uint16_t id = 0;
    if (rte_eth_dev_get_port_by_name(device.name().c_str(), &id) != 0) {
        return std::unexpected("port \"" + device.text() + "\": DPDK made no port of it; " +
                               (device.kind() == Device::Kind::pci
                                    ? "is it bound to vfio-pci? See \"dpdk-devbind.py --status\""
                                    : "its own line above says why"));
    }
    Port port{device, id};
    rte_eth_dev_info info{};
    if (const int error = rte_eth_dev_info_get(id, &info); error != 0) {
        return port.fail("the driver tells nothing about it", error);
    }
    port.driver_ = info.driver_name;
    if (const auto below = find_interface(device.interface()); below)
        port.interface_index_ = below->index;
    for (const std::string& nic : device.nics())
        port.removals_.push_back(std::make_unique<Removal>(nic));

    port.is_shared_ = shares_with_kernel(device, port.driver_);
    if (auto done = port.check_nics(); !done) return std::unexpected(done.error());
    auto queues = static_cast<std::uint16_t>(worker_lcores.size());
    port.workers_ = queues;
    port.is_spread_ = queues > 1 && !can_tell_flows_apart(info, device, queues);
    if (port.is_spread_) queues = 1;
    if (auto done = port.configure(info, queues, wishes); !done)
        return std::unexpected(done.error());
    for (std::uint16_t queue = 0; queue < queues; ++queue) {
        auto done = port.set_up_queue(info, queue, worker_lcores[queue]);
        if (!done) return std::unexpected(done.error());
    }
    if (port.is_shared_) {  // net_tap does nothing of it before it has its queues
        if (auto done = isolate(id); !done) return port.fail(done.error());
    }
    if (const int error = rte_eth_dev_start(id); error != 0) {
        return port.fail("does not start", error);
    }
    port.started_ = true;
    // What comes over a ring raises none.
    port.has_rx_interrupts_ =
        wishes.rx_interrupts && !port.is_spread_ && can_raise_interrupts(id, queues);
    if (auto done = port.choose_frames(wishes); !done) return std::unexpected(done.error());
    return port;
}

/// No rules would leave the kernel its part of a bond.
std::expected<void, std::string> Port::check_nics() const {
    if (device_.kind() != Device::Kind::bonding) return {};
    for (const std::string& nic : device_.nics()) {
        std::uint16_t id = 0;
        rte_eth_dev_info info{};
        if (rte_eth_dev_get_port_by_name(nic.c_str(), &id) != 0 ||
            rte_eth_dev_info_get(id, &info) != 0) {
            return fail("DPDK made no port of its NIC " + nic +
                        "; is it bound to vfio-pci? See \"dpdk-devbind.py --status\"");
        }
        if (std::string_view(info.driver_name).find("mlx5") != std::string_view::npos) {
            return fail("its NIC " + nic +
                        " is one that stays with the kernel; bond it there, or give each a port");
        }
    }
    return {};
}

/// Which frames the port takes beside those to its own MAC address.
std::expected<void, std::string> Port::choose_frames(const PortWishes& wishes) {
    rte_ether_addr mac{};
    if (const int error = rte_eth_macaddr_get(id_, &mac); error != 0)
        return fail("its MAC address cannot be read", error);
    std::ranges::copy(mac.addr_bytes, mac_.begin());
    // Many drivers have no such modes, as a port that is no hardware takes all there is.
    rte_eth_promiscuous_disable(id_);
    if (!wishes.multicast) return {};
    const int error = rte_eth_allmulticast_enable(id_);
    if (error != 0 && error != -ENOTSUP)
        return fail("does not take multicast, which neighbour discovery needs", error);
    return {};
}

std::expected<void, std::string> Port::configure(const rte_eth_dev_info& info, std::uint16_t queues,
                                                 const PortWishes& wishes) {
    rte_eth_conf conf{};
    conf.intr_conf.rxq = wishes.rx_interrupts ? 1 : 0;
    // Drivers tell one of the two.
    constexpr std::uint32_t headers = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;
    const std::uint32_t most = std::min<std::uint32_t>(info.max_mtu, info.max_rx_pktlen - headers);
    if (wishes.mtu > most) {
        return fail("driver " + driver_ + " has an MTU of " + std::to_string(most) +
                    " at most, \"mtu\" asks for " + std::to_string(wishes.mtu));
    }
    conf.rxmode.mtu = wishes.mtu;  // 0 is the driver's
    // Where it is free: net_tap adds up in software, and a virtio host that knows of it sends
    // frames whose checksum is not finished.
    if (device_.kind() == Device::Kind::pci && !driver_.starts_with("net_virtio")) {
        conf.rxmode.offloads =
            info.rx_offload_capa & (RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM);
    }
    if (queues > 1 && (info.flow_type_rss_offloads & wanted_hash) != 0) {
        conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
        conf.rx_adv_conf.rss_conf.rss_hf = info.flow_type_rss_offloads & wanted_hash;
    }
    conf.txmode.offloads = tx_offloads(info, device_);
    if (const int error = rte_eth_dev_configure(id_, queues, queues, &conf); error != 0) {
        return fail("cannot be configured for " + std::to_string(queues) + " queue pairs", error);
    }
    if (wishes.mtu != 0) {
        // Not all drivers look at the configuration.
        if (const int error = rte_eth_dev_set_mtu(id_, wishes.mtu); error != 0 && error != -ENOTSUP)
            return fail("cannot have an MTU of " + std::to_string(wishes.mtu), error);
    }
    if (const int error = rte_eth_dev_get_mtu(id_, &mtu_); error != 0)
        return fail("its MTU cannot be read", error);

    const auto wish = [](std::uint16_t preferred) {
        return preferred != 0 ? preferred : default_descriptors;
    };
    rx_descriptors_ = wish(info.default_rxportconf.ring_size);
    tx_descriptors_ = wish(info.default_txportconf.ring_size);
    if (const int error = rte_eth_dev_adjust_nb_rx_tx_desc(id_, &rx_descriptors_, &tx_descriptors_);
        error != 0) {
        return fail("descriptor limits cannot be read", error);
    }
    return {};
}

std::expected<void, std::string> Port::set_up_queue(const rte_eth_dev_info& info,
                                                    std::uint16_t queue, unsigned lcore) {
    const auto pool = make_queue_pool(queue, static_cast<int>(rte_lcore_to_socket_id(lcore)));
    if (!pool) return std::unexpected(pool.error());

    const int port_socket = rte_eth_dev_socket_id(id_);
    const auto socket = static_cast<unsigned>(port_socket < 0 ? SOCKET_ID_ANY : port_socket);
    const std::string name = "queue " + std::to_string(queue) + " cannot be set up for ";
    if (const int error =
            rte_eth_rx_queue_setup(id_, queue, rx_descriptors_, socket, nullptr, *pool);
        error != 0) {
        return fail(name + "receiving", error);
    }
    rte_eth_txconf conf = info.default_txconf;
    conf.offloads = tx_offloads(info, device_);
    if (const int error = rte_eth_tx_queue_setup(id_, queue, tx_descriptors_, socket, &conf);
        error != 0) {
        return fail(name + "sending", error);
    }
    return {};
}

std::expected<rte_mempool*, std::string> Port::make_queue_pool(std::uint16_t queue, int socket) {
    auto count = mbufs_needed(device_, queue);
    if (!count) return std::unexpected(count.error());
    // One for all, with what is under way between them: as much as a pool each.
    if (is_spread_) *count *= workers_;
    const std::string name = "port" + std::to_string(id_) + "_queue" + std::to_string(queue);
    const bool power_of_two = driver_ == "net_e1000_em";
    rte_mempool* pool = make_pool(name, *count, mtu_, socket, cache_size, power_of_two);
    if (pool == nullptr) {
        const int error = rte_errno;
        return fail("no memory for " + std::to_string(*count) + " packet buffers" +
                        (socket > 0 ? " on NUMA node " + std::to_string(socket) : ""),
                    error);
    }
    pools_.push_back(pool);
    // The PMD registers the first piece of the pool with the kernel as if it were all.
    if (device_.kind() == Device::Kind::af_xdp && pool->nb_mem_chunks != 1) {
        return fail(
            "the packet buffers got no contiguous memory, which AF_XDP needs; "
            "reserve more or larger hugepages, or none");
    }
    return pool;
}

bool Port::is_gone() const {
    const auto is_asked = [](const auto& removal) { return removal->is_asked(); };
    if (!removals_.empty() && std::ranges::all_of(removals_, is_asked)) return true;
    // The kernel's end of a tap may be moved elsewhere.
    const bool is_own_tap = device_.kind() == Device::Kind::tap && !device_.parameter("remote");
    if (interface_index_ != 0 && !is_own_tap) {
        // A new one of the name is not what the driver has.
        const auto below = find_interface(device_.interface());
        return !below || below->index != interface_index_;
    }
    return rte_eth_dev_is_removed(id_) == 1;
}

bool Port::link_up() const {
    if (is_gone()) return false;
    // Drivers on top of an interface call their link up whatever happens below.
    if (const std::string name = device_.interface(); !name.empty()) {
        const auto interface = find_interface(name);
        if (interface) return interface->up && interface->running;
        // A tap's is in another namespace, from where nothing is told.
        return true;
    }
    return has_link(id_);
}

std::vector<Port::Nic> Port::nics() const {
    std::vector<Nic> nics;
    if (device_.kind() != Device::Kind::bonding) return nics;
    for (const auto& removal : removals_) {
        std::uint16_t id = 0;
        const bool is_there = rte_eth_dev_get_port_by_name(removal->device().c_str(), &id) == 0;
        nics.push_back({removal->device(), is_there && has_link(id), removal->is_asked()});
    }
    return nics;
}

}  // namespace apex::io
