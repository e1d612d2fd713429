// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Several workers at a port of one queue: the first polls it and hands each frame to the worker
// that its addresses and ports hash to, over a ring; replies come back over another, for the
// first to send. Made and destroyed on the main thread.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <rte_ring.h>

struct rte_mbuf;

namespace apex::io {

class Spread {
  public:
    static constexpr unsigned ring_size = 512;  ///< frames under way to and from each worker

    /// For the port of that id and the workers' lcores. The error says what there is no memory for.
    static std::expected<std::unique_ptr<Spread>, std::string> make(
        std::uint16_t port, std::span<const unsigned> lcores);
    ~Spread();
    Spread(const Spread&) = delete;
    Spread& operator=(const Spread&) = delete;

    unsigned workers() const noexcept { return static_cast<unsigned>(lanes_.size()) + 1; }

    /// Worker 0's: false when the ring of `worker`, not 0, is full.
    bool hand_over(unsigned worker, rte_mbuf* mbuf) noexcept {
        return rte_ring_sp_enqueue(lanes_[worker - 1].there, mbuf) == 0;
    }
    /// The same worker's: what it was handed, up to `most`.
    std::uint16_t take(unsigned worker, rte_mbuf** mbufs, std::uint16_t most) noexcept {
        return taken_from(lanes_[worker - 1].there, mbufs, most);
    }
    /// Gives its replies back; how many there was room for.
    std::uint16_t give_back(unsigned worker, rte_mbuf** mbufs, std::uint16_t count) noexcept {
        return static_cast<std::uint16_t>(rte_ring_sp_enqueue_burst(
            lanes_[worker - 1].back, reinterpret_cast<void**>(mbufs), count, nullptr));
    }
    /// Worker 0's: replies of `worker` to be sent, up to `most`.
    std::uint16_t take_back(unsigned worker, rte_mbuf** mbufs, std::uint16_t most) noexcept {
        return taken_from(lanes_[worker - 1].back, mbufs, most);
    }

  private:
    Spread() = default;

    static std::uint16_t taken_from(rte_ring* ring, rte_mbuf** mbufs, std::uint16_t most) noexcept {
        return static_cast<std::uint16_t>(
            rte_ring_sc_dequeue_burst(ring, reinterpret_cast<void**>(mbufs), most, nullptr));
    }

    struct Lane {
        rte_ring* there;
        rte_ring* back;
    };
    std::vector<Lane> lanes_;  // of workers 1 and up
};

}  // namespace apex::io
