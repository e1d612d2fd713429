// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What those that watch are told, of targets made by hand and of zones as they come and go.
#include "control/ctl/watchers.hh"

#include <gtest/gtest.h>

#include "tests/unit/control/ctl/control_plane.hh"

namespace apex::control {
namespace {

using nlohmann::json;

class WatchersTest : public testing::Test {
  protected:
    WatchersTest() {
        watchers_.attach([this](const std::function<json()>& make) {
            told_ = make();
            EXPECT_EQ(told_.at("time").get<std::string>().size(), 20U);
            told_.erase("time");
        });
        state_.key = {parse_name("cdn.example.net").value(), wire::RrType::a};
    }

    Watchers watchers_{wire::RrType::alias};
    TargetState state_;
    json told_;
};

TEST_F(WatchersTest, AChange) {
    PublishedSet set;
    set.addresses = {std::string("\xc0\x00\x02\x02", 4)};
    set.added = set.addresses;
    set.removed = {std::string("\xc0\x00\x02\x01", 4)};
    set.ttl = 60;
    set.resolver = "recursion";
    watchers_.changed(state_, set);
    EXPECT_EQ(told_, json::parse(R"({"event":"changed","target":"cdn.example.net.","type":"A",
        "answer":"addresses","addresses":["192.0.2.2"],"added":["192.0.2.2"],
        "removed":["192.0.2.1"],"ttl":60,"resolver":"recursion"})"));
}

TEST_F(WatchersTest, ASetThatGrowsOld) {
    state_.rung = Rung::stale;
    watchers_.aged(state_);
    EXPECT_EQ(told_, json::parse(R"({"event":"stale","target":"cdn.example.net.","type":"A"})"));
    state_.rung = Rung::expired;
    watchers_.aged(state_);
    EXPECT_EQ(told_, json::parse(R"({"event":"expired","target":"cdn.example.net.","type":"A"})"));
    state_.failures = 1;
    watchers_.health_changed(state_);
    EXPECT_EQ(told_.at("served"), false);
    state_.rung = Rung::stale;
    watchers_.health_changed(state_);
    EXPECT_EQ(told_.at("served"), true);
}

TEST_F(WatchersTest, ARowOfFailuresAndItsEnd) {
    state_.failures = 1;
    state_.last_error = "cdn.example.net. A through recursion: SERVFAIL";
    watchers_.health_changed(state_);
    EXPECT_EQ(told_, json::parse(R"({"event":"failing","target":"cdn.example.net.","type":"A",
        "error":"cdn.example.net. A through recursion: SERVFAIL","served":false})"));
    state_.failures = 0;
    watchers_.health_changed(state_);
    EXPECT_EQ(told_,
              json::parse(R"({"event":"recovered","target":"cdn.example.net.","type":"A"})"));
}

TEST_F(WatchersTest, AnAlarmAndItsEnd) {
    const Alarm alarm{.key = state_.key, .kind = AlarmKind::zone_gone, .since = {}, .why = "W"};
    watchers_.alarm(alarm, true);
    json expected = json::parse(R"({"event":"alarm","target":"cdn.example.net.","type":"A",
        "kind":"zone-gone","since":"1970-01-01T00:00:00Z","why":"W"})");
    EXPECT_EQ(told_, expected);
    watchers_.alarm(alarm, false);
    expected["event"] = "alarm-over";
    EXPECT_EQ(told_, expected);
}

TEST_F(WatchersTest, NobodyIsToldBeforeThereIsSomebodyToTell) {
    const Watchers watchers(wire::RrType::alias);
    watchers.health_changed(state_);
}

TEST_F(WatchersTest, ZonesAsTheyComeFailAndGo) {
    test::ControlPlane plane(test::at_port(9), "www A 192.0.2.1\n");
    plane.zones().tell(
        [this](const ZoneEntry& entry, ZoneFate fate) { watchers_.zone_changed(entry, fate); });
    plane.load();
    EXPECT_EQ(told_, json::parse(R"({"event":"zone","zone":"example.com.","fate":"loaded",
        "served":true,"serial":7,"error":null})"));
    plane.write_zone("www A x\n");
    plane.load();
    EXPECT_EQ(told_.at("fate"), "failed");
    EXPECT_EQ(told_.at("served"), true);
    EXPECT_NE(told_.at("error").get<std::string>().find("example.com.zone:4: "), std::string::npos);
    plane.remove("example.com");
    EXPECT_EQ(told_, json::parse(R"({"event":"zone","zone":"example.com.","fate":"gone",
        "served":false,"serial":null,"error":null})"));
}

}  // namespace
}  // namespace apex::control
