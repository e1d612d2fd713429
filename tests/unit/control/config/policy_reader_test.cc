// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What holds for an ALIAS, when the server, its zone and its owner say this and that.
#include "control/config/policy_reader.hh"

#include "tests/unit/control/config/config_fixture.hh"

namespace apex::control {
namespace {

using test::BadCase;
using test::ConfigTest;
using test::minimal;
using test::root_based;

using PolicyReaderTest = ConfigTest;

TEST_F(PolicyReaderTest, PoliciesComeFromTheLevelAbove) {
    const Config config = good(minimal +
                               "zones:\n"
                               "  - name: example.com\n"
                               "    file: a\n"
                               "    records:\n"
                               "      \"@\": {ttl-max: 1m}\n"
                               "      www: {targets: merge, siblings: fallback}\n"
                               "      \"*.Sub.example.com.\": {ttl-min: 1}\n"
                               "    alias: {ttl-min: 20, targets: failover}\n"
                               "  - {name: example.net, file: b}\n"
                               "alias: {ttl-min: 10, ttl-max: 1h, siblings: merge}\n");
    using enum PolicyLevel;
    const AliasPolicy of_server{{10, server}, {3600, server}, Siblings::merge, Targets::merge};
    const AliasPolicy of_zone{{20, zone}, {3600, server}, Siblings::merge, Targets::failover};
    EXPECT_EQ(config.alias.policy, of_server);
    EXPECT_EQ(config.zones[1].alias, of_server);
    const ZoneConfig& first = config.zones[0];
    EXPECT_EQ(first.alias, of_zone);
    const auto at = [&](const char* labels) {
        return first.alias_at(*wire::Name::from_wire(root_based(labels)));
    };
    EXPECT_EQ(at("\3any\7example\3com"), of_zone);
    EXPECT_EQ(at("\7example\3com"),
              (AliasPolicy{of_zone.ttl_min, {60, record}, of_zone.siblings, of_zone.targets}));
    EXPECT_EQ(at("\3www\7example\3com"),
              (AliasPolicy{of_zone.ttl_min, of_zone.ttl_max, Siblings::fallback, Targets::merge}));
    EXPECT_EQ(at("\1*\3sub\7example\3com"),
              (AliasPolicy{{1, record}, of_zone.ttl_max, of_zone.siblings, of_zone.targets}));
}

TEST_F(PolicyReaderTest, BadPolicies) {
    const BadCase cases[] = {
        {"alias: {siblings: both}",
         "apexd.yaml:9: \"siblings\" in \"alias\" is \"both\"; expected override, merge or "
         "fallback"},
        {"alias: {targets: all}",
         "apexd.yaml:9: \"targets\" in \"alias\" is \"all\"; expected merge or failover"},
        {"alias: {type: 65300}",
         "apexd.yaml:9: unknown key \"type\" in \"alias\"; did you mean \"targets\"?"},
        {"alias: {ttl-min: 2d}",
         "apexd.yaml:9: \"ttl-min\" is 172800 s, above \"ttl-max\", 86400 s; expected at most "
         "that"},
        {"records: [www]",
         "apexd.yaml:9: \"records\" in \"zones\" is a list; expected a map from owner names to "
         "their settings"},
        {"records: {www: 5}",
         "apexd.yaml:9: \"www\" in \"records\" is \"5\"; expected a map from owner names to their "
         "settings"},
        {"records:\n      a: {ttl-max: 1m}\n      b: {ttl-max: 1s}",
         "apexd.yaml:11: \"ttl-min\" is 5 s, above \"ttl-max\", 1 s; expected at most that"},
        {"records: {www.example.net.: {ttl-min: 1}}",
         "apexd.yaml:9: owner \"www.example.net.\" in \"records\" is not in its zone; expected a "
         "name at or below the zone's"},
        {"records: {www: {ttl-min: 1}, WWW: {ttl-min: 2}}",
         "apexd.yaml:9: owner \"WWW\" in \"records\" is there twice; expected each once"},
        {"records: {a..b: {ttl-min: 1}}",
         "apexd.yaml:9: \"a..b\" is not a domain name: Empty label"},
        {"records: {[a]: {}}",
         "apexd.yaml:9: a key in \"records\" is a list; expected an owner name"},
    };
    for (const BadCase& c : cases) {
        EXPECT_EQ(bad(minimal + "zones:\n  - name: example.com\n    file: a\n    " + c.text + "\n"),
                  c.message)
            << c.text;
    }
}

}  // namespace
}  // namespace apex::control
