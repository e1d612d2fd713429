// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What a reload leaves in the log, whoever asked for it: what, where, what to do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/unit/control/ctl/control_plane.hh"
#include "tests/unit/control/telemetry/captured_log.hh"

namespace apex::control {
namespace {

using test::ControlPlane;
using testing::ElementsAre;

TEST(ReloadLog, AZoneReloadLeavesALineForItsZone) {
    ControlPlane plane(test::at_port(9), "www A 192.0.2.1\n");
    const test::CapturedLog log;
    plane.load();
    plane.write_zone("www A x\n");
    ASSERT_TRUE(plane.call("zone.reload"));
    const auto lines = log.lines();
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_EQ(lines[0], "info zone example.com.: serial 7, 3 records, 2 names changed");
    EXPECT_TRUE(
        lines[1].starts_with("error zone example.com.: " + plane.zone_file().string() + ":4: "))
        << lines[1];
    EXPECT_TRUE(
        lines[1].ends_with("; the version in service stays; correct it, then run \"apexctl "
                           "zone reload example.com.\""))
        << lines[1];
}

TEST(ReloadLog, AConfigReloadLeavesALineForItself) {
    ControlPlane plane(test::at_port(9));
    plane.load();
    const auto config = plane.zone_file().parent_path() / "apexd.yaml";
    const test::CapturedLog log;
    EXPECT_FALSE(plane.call("config.reload"));
    std::ofstream(config) << "server:\n  addresses: [192.0.2.1]\n  workers: [1]\n"
                             "ports:\n  - device: net_null0\n"
                             "resolver:\n  forward: [127.0.0.1@9]\n"
                             "zones:\n  - name: example.org\n    file: " +
                                 plane.zone_file().string() + "\n";
    const auto reloaded = plane.call("config.reload");
    ASSERT_TRUE(reloaded) << reloaded.error().to_string();
    const auto lines = log.lines();
    ASSERT_EQ(lines.size(), 4U);
    EXPECT_TRUE(lines[0].starts_with("error configuration not reloaded: " + config.string()))
        << lines[0];
    EXPECT_TRUE(lines[0].ends_with("run \"apexctl config reload\"")) << lines[0];
    EXPECT_EQ(lines[1], "info zone example.org.: serial 7, 2 records, 1 names changed");
    EXPECT_EQ(lines[2], "info zone example.com.: out of service");
    EXPECT_EQ(lines[3],
              "info configuration reloaded: 1 zones added, 1 removed, 0 reloaded, 0 failed; only a "
              "restart applies the new server, ports");
}

}  // namespace
}  // namespace apex::control
