// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The rx interrupts of a worker's queue on all its ports: they end the sleep of an idle
// worker. Made on the main thread, then used by the worker's alone, which has an epoll
// instance of its own.
#pragma once

#include <cstdint>
#include <vector>

#include <rte_epoll.h>

#include "dataplane/io/file_descriptor.hh"

namespace apex::io {

class RxInterrupts {
  public:
    explicit RxInterrupts(std::uint16_t queue);

    /// One more port to wait for. `can_raise`: this one has rx interrupts.
    void add(std::uint16_t port, bool can_raise) {
        ports_.push_back(port);
        usable_ &= can_raise;
    }

    /// Before the loop and behind it.
    void start() noexcept { watch(true); }
    void stop() noexcept { watch(false); }

    /// An eventfd: who writes to it ends a sleep too. Any thread.
    int wake_fd() const noexcept { return wake_.get(); }

    /// All ports have them; a sleep would miss what comes in at another one.
    bool usable() const noexcept { return usable_; }

    /// What came in before raises none: look again, then wait.
    void enable() noexcept;
    /// Until the next one, ten milliseconds at most. Whether there was one.
    bool wait() noexcept;
    void disable() noexcept;

  private:
    void watch(bool on) noexcept;

    std::uint16_t queue_;
    bool usable_ = true;
    FileDescriptor wake_;
    rte_epoll_event wake_event_{};
    std::vector<std::uint16_t> ports_;
};

}  // namespace apex::io
