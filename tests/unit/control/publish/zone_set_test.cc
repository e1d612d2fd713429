// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Zones in service as their files and their ALIAS targets change.
#include "control/publish/zone_set.hh"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/unit/control/alias/tcp_socket.hh"
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

TEST(ZoneSet, PreparingComparesWithWhatIsInService) {
    ControlPlane plane(test::at_port(9), "www A 192.0.2.1\nold A 192.0.2.2\n");
    plane.load();
    const ZoneEntry& entry = plane.zones().zones().begin()->second;
    plane.write_zone("www A 192.0.2.1\n@ ALIAS CDN.example.net.\n@ ALIAS cdn.example.net.\n");
    const PreparedZone prepared =
        prepare_zone(entry.config, entry.id, wire::RrType::alias, entry.zone);
    ASSERT_FALSE(prepared.error);
    EXPECT_EQ(prepared.gone, std::vector{parse_name("old.example.com").value()});
    EXPECT_EQ(prepare_end(entry.config, entry.id, entry.zone).gone.size(),
              entry.zone->owners.size());
}

TEST(ZoneSet, WarnsOfSettingsForOwnersWithoutAlias) {
    ControlPlane plane(test::at_port(9), "www A 192.0.2.1\n@ ALIAS cdn.example.net.\n");
    plane.load();
    ZoneConfig config = plane.zones().zones().begin()->second.config;
    for (const char* owner : {"example.com", "www.example.com", "no.example.com"}) {
        config.records[parse_name(owner).value()] = {};
    }
    const PreparedZone prepared = prepare_zone(config, 0, wire::RrType::alias);
    std::vector<std::string> warnings;
    for (const Error& warning : prepared.zone->warnings) warnings.push_back(warning.message);
    const std::string start = "\"records\" in the configuration has \"";
    const std::string end = ".example.com.\", which has no ALIAS in the zone";
    EXPECT_EQ(warnings, (std::vector{start + "no" + end, start + "www" + end}));
}

TEST(ZoneSet, AFailedLoadChangesNoPolicyInService) {
    ControlPlane plane(test::at_port(9), "@ ALIAS cdn.example.net.\n");
    plane.load();
    const ZoneEntry& entry = plane.zones().zones().begin()->second;
    ZoneConfig config = entry.config;
    config.records[config.name] = {};
    const auto load = [&](const char* text) {
        plane.write_zone(text);
        std::vector<PreparedZone> prepared;
        prepared.push_back(prepare_zone(config, entry.id, wire::RrType::alias, entry.zone));
        plane.zones().apply(prepared);
    };
    load("www A x\n");
    ASSERT_TRUE(entry.error);
    EXPECT_TRUE(entry.config.records.empty());
    EXPECT_EQ(entry.attempted, config);
    load("@ ALIAS cdn.example.net.\n");
    EXPECT_EQ(entry.config, config);
}

TEST(ZoneSet, ApplyHandsBackWhatItReplaced) {
    ControlPlane plane(test::at_port(9), "@ ALIAS cdn.example.net.\n");
    plane.load();
    const ZoneEntry& entry = plane.zones().zones().begin()->second;
    const auto old = entry.zone;
    plane.write_zone("@ ALIAS cdn.example.org.\n");
    std::vector<PreparedZone> prepared;
    prepared.push_back(prepare_zone(entry.config, entry.id, wire::RrType::alias, old));
    const auto coming = prepared.front().zone;
    plane.zones().apply(prepared);
    EXPECT_EQ(entry.zone, coming);
    EXPECT_EQ(prepared.front().zone, old);
    EXPECT_EQ(entry.aliases.at(entry.config.name).outside.size(), 2U);
    EXPECT_EQ(plane.engine().find({parse_name("cdn.example.net").value(), wire::RrType::a}),
              nullptr);
    EXPECT_NE(plane.engine().find({parse_name("cdn.example.org").value(), wire::RrType::a}),
              nullptr);

    prepared.clear();
    prepared.push_back(prepare_end(entry.config, entry.id, coming));
    plane.zones().apply(prepared);
    EXPECT_TRUE(plane.zones().zones().empty());
    EXPECT_EQ(plane.engine().find({parse_name("cdn.example.org").value(), wire::RrType::a}),
              nullptr);
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

/// Owners of every kind that follow one target, beside many that are alike.
constexpr const char* followers =
    "a ALIAS cdn.example.net.\nb ALIAS cdn.example.net.\nb TXT x\nb AAAA 2001:db8::9\n"
    "short 2 ALIAS cdn.example.net.\n*.wild ALIAS cdn.example.net.\nnick CNAME named\n"
    "named ALIAS cdn.example.net.\nmany ALIAS cdn.example.net.\nmany ALIAS other.example.net.\n"
    "hop ALIAS inner\ninner CNAME cdn.example.net.\nown ALIAS cdn.example.net.\n"
    "own A 192.0.2.99\nlong ALIAS cdn.example.net.\ntwice ALIAS a\n";

std::map<std::string, std::vector<std::uint8_t>> answers(ControlPlane& plane) {
    std::map<std::string, std::vector<std::uint8_t>> all;
    for (const char* owner : {"a", "b", "short", "x.wild", "nick", "named", "many", "hop", "inner",
                              "own", "long", "twice"}) {
        for (const wire::RrType type :
             {wire::RrType::a, wire::RrType::aaaa, wire::RrType::txt, wire::RrType::any}) {
            all[std::string(owner) + " " + std::to_string(wire::to_int(type))] =
                plane.reply(std::string(owner) + ".example.com", type);
        }
    }
    return all;
}

TEST(ZoneSet, AChangeReachesEveryKindOfOwnerAsALoadWould) {
    test::RealUpstreams upstreams(
        "cdn 3600 A 192.0.2.1\ncdn 3600 AAAA 2001:db8::1\nother 3600 A 192.0.2.50\n");
    ControlPlane plane(upstreams.nsd(), followers);
    plane.load();
    ASSERT_TRUE(plane.wait_for_aliases());
    const auto before = answers(plane);
    plane.load();
    EXPECT_TRUE(before == answers(plane)) << "after the first sets, which came one by one";
    for (const char* addresses :
         {"cdn 3600 A 192.0.2.1\ncdn 3600 A 192.0.2.2\ncdn 3600 AAAA 2001:db8::2\n",
          "cdn 1800 A 192.0.2.3\ncdn 1800 AAAA 2001:db8::2\n", "cdn 3600 AAAA 2001:db8::3\n",
          "cdn 3600 A 192.0.2.4\n", "cdn 3600 A 192.0.2.1\ncdn 3600 AAAA 2001:db8::1\n"}) {
        upstreams.replace_records(std::string(addresses) + "other 3600 A 192.0.2.50\n");
        ASSERT_TRUE(plane.call("alias.refresh", {{"all", true}})) << addresses;
        const auto changed = answers(plane);
        plane.load();
        EXPECT_TRUE(changed == answers(plane)) << addresses;
    }
    EXPECT_TRUE(before == answers(plane));
    EXPECT_EQ(plane.ask("a.example.com", wire::RrType::a), "192.0.2.1");
}

TEST(ZoneSet, UnhealthyRecordsOfTheOwnerAreLeftOutInWhateverOrderTheyAre) {
    const test::TcpSocket tenth(true, 0x7f00000a);
    test::SilentServer silent;
    ControlPlane plane(silent.address(),
                       "own ALIAS cdn.example.net.\n"
                       "own A 127.0.0.30\nown A 127.0.0.20\nown A 127.0.0.10\n");
    HealthCheck check;
    check.port = tenth.port();
    check.interval = 1;
    check.fall = 1;
    plane.set_health("own.example.com", check);
    plane.load();
    ASSERT_TRUE(plane.wait(
        10, [&] { return plane.call("status").value().at("health").at("unhealthy") == 2; }));
    EXPECT_EQ(plane.ask("own.example.com", wire::RrType::a), "127.0.0.10");
}

TEST(ZoneSet, AnOwnerWithACheckIsNotTakenForOneWithout) {
    test::RealUpstreams upstreams("cdn 3600 A 192.0.2.1\ncdn 3600 A 192.0.2.2\n");
    ControlPlane plane(upstreams.nsd(), "a ALIAS cdn.example.net.\nb ALIAS cdn.example.net.\n");
    // Nothing listens on port 1 of these, and nothing is reachable.
    plane.set_health("b.example.com",
                     {.port = 1, .host = "", .interval = 3600, .timeout = 1, .fall = 1});
    plane.load();
    ASSERT_TRUE(plane.wait_for_aliases());
    EXPECT_EQ(plane.call("status").value().at("health").at("checked"), 2);
    upstreams.replace_records("cdn 3600 A 192.0.2.3\n");
    ASSERT_TRUE(plane.call("alias.refresh", {{"name", "a.example.com"}}));
    EXPECT_EQ(plane.ask("a.example.com", wire::RrType::a), "192.0.2.3");
    EXPECT_EQ(plane.ask("b.example.com", wire::RrType::a), "192.0.2.3");
    EXPECT_EQ(plane.call("status").value().at("health").at("checked"), 1) << "of the new set";
}

}  // namespace
}  // namespace apex::control
