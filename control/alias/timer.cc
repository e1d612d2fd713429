// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Implements timer.hh.
#include "control/alias/timer.hh"

#include <event2/event.h>

#include <new>
#include <utility>

#include "control/alias/event_loop.hh"

namespace apex::control {

Timer::Timer(event_base* base, std::function<void()> fire, Turn turn) : fire_(std::move(fire)) {
    const auto on_timeout = [](evutil_socket_t, short, void* self) {
        static_cast<Timer*>(self)->fire_();
    };
    event_.reset(evtimer_new(base, on_timeout, this));
    if (!event_) throw std::bad_alloc();
    if (turn == Turn::first) serve_first(event_.get());
}

Timer::~Timer() = default;

void Timer::FreeEvent::operator()(event* timer) const {
    event_free(timer);
}

void Timer::arm(std::chrono::milliseconds wait) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait);
    const timeval after{static_cast<time_t>(seconds.count()),
                        static_cast<suseconds_t>((wait - seconds).count() * 1000)};
    evtimer_add(event_.get(), &after);
}

void Timer::disarm() {
    evtimer_del(event_.get());
}

}  // namespace apex::control
