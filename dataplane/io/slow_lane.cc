// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/io/slow_lane.hh"

#include <chrono>
#include <csignal>

#include <pthread.h>
#include <sys/prctl.h>

namespace apex::io {

namespace {

// Short after a frame, for the next is often its answer; else what an idle host does not notice.
constexpr std::chrono::microseconds short_nap{50};
constexpr std::chrono::milliseconds long_nap{1};
constexpr unsigned short_naps = 200;

/// For the calling thread, the signals of which net_tap takes one.
void mask(int how) {
    sigset_t signals;
    sigemptyset(&signals);
    for (int number = SIGRTMIN; number <= SIGRTMAX; ++number) sigaddset(&signals, number);
    pthread_sigmask(how, &signals, nullptr);
}

}  // namespace

SlowLane::SlowLane(const std::vector<std::unique_ptr<KernelPath>>& paths) {
    for (const auto& path : paths) {
        if (path != nullptr) paths_.push_back(path.get());
    }
    if (paths_.empty()) return;
    std::signal(SIGIO, SIG_IGN);  // what the kernel raises when it can queue no more of them
    mask(SIG_BLOCK);
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
    pthread_setname_np(thread_.native_handle(), "apexd-slow-lane");
}

void SlowLane::run(const std::stop_token& stop) noexcept {
    mask(SIG_UNBLOCK);
    prctl(PR_SET_TIMERSLACK, 1UL);  // else each nap is longer by 50 microseconds
    unsigned in_vain = 0;
    while (!stop.stop_requested()) {
        bool moved = false;
        for (KernelPath* path : paths_) moved |= path->move();
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
