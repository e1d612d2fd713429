// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Health checks as the configuration says them.
#include "control/config/health_check.hh"

#include "control/config/health_check_reader.hh"
#include "tests/unit/control/config/config_fixture.hh"

namespace apex::control {
namespace {

using test::BadCase;
using test::minimal;

class HealthCheckTest : public test::ConfigTest {
  protected:
    static std::string zone_with(const std::string& owner, const std::string& check) {
        return minimal + "zones:\n  - name: example.com\n    file: a\n    records:\n      \"" +
               owner + "\":\n        health: {" + check + "}\n";
    }
    HealthCheck read(const std::string& check, const std::string& owner = "@") {
        const Config config = good(zone_with(owner, check));
        if (config.zones.empty() || config.zones[0].records.empty()) return {};
        return config.zones[0].records.begin()->second.health.value_or(HealthCheck{});
    }
};

TEST_F(HealthCheckTest, WhatIsNotSaidIsUsual) {
    EXPECT_EQ(read("check: tcp, port: 8443"),
              (HealthCheck{.port = 8443, .host = "", .least_status = 200, .most_status = 399}));
    EXPECT_EQ(read("check: http"), (HealthCheck{.kind = HealthCheck::Kind::http,
                                                .port = 80,
                                                .host = "example.com",
                                                .least_status = 200,
                                                .most_status = 399}));
    EXPECT_EQ(read("check: https", "www").host, "www.example.com");
    EXPECT_EQ(read("check: https", "*.wild").host, "wild.example.com");
    EXPECT_EQ(read("check: https").port, 443);
}

TEST_F(HealthCheckTest, EveryMemberIsRead) {
    EXPECT_EQ(
        read("check: https, port: 1, host: a-b.example, path: \"/up?x=1\", status: 204, interval: "
             "1m, timeout: 59, rise: 1, fall: 10"),
        (HealthCheck{.kind = HealthCheck::Kind::https,
                     .port = 1,
                     .host = "a-b.example",
                     .path = "/up?x=1",
                     .least_status = 204,
                     .most_status = 204,
                     .interval = 60,
                     .timeout = 59,
                     .rise = 1,
                     .fall = 10}));
    EXPECT_EQ(read("check: http, status: 200-299").most_status, 299);
}

TEST_F(HealthCheckTest, BadChecks) {
    const BadCase cases[] = {
        {"port: 80",
         "apexd.yaml:11: \"check\" is missing in \"health\"; expected tcp, http or "
         "https"},
        {"check: icmp",
         "apexd.yaml:11: \"check\" in \"health\" is \"icmp\"; expected tcp, http or "
         "https"},
        {"check: tcp", "apexd.yaml:11: \"health\" with check tcp needs a \"port\""},
        {"check: tcp, port: 80, path: /",
         "apexd.yaml:11: \"health\" with check tcp has \"host\", \"path\" or \"status\"; expected "
         "check http or https for these"},
        {"check: http, timeout: 10s",
         "apexd.yaml:11: \"health\" has \"timeout\" 10 s, not below \"interval\", 10 s"},
        {"check: http, path: \"/a b\"",
         "apexd.yaml:11: \"path\" in \"health\" is \"/a b\"; expected a path such as /up, without "
         "spaces"},
        {"check: http, path: \"/\\r\\nX: y\"",
         "apexd.yaml:11: \"path\" in \"health\" is \"/??X: y\"; expected a path such as "
         "/up, without spaces"},
        {"check: http, host: \"a\\nb\"",
         "apexd.yaml:11: \"host\" in \"health\" is \"a?b\"; expected a host name"},
        {"check: http, status: 300-200",
         "apexd.yaml:11: \"status\" in \"health\" is \"300-200\"; expected an HTTP status or a "
         "range such as 200-299"},
        {"check: http, fall: 0",
         "apexd.yaml:11: \"fall\" in \"health\" is \"0\"; expected a number from 1 to 10"},
        {"check: http, falls: 2",
         "apexd.yaml:11: unknown key \"falls\" in \"health\"; did you mean \"fall\"?"},
    };
    for (const BadCase& c : cases) EXPECT_EQ(bad(zone_with("@", c.text)), c.message) << c.text;
    EXPECT_EQ(bad(zone_with("a\\\\032b", "check: http")),
              "apexd.yaml:10: owner \"a\\032b\" is no host name; expected a \"host\" in its "
              "\"health\"");
    EXPECT_EQ(bad(minimal + "alias: {health: {check: http}}\n").substr(0, 34),
              "apexd.yaml:6: unknown key \"health\"");
}

TEST_F(HealthCheckTest, ForPeople) {
    EXPECT_EQ(text(read("check: tcp, port: 25")), "tcp on port 25");
    EXPECT_EQ(text(read("check: https, path: /up")),
              "https on port 443, GET /up at example.com, status 200 to 399");
}

}  // namespace
}  // namespace apex::control
