// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/alias/event_loop.hh"

#include <event2/event.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "control/alias/timer.hh"

namespace apex::control {
namespace {

TEST(EventLoop, WhatComesFirstWaitsForAFewOfTheOthersOnly) {
    const EventLoop loop = make_event_loop();
    ASSERT_NE(loop, nullptr);
    unsigned served = 0;
    unsigned before_first = 0;
    Timer first(
        loop.get(), [&] { before_first = served; }, Timer::Turn::first);
    std::vector<std::unique_ptr<Timer>> usual;
    for (unsigned n = 0; n < 200; ++n) {
        usual.push_back(std::make_unique<Timer>(loop.get(), [&] {
            if (++served == 1) first.arm({});
        }));
        usual.back()->arm({});
    }
    event_base_dispatch(loop.get());
    EXPECT_EQ(served, 200U);
    EXPECT_GE(before_first, 1U);
    EXPECT_LE(before_first, 20U);
}

}  // namespace
}  // namespace apex::control
