// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Where the commands show the alarms about a target that a real name server loses.
#include <gtest/gtest.h>

#include "tests/unit/control/ctl/control_plane.hh"

namespace apex::control {
namespace {

using nlohmann::json;
using test::ControlPlane;

TEST(Alarms, AreInStatusStatsAndMetrics) {
    test::RealUpstreams upstreams("cdn 3600 A 192.0.2.1\nother 3600 AAAA 2001:db8::1\n");
    ControlPlane plane(upstreams.nsd(), "@ ALIAS cdn.example.net.\n");
    plane.load();
    ASSERT_TRUE(plane.wait(5, [&] { return plane.engine().totals().changes == 2; }));
    EXPECT_EQ(plane.call("status").value().at("alarms"), json::array());

    upstreams.replace_records("other 3600 AAAA 2001:db8::1\n");
    ASSERT_TRUE(plane.call("alias.refresh", {{"name", "example.com"}}));
    json status = plane.call("status").value();
    EXPECT_EQ(status.at("alias").at("alarms"), 2);
    ASSERT_EQ(status.at("alarms").size(), 2U) << status;
    json alarm = status.at("alarms").at(0);
    EXPECT_EQ(alarm.at("since").get<std::string>().size(), 20U);
    alarm.erase("since");
    EXPECT_EQ(alarm, json::parse(R"({"target":"cdn.example.net.","type":"A","kind":"nxdomain",
        "why":"cdn.example.net. does not exist, says the zone example.net."})"));
    EXPECT_EQ(plane.call("stats").value().at("alias").at("alarms"), 2);
    EXPECT_NE(plane.metrics().find("\napexdns_alias_alarms 2\n"), std::string::npos);
    EXPECT_NE(plane.metrics().find("\napexdns_alias_alarms_total 2\n"), std::string::npos);

    upstreams.replace_records("cdn 3600 A 192.0.2.1\n");
    ASSERT_TRUE(plane.call("alias.refresh", {{"name", "example.com"}}));
    EXPECT_EQ(plane.call("status").value().at("alarms"), json::array());
    EXPECT_EQ(plane.call("stats").value().at("alias").at("alarms"), 2) << "it counts them all";
}

TEST(Alarms, EndWithTheLastOwner) {
    test::RealUpstreams upstreams("cdn 3600 A 192.0.2.1\n");
    ControlPlane plane(upstreams.nsd(), "@ ALIAS lost.example.net.\n");
    plane.load();
    ASSERT_TRUE(plane.wait(5, [&] { return plane.engine().alarms().alarms().size() == 2; }));
    plane.write_zone("");
    plane.load();
    EXPECT_TRUE(plane.engine().alarms().alarms().empty());
}

}  // namespace
}  // namespace apex::control
