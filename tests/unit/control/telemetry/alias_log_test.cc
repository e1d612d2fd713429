// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What the log says of ALIAS targets, and how little when they all fail at once.
#include "control/telemetry/alias_log.hh"

#include <event2/event.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "control/alias/event_loop.hh"
#include "control/zone/name_text.hh"
#include "tests/unit/control/alias/real_upstreams.hh"
#include "tests/unit/control/telemetry/captured_log.hh"

namespace apex::control {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

TargetState target(const std::string& name, std::uint32_t failures, bool resolved) {
    TargetState state;
    state.key = {parse_name(name).value(), wire::RrType::a};
    state.failures = failures;
    if (failures > 0) state.last_error = name + " A through forward 192.0.2.1@53: RCODE 2";
    if (resolved) {
        state.rung = Rung::fresh;
        state.last_good.emplace().addresses = {"aaaa"};
    }
    state.served_ttl = 5;
    return state;
}

class AliasLogTest : public testing::Test {
  protected:
    void end_period() {
        test::run_until(base_.get(), 0.3, [] { return false; });
    }

    EventLoop base_ = make_event_loop();
    test::CapturedLog log_;
    AliasLog alias_log_{base_.get(), wire::RrType::alias, std::chrono::milliseconds(100)};
};

TEST_F(AliasLogTest, ALineForEachThingThatHappens) {
    alias_log_.changed(target("a.example.", 0, true));
    alias_log_.health_changed(target("a.example.", 1, true));
    alias_log_.health_changed(target("a.example.", 0, true));
    alias_log_.health_changed(target("b.example.", 1, false));
    EXPECT_THAT(
        log_.lines(),
        ElementsAre("info alias target a.example. A: 1 addresses, TTL 5",
                    "warning alias target a.example. A through forward 192.0.2.1@53: RCODE 2; its "
                    "last good set stays in service; check the resolver and the target if it stays "
                    "so",
                    "info alias target a.example. A: resolves again",
                    "warning alias target b.example. A through forward 192.0.2.1@53: RCODE 2; its "
                    "owners are answered SERVFAIL until it resolves; check the resolver and the "
                    "target if it stays so"));
    end_period();
    EXPECT_EQ(log_.lines().size(), 4U) << "nothing to sum up";
}

TEST_F(AliasLogTest, AFloodIsSummedUpAndEndsWithItsPeriod) {
    for (int n = 0; n < 1000; ++n) alias_log_.health_changed(target("a.example.", 1, true));
    for (int n = 0; n < 30; ++n) alias_log_.changed(target("a.example.", 0, true));
    EXPECT_EQ(log_.lines().size(), 2 * AliasLog::lines_a_period);
    end_period();
    EXPECT_EQ(log_.lines().size(), 2 * AliasLog::lines_a_period + 2);
    EXPECT_THAT(log_.lines(), Contains(HasSubstr("990 more failed and 0 more resolve again")));
    EXPECT_THAT(log_.lines(), Contains("info alias targets: 20 more changed"));

    alias_log_.health_changed(target("b.example.", 0, true));
    EXPECT_EQ(log_.lines().back(), "info alias target b.example. A: resolves again");
}

TEST_F(AliasLogTest, AlarmsSayWhatToDoAndAreSummedUpWhenThereAreMany) {
    Alarm alarm{.key = target("cdn.example.", 0, true).key,
                .kind = AlarmKind::nxdomain,
                .since = {},
                .why = "cdn.example. does not exist"};
    for (std::size_t n = 0; n < AliasLog::lines_a_period + 2; ++n) {
        alias_log_.alarm(alarm, true);
    }
    alarm.kind = AlarmKind::replaced;
    alias_log_.alarm(alarm, false);
    end_period();
    const auto lines = log_.lines();
    ASSERT_EQ(lines.size(), AliasLog::lines_a_period + 2);
    EXPECT_EQ(lines.front(),
              "warning alias target cdn.example. A: alarm nxdomain: cdn.example. does not exist; "
              "correct the ALIAS or take it out, for whoever gets the name gets its owners' "
              "traffic");
    EXPECT_EQ(lines[AliasLog::lines_a_period],
              "info alias target cdn.example. A: alarm replaced is over");
    EXPECT_EQ(lines.back(),
              "warning alias targets: 2 more alarms began and 0 are over in the last 0 s; "
              "\"apexctl status\" lists them");
}

}  // namespace
}  // namespace apex::control
