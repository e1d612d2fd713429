// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Alarms as they begin and end, by what a guard sees, by time, and with their target.
#include "control/alias/alarm_board.hh"

#include <event2/event.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "control/alias/event_loop.hh"
#include "control/zone/name_text.hh"
#include "tests/unit/control/alias/real_upstreams.hh"

namespace apex::control {
namespace {

using std::chrono::steady_clock;
using testing::ElementsAre;

class AlarmBoardTest : public testing::Test {
  protected:
    void live(const char* address, steady_clock::time_point now = steady_clock::now()) {
        ResolvedSet set;
        set.addresses = {address};
        guard_.observe(key_, set, nullptr, now);
        board_.update(key_);
    }
    void deny() {
        ResolvedSet set;
        set.nxdomain = true;
        guard_.observe(key_, set, nullptr, steady_clock::now());
        board_.update(key_);
    }

    EventLoop base_ = make_event_loop();
    const TargetKey key_{parse_name("cdn.example.net").value(), wire::RrType::a};
    const std::vector<wire::IpAddress> no_own_;
    TargetGuard guard_{no_own_};
    std::vector<std::string> told_;
    AlarmBoard board_{base_.get(), [this](const TargetKey&) -> TargetGuard& { return guard_; },
                      [this](const Alarm& alarm, bool raised) {
                          EXPECT_EQ(alarm.key, key_);
                          told_.push_back((raised ? "+" : "-") + std::string(text(alarm.kind)));
                      },
                      std::chrono::milliseconds(50)};
};

TEST_F(AlarmBoardTest, AnAlarmIsToldWhenItBeginsAndWhenItIsOver) {
    live("aaaa");
    deny();
    deny();
    ASSERT_EQ(board_.alarms().size(), 1U);
    const Alarm& alarm = board_.alarms().begin()->second;
    EXPECT_EQ(alarm.why, "cdn.example.net. does not exist");
    EXPECT_LE(alarm.since, std::chrono::system_clock::now());
    EXPECT_THAT(told_, ElementsAre("+nxdomain"));
    live("aaaa");
    EXPECT_THAT(told_, ElementsAre("+nxdomain", "-nxdomain"));
    EXPECT_TRUE(board_.alarms().empty());
    deny();
    EXPECT_EQ(board_.raised(), 2U);
}

TEST_F(AlarmBoardTest, TimeEndsItWithoutTheTarget) {
    const auto before = steady_clock::now() - TargetGuard::replaced_period;
    live("aaaa", before);
    live("bbbb", before + std::chrono::milliseconds(300));
    EXPECT_THAT(told_, ElementsAre("+replaced"));
    EXPECT_TRUE(test::run_until(base_.get(), 5, [&] { return board_.alarms().empty(); }));
    EXPECT_THAT(told_, ElementsAre("+replaced", "-replaced"));
}

TEST_F(AlarmBoardTest, NoTargetNoAlarm) {
    deny();
    board_.forget(key_);
    EXPECT_THAT(told_, ElementsAre("+nxdomain", "-nxdomain"));
    test::run_until(base_.get(), 0.2, [] { return false; });
    EXPECT_EQ(told_.size(), 2U);
}

}  // namespace
}  // namespace apex::control
