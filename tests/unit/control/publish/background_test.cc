// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What jobs throw ends neither the process nor the jobs after them.
#include "control/publish/background.hh"

#include <event2/event.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "control/alias/event_loop.hh"
#include "tests/unit/control/alias/real_upstreams.hh"

namespace apex::control {
namespace {

class BackgroundTest : public testing::Test {
  protected:
    BackgroundTest() { background_.start(); }
    bool wait(const std::function<bool()>& is_done) {
        return test::run_until(base_.get(), 10, is_done);
    }

    EventLoop base_ = make_event_loop();
    Background background_{base_.get()};
    std::vector<std::string> said_;
};

TEST_F(BackgroundTest, RunsTheJobElsewhereAndWhatFollowsHere) {
    std::thread::id job, then;
    background_.run([&] { job = std::this_thread::get_id(); },
                    [&](const Result<void>& result) {
                        EXPECT_TRUE(result);
                        then = std::this_thread::get_id();
                    });
    ASSERT_TRUE(wait([&] { return then != std::thread::id(); }));
    EXPECT_EQ(then, std::this_thread::get_id());
    EXPECT_NE(job, then);
}

TEST_F(BackgroundTest, WhatAJobThrowsIsAnError) {
    const auto note = [&](const Result<void>& result) {
        said_.push_back(result ? "done" : result.error().to_string());
    };
    background_.run([] { throw std::runtime_error("no memory"); }, note);
    background_.run([] {}, note);
    ASSERT_TRUE(wait([&] { return said_.size() == 2; }));
    EXPECT_EQ(said_, (std::vector<std::string>{"failed inside: no memory", "done"}));
}

TEST_F(BackgroundTest, WhatFollowsAJobMayThrow) {
    background_.run([] {}, [](const Result<void>&) { throw std::runtime_error("no memory"); });
    background_.run([] {}, [&](const Result<void>&) { said_.emplace_back("done"); });
    EXPECT_TRUE(wait([&] { return said_.size() == 1; }));
}

}  // namespace
}  // namespace apex::control
