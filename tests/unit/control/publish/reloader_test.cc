// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Requests to load zones, one after another, whatever becomes of each.
#include "control/publish/reloader.hh"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/unit/control/ctl/control_plane.hh"

namespace apex::control {
namespace {

using test::ControlPlane;

const Upstream nobody = test::at_port(9);

TEST(Reloader, ARequestThatThrowsIsAnErrorAndTheNextOneGoesOn) {
    ControlPlane plane(nobody);
    std::vector<std::string> said;
    const auto note = [&](const Result<void>& result) {
        said.push_back(result ? "done" : result.error().to_string());
    };
    const auto nothing = [] { return Reloader::Plan{}; };
    const auto full = []() -> Reloader::Plan { throw std::length_error("full"); };
    plane.reloader().submit(nothing, note);
    plane.reloader().submit(full, note);
    plane.reloader().submit(nothing, note);
    ASSERT_TRUE(plane.wait(10, [&] { return said.size() == 3; }));
    EXPECT_EQ(std::count(said.begin(), said.end(), "done"), 2);
    EXPECT_EQ(std::count(said.begin(), said.end(), "no zone was loaded: full"), 1);
    plane.load();
    EXPECT_TRUE(plane.zones().zones().begin()->second.served());
}

TEST(Reloader, WhatWasInServiceIsFreedOffTheLoop) {
    ControlPlane plane(nobody, "www A 192.0.2.1\n");
    plane.load();
    const auto zone_now = [&] { return plane.zones().zones().begin()->second.zone; };
    const std::weak_ptr<const Zone> old = zone_now();
    plane.write_zone("www A 192.0.2.2\n");
    bool done = false;
    const ZoneConfig config = plane.zones().zones().begin()->second.config;
    plane.reloader().submit(
        [&] {
            return Reloader::Plan{{config}, {}};
        },
        [&](const Result<void>& result) {
            EXPECT_TRUE(result);
            done = true;
        });
    ASSERT_TRUE(plane.wait(10, [&] { return zone_now() != old.lock(); }));
    ASSERT_TRUE(done);
    // A job of the helper's ends it; jobs that follow on the loop run after it.
    EXPECT_TRUE(plane.wait(10, [&] { return old.expired(); }));
}

}  // namespace
}  // namespace apex::control
