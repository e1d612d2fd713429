// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Implements event_loop.hh.
#include "control/alias/event_loop.hh"

#include <event2/event.h>

namespace apex::control {

namespace {

constexpr int priorities = 2;
constexpr int first = 0;
// Of the others in a row: an answer that libunbound reads takes some 30 microseconds.
constexpr int most_in_a_row = 16;

struct FreeConfig {
    void operator()(event_config* config) const { event_config_free(config); }
};

}  // namespace

void FreeEventBase::operator()(event_base* base) const {
    event_base_free(base);
}

EventLoop make_event_loop() {
    const std::unique_ptr<event_config, FreeConfig> config(event_config_new());
    if (config == nullptr) return nullptr;
    event_config_set_max_dispatch_interval(config.get(), nullptr, most_in_a_row, first + 1);
    EventLoop loop(event_base_new_with_config(config.get()));
    if (loop == nullptr || event_base_priority_init(loop.get(), priorities) != 0) return nullptr;
    return loop;
}

void serve_first(event* event) {
    event_priority_set(event, first);
}

}  // namespace apex::control
