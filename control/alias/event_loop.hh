// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The control loop, a libevent base with two priorities: what is ready to be published comes
// before what may bring more of it.
#pragma once

#include <memory>

struct event;
struct event_base;

namespace apex::control {

struct FreeEventBase {
    void operator()(event_base* base) const;
};
using EventLoop = std::unique_ptr<event_base, FreeEventBase>;

/// Null when the system has no descriptors or memory for it.
EventLoop make_event_loop();

/// Before it is added: the event is served ahead of all others, after a few of those that are
/// served already.
void serve_first(event* event);

}  // namespace apex::control
