// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// One ethdev port with a queue pair and a packet pool for each worker. Started
// and stopped on the main thread; its queues belong to the workers meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dataplane/io/device.hh"
#include "dataplane/io/host_interface.hh"
#include "dataplane/io/removal.hh"

struct rte_eth_dev_info;
struct rte_mempool;

namespace apex::io {

/// Octets of a frame with an MTU's worth of payload, two VLAN tags included.
constexpr std::size_t longest_frame(std::uint16_t mtu) {
    return std::size_t{mtu} + 14 + 2 * 4;
}

struct PortWishes {
    std::uint16_t mtu = 0;  ///< 0: as the driver has it
    bool rx_interrupts = false;
    bool multicast = false;  ///< frames to all groups, not only to those that it was told
};

class Port {
  public:
    /// Octets of pool memory that `device` will take for `workers` queues. For the
    /// choice of EAL's memory, before the port exists; errs to the large side.
    static std::expected<std::size_t, std::string> pool_memory(const Device& device,
                                                               unsigned workers, std::uint16_t mtu);
    /// The same for one pool of so many packets.
    static std::size_t pool_memory(std::size_t packets, std::uint16_t mtu);
    /// Null, with rte_errno, when there is no memory. `cache`: packets that an lcore keeps to
    /// itself; `power_of_two`: what the driver wants a buffer's size to be.
    static rte_mempool* make_pool(const std::string& name, std::size_t packets, std::uint16_t mtu,
                                  int socket, unsigned cache = 0, bool power_of_two = false);

    /// Configures and starts the port that EAL made of `device`; worker n polls
    /// queue n. The error names the device and what to do.
    static std::expected<Port, std::string> start(const Device& device,
                                                  std::span<const unsigned> worker_lcores,
                                                  const PortWishes& wishes);
    /// Stops and closes the port, frees the pools. No worker may poll it any more.
    ~Port();
    Port(Port&& other) noexcept;
    Port& operator=(Port&&) = delete;

    std::uint16_t id() const { return id_; }
    const Device& device() const { return device_; }
    const std::string& driver() const { return driver_; }
    bool link_up() const;
    /// The device, or the interface below it, is not there any more or is to be taken out.
    bool is_gone() const;
    /// Those of a bond, each with its own link.
    struct Nic {
        std::string device;
        bool link_up;
        bool is_gone;
    };
    std::vector<Nic> nics() const;
    std::uint16_t mtu() const { return mtu_; }
    const MacAddress& mac() const { return mac_; }
    /// Of the queue that the worker sends by.
    rte_mempool* pool(unsigned worker) const { return pools_[is_spread_ ? 0 : worker]; }
    /// The driver shares it with the kernel, which gets what no rule gives us (flow_rules.hh).
    bool is_shared() const { return is_shared_; }
    std::uint16_t queues() const { return static_cast<std::uint16_t>(pools_.size()); }
    /// Has one queue for several workers, the first's: it has no more, or cannot tell flows apart.
    bool is_spread() const { return is_spread_; }
    /// They were asked for, and every queue can raise them.
    bool has_rx_interrupts() const { return has_rx_interrupts_; }

  private:
    Port(Device device, std::uint16_t id);

    std::expected<void, std::string> configure(const rte_eth_dev_info& info, std::uint16_t queues,
                                               const PortWishes& wishes);
    std::expected<void, std::string> check_nics() const;
    std::expected<void, std::string> choose_frames(const PortWishes& wishes);
    std::expected<void, std::string> set_up_queue(const rte_eth_dev_info& info, std::uint16_t queue,
                                                  unsigned lcore);
    std::expected<rte_mempool*, std::string> make_queue_pool(std::uint16_t queue, int socket);
    std::unexpected<std::string> fail(const std::string& what, int error = 0) const;

    Device device_;
    std::uint16_t id_;
    bool open_ = true;
    bool started_ = false;
    bool has_rx_interrupts_ = false;
    bool is_spread_ = false;
    unsigned workers_ = 1;
    bool is_shared_ = false;
    std::string driver_;
    unsigned interface_index_ = 0;  ///< of the interface below it; 0: has none
    std::uint16_t mtu_ = 0;
    MacAddress mac_{};
    std::uint16_t rx_descriptors_ = 0;
    std::uint16_t tx_descriptors_ = 0;
    std::vector<rte_mempool*> pools_;
    std::vector<std::unique_ptr<Removal>> removals_;  ///< of the PCI devices that it is
};

}  // namespace apex::io
