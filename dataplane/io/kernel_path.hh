// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The kernel beside a port that DPDK has to itself: an interface of the kernel's with the port's
// MAC address, virtio_user over vhost-net where the host has it, else net_tap. What the port
// receives and is not ours comes in there; what the kernel sends there goes out by the port.
// Opened and closed on the main thread; in between the slow lane moves the frames.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/io/kernel_queue.hh"

struct rte_mempool;

namespace apex::io {

class Port;

struct KernelSettings {
    std::string interface;               ///< its name, for example "apex0"
    std::vector<std::string> addresses;  ///< set on it: "192.0.2.1/24"
    std::uint32_t rate = 0;              ///< frames a second of each kind to the kernel
};

/// What the slow lane has counted.
struct KernelCounters {
    std::uint64_t to_kernel = 0;    ///< frames that the interface took
    std::uint64_t refused = 0;      ///< that it did not
    std::uint64_t from_kernel = 0;  ///< frames that the kernel sent
    std::uint64_t lost = 0;         ///< of those, for which the worker had no room
};

class KernelPath {
  public:
    /// Octets of pool memory that it will take.
    static std::size_t pool_memory(std::uint16_t mtu);

    /// For a port that runs, with a queue for each of `workers`. The error names the port and
    /// what to do.
    static std::expected<std::unique_ptr<KernelPath>, std::string> open(
        const Port& port, const KernelSettings& settings, unsigned workers);
    ~KernelPath();
    KernelPath(const KernelPath&) = delete;
    KernelPath& operator=(const KernelPath&) = delete;

    /// Worker n's; only worker 0 sends what comes from the kernel.
    KernelQueue& queue(unsigned worker) { return queues_[worker]; }

    /// The slow lane's: moves what there is in both directions, a burst of each at most. False
    /// when there was nothing.
    bool move() noexcept;

    /// Its interface has a carrier from now on or has none, as the port's link is. Main thread.
    void follow_link(bool up);

    const std::string& interface() const { return interface_; }
    const std::string& driver() const { return driver_; }
    KernelCounters counters() const;  ///< any thread

  private:
    KernelPath(std::string interface, unsigned workers, const KernelSettings& settings,
               std::size_t longest);
    std::expected<void, std::string> start(const Port& port);
    std::expected<void, std::string> make_device(const Port& port);
    bool move_to_kernel(FrameRing& ring) noexcept;
    bool move_from_kernel(KernelQueue& queue) noexcept;

    std::string interface_;
    std::string driver_;
    std::string device_;  ///< its name in DPDK; empty: there is none yet
    bool has_id_ = false;
    std::uint16_t id_ = 0;
    std::uint16_t mtu_ = 0;  ///< of the interface; the port's may be larger
    bool started_ = false;
    bool has_carrier_ = true;  ///< of the interface
    rte_mempool* pool_ = nullptr;
    std::deque<KernelQueue> queues_;
    std::atomic<std::uint64_t> to_kernel_{0};
    std::atomic<std::uint64_t> refused_{0};
    std::atomic<std::uint64_t> from_kernel_{0};
    std::atomic<std::uint64_t> lost_{0};
};

}  // namespace apex::io
