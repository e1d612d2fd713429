// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Zones in service as their files and their ALIAS targets change.
#include "control/publish/zone_set.hh"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/control/ctl/control_plane.hh"

namespace apex::control {
namespace {

using test::ControlPlane;

/// `count` records of `type` at "big", 1012 octets each when prepared.
std::string big_records(unsigned type, unsigned count) {
    std::string text;
    for (unsigned n = 0; n < count; ++n) {
        std::string hex(2000, 'a');
        hex.replace(0, 2, {"0123456789abcdef"[n / 16], "0123456789abcdef"[n % 16]});
        text += "big TYPE" + std::to_string(type) + " \\# 1000 " + hex + "\n";
    }
    return text;
}

TEST(ZoneSet, AnAliasThatNoLongerFitsIsAnErrorOfItsZoneUntilItFitsAgain) {
    std::string addresses;
    for (unsigned n = 0; n < 60; ++n) {
        addresses += "cdn AAAA 2001:db8::" + std::to_string(n) + "\n";
    }
    test::RealUpstreams upstreams(addresses);
    // Room for 1,292 octets is left; sixty AAAA take 1,680.
    ControlPlane plane(upstreams.nsd(), "big ALIAS cdn.example.net.\n" + big_records(65280, 60) +
                                            big_records(65281, 60) + big_records(65282, 60) +
                                            big_records(65283, 13));
    plane.load();
    const ZoneEntry& entry = plane.zones().zones().begin()->second;
    ASSERT_TRUE(entry.served());
    ASSERT_TRUE(plane.wait(10, [&] { return entry.problem() != nullptr; }));
    const std::string problem = entry.problem()->to_string();
    EXPECT_NE(problem.find("\"big.example.com.\" are too many"), std::string::npos) << problem;
    EXPECT_NE(problem.find("answered as before its ALIAS changed"), std::string::npos) << problem;
    const auto listed = plane.call("zone.list").value().at("zones").at(0);
    EXPECT_EQ(listed.at("error"), problem);
    EXPECT_EQ(listed.at("state"), "served");
    EXPECT_EQ(plane.call("status").value().at("failed_zones").at(0).at("error"), problem);

    upstreams.replace_records("cdn AAAA 2001:db8::1\n");
    EXPECT_TRUE(plane.wait(10, [&] { return entry.problem() == nullptr; }));
}

}  // namespace
}  // namespace apex::control
