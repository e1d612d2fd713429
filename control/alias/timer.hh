// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// A one-shot timer on a libevent base, freed with its owner. Whoever must act
// later on the control loop uses it; that thread only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

struct event;
struct event_base;

namespace apex::control {

class Timer {
  public:
    enum class Turn : std::uint8_t { usual, first };  ///< among what the loop has to serve

    /// `fire` may destroy the timer as the last that it does. `base` must outlive it. Throws
    /// std::bad_alloc when libevent is out of memory.
    Timer(event_base* base, std::function<void()> fire, Turn turn = Turn::usual);
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    /// Fires once after `wait`, whatever was armed before. Zero: on the loop's
    /// next turn, never from within this call.
    void arm(std::chrono::milliseconds wait);
    void disarm();

  private:
    struct FreeEvent {
        void operator()(event* timer) const;
    };
    std::function<void()> fire_;
    std::unique_ptr<event, FreeEvent> event_;
};

}  // namespace apex::control
