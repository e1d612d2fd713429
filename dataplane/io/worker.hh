// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The poll loop of one lcore: frames from its queue of every port, through
// Burst, replies back out of the queue they came in by. Made and destroyed on
// the main thread; in between only the lcore touches it, counters aside.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "dataplane/answer/counters.hh"
#include "dataplane/io/burst.hh"
#include "dataplane/io/idle.hh"
#include "dataplane/io/kernel_queue.hh"
#include "dataplane/io/rx_interrupts.hh"
#include "dataplane/io/spread.hh"
#include "dataplane/table/table.hh"

struct rte_mbuf;
struct rte_mempool;

namespace apex::io {

class alignas(64) Worker {
  public:
    /// `idle`: what to do when nothing comes in. `stop` is watched by the loop. `reader` is the
    /// worker's id among the table's readers and its queue's number on every port. All of these
    /// must outlive it.
    Worker(table::Table& table, unsigned reader, const answer::Server& server, Idle idle,
           const std::atomic<bool>& stop)
        : table_(table),
          server_(server),
          idle_(idle),
          stop_(stop),
          reader_(reader),
          interrupts_(static_cast<std::uint16_t>(reader)) {}

    /// A port as a worker sees it.
    struct Access {
        std::uint16_t port;
        bool has_rx_interrupts;
        bool is_lacp;         ///< wants to send several times a second, even nothing
        rte_mempool* pool;    ///< of the queue that the worker sends by
        KernelQueue* kernel;  ///< the kernel's frames go there and come from there; null: are freed
        Spread* spread;       ///< null: the worker has a queue of its own
    };
    /// Before the loop runs: one more port to poll.
    void add_port(const Access& access, const Endpoint& endpoint) {
        sources_.push_back({access, {}, Burst{endpoint, server_}});
        interrupts_.add(access.port, access.has_rx_interrupts);
        if (access.kernel != nullptr) access.kernel->wake_fd = interrupts_.wake_fd();
    }

    /// Polls until told to stop. On the worker's lcore, once.
    void run() noexcept;

    /// Any thread, while the loop counts.
    const answer::Counters& counters() const { return counters_; }

  private:
    struct Source {
        Access access;
        std::array<Frame, burst_size> frames;  // of the present burst
        Burst burst;
    };

    bool poll_all() noexcept;
    bool poll(Source& source) noexcept;
    void rest(table::Reader& reader) noexcept;
    void sleep(table::Reader& reader) noexcept;
    std::uint16_t queue_of(const Access& access) const noexcept {
        return access.spread != nullptr ? std::uint16_t{0} : static_cast<std::uint16_t>(reader_);
    }
    void punt(const Source& source, std::uint16_t count) noexcept;
    std::uint16_t receive_spread(const Access& access, rte_mbuf** mbufs) noexcept;
    std::uint16_t spread_out(const Access& access, rte_mbuf** mbufs, std::uint16_t count) noexcept;
    void send(const Access& access, rte_mbuf** mbufs, std::uint16_t count) noexcept;
    bool send_for_others(const Access& access) noexcept;
    bool send_for_kernel(const Access& access) noexcept;
    std::uint16_t drop_unusable(Source& source, rte_mbuf** mbufs, std::uint16_t count) noexcept;

    table::Table& table_;
    const answer::Server& server_;
    Idle idle_;
    std::uint32_t in_vain_ = 0;  // looks in a row that found nothing
    unsigned naps_ = 0;          // to come before an interrupt is waited for again
    const std::atomic<bool>& stop_;
    unsigned reader_;
    RxInterrupts interrupts_;
    std::vector<Source> sources_;
    answer::Counters counters_;
};

}  // namespace apex::io
