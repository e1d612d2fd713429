// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What `alias history` tells of a target that a real name server moves.
#include <gtest/gtest.h>

#include "tests/unit/control/ctl/control_plane.hh"

namespace apex::control {
namespace {

using nlohmann::json;
using test::ControlPlane;

json sets(ControlPlane& plane, std::size_t target) {
    const json result = plane.call("alias.history", {{"name", "example.com"}}).value();
    EXPECT_EQ(result.at("owner"), "example.com.");
    EXPECT_EQ(result.at("targets").size(), 2U);
    return result.at("targets").at(target).at("sets");
}

TEST(AliasHistory, TellsWhatChangedAndWhoSaidSo) {
    test::RealUpstreams upstreams("cdn 3600 A 192.0.2.1\ncdn 3600 A 192.0.2.2\n");
    ControlPlane plane(upstreams.nsd(), "@ ALIAS cdn.example.net.\n");
    plane.load();
    ASSERT_TRUE(plane.wait(5, [&] { return plane.engine().totals().changes == 2; }));
    upstreams.replace_records("cdn 600 A 192.0.2.2\ncdn 600 A 192.0.2.3\n");
    ASSERT_TRUE(plane.call("alias.refresh", {{"name", "example.com"}}));

    const json changed = sets(plane, 0);
    ASSERT_EQ(changed.size(), 2U);
    EXPECT_EQ(changed[0].at("addresses"), (json{"192.0.2.2", "192.0.2.3"}));
    EXPECT_EQ(changed[0].at("added"), json::array({"192.0.2.3"}));
    EXPECT_EQ(changed[0].at("removed"), json::array({"192.0.2.1"}));
    EXPECT_EQ(changed[0].at("ttl"), 600);
    EXPECT_EQ(changed[0].at("resolver"), "forward " + upstreams.nsd().to_text());
    EXPECT_GE(changed[0].at("since"), changed[1].at("since"));
    EXPECT_EQ(changed[1].at("removed"), json::array());
    const json empty = sets(plane, 1);
    ASSERT_EQ(empty.size(), 1U);
    EXPECT_EQ(empty[0].at("answer"), "nodata");
}

TEST(AliasHistory, IsEmptyBeforeTheFirstAnswerAndForgottenWithTheTarget) {
    test::SilentServer silent;
    ControlPlane plane(silent.address(), "@ ALIAS cdn.example.net.\n");
    plane.load();
    EXPECT_EQ(sets(plane, 0), json::array());
    plane.write_zone("");
    plane.load();
    EXPECT_FALSE(plane.call("alias.history", {{"name", "example.com"}}));
}

}  // namespace
}  // namespace apex::control
