// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#define ALLOW_EXPERIMENTAL_API  // device events still are, in DPDK 22.11
#include "dataplane/io/removal.hh"

#include <cerrno>
#include <utility>

#include <rte_dev.h>
#include <rte_pause.h>

namespace apex::io {

namespace {

void told(const char* /*device*/, rte_dev_event_type event, void* asked) {
    if (event != RTE_DEV_EVENT_REMOVE) return;
    static_cast<std::atomic<bool>*>(asked)->store(true, std::memory_order_relaxed);
}

}  // namespace

Removal::Removal(std::string device) : device_(std::move(device)) {
    rte_dev_event_callback_register(device_.c_str(), told, &is_asked_);
}

Removal::~Removal() {
    // Not while it is being told.
    while (rte_dev_event_callback_unregister(device_.c_str(), told, &is_asked_) == -EAGAIN)
        rte_pause();
}

}  // namespace apex::io
