// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/io/slow_lane.hh"

#include <chrono>
#include <utility>

#include <pthread.h>

namespace apex::io {

namespace {

// Short after a frame, for the next is often its answer; else what an idle host does not notice.
constexpr std::chrono::microseconds short_nap{50};
constexpr std::chrono::milliseconds long_nap{1};
constexpr unsigned short_naps = 200;

}  // namespace

SlowLane::SlowLane(std::vector<std::unique_ptr<KernelPath>> paths) : paths_(std::move(paths)) {
    if (paths_.empty()) return;
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    pthread_setname_np(thread_.native_handle(), "apexd-slow-lane");
}

void SlowLane::run(const std::stop_token& stop) noexcept {
    unsigned in_vain = 0;
    while (!stop.stop_requested()) {
        bool moved = false;
        for (const auto& path : paths_) moved |= path->move();
        if (moved) {
            in_vain = 0;
        } else if (in_vain < short_naps) {
            ++in_vain;
            std::this_thread::sleep_for(short_nap);
        } else {
            std::this_thread::sleep_for(long_nap);
        }
    }
}

}  // namespace apex::io
