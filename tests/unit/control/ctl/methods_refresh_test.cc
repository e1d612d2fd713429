// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What was asked for by hand is what queries get when the command returns.
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "tests/unit/control/ctl/control_plane.hh"

namespace apex::control {
namespace {

using nlohmann::json;
using test::ControlPlane;
using wire::RrType;

constexpr const char* alias_of_cdn = "@ ALIAS cdn.example.net.\n";

TEST(AliasRefresh, AChangeIsServedWhenTheCommandReturns) {
    test::RealUpstreams upstreams("cdn 3600 A 192.0.2.1\ncdn 3600 AAAA 2001:db8::1\n");
    ControlPlane plane(upstreams.nsd(), alias_of_cdn);
    plane.load();
    ASSERT_TRUE(plane.wait_for_aliases());
    upstreams.replace_records("cdn 3600 A 192.0.2.2\ncdn 3600 AAAA 2001:db8::1\n");
    EXPECT_EQ(plane.ask("example.com", RrType::a), "192.0.2.1");
    const json result = plane.call("alias.refresh", {{"name", "example.com"}}).value();
    EXPECT_EQ(plane.ask("example.com", RrType::a), "192.0.2.2");
    EXPECT_EQ(result, json::parse(R"({"ok":true,"asked":2,"changed":1,"failed":0,"gone":0,
        "truncated":false,"targets":[
        {"target":"cdn.example.net.","type":"A","changed":true,"error":null},
        {"target":"cdn.example.net.","type":"AAAA","changed":false,"error":null}]})"));
}

TEST(AliasRefresh, AWithdrawalIsConfirmedBeforeTheCommandReturns) {
    test::RealUpstreams upstreams("cdn 3600 A 192.0.2.1\n");
    ControlPlane plane(upstreams.nsd(), alias_of_cdn);
    plane.load();
    ASSERT_TRUE(plane.wait_for_aliases());
    upstreams.replace_records("other A 192.0.2.9\n");
    const json result = plane.call("alias.refresh", {{"name", "example.com"}}).value();
    EXPECT_EQ(plane.ask("example.com", RrType::a), "NOERROR");
    EXPECT_EQ(result.at("changed"), 2) << "AAAA from NODATA to NXDOMAIN: " << result;
    EXPECT_GE(plane.engine().totals().resolutions, 2U + 3U + 1U);
}

TEST(AliasRefresh, AllCountsAndShowsWhatChangedOrFailed) {
    test::RealUpstreams upstreams("cdn 3600 A 192.0.2.1\nsame 3600 A 192.0.2.3\n");
    ControlPlane plane(upstreams.nsd(),
                       "@ ALIAS cdn.example.net.\nsame ALIAS same.example.net.\n"
                       "refused ALIAS refused.example.\n");
    plane.load();
    ASSERT_TRUE(plane.wait(10, [&] { return plane.engine().totals().changes == 4; }));
    upstreams.replace_records("cdn 3600 A 192.0.2.2\nsame 3600 A 192.0.2.3\n");
    const json result = plane.call("alias.refresh", {{"all", true}}).value();
    EXPECT_EQ(plane.ask("example.com", RrType::a), "192.0.2.2");
    EXPECT_EQ(result.at("ok"), false);
    EXPECT_EQ(result.at("asked"), 6);
    EXPECT_EQ(result.at("changed"), 1);
    EXPECT_EQ(result.at("failed"), 2);
    ASSERT_EQ(result.at("targets").size(), 3U) << result;
    for (const json& target : result.at("targets")) {
        EXPECT_EQ(target.at("error").is_string(), target.at("target") == "refused.example.");
    }
}

TEST(AliasRefresh, AllBeginsWithWhoIsDueFirst) {
    constexpr std::size_t count = 100;
    std::string records, zone;
    for (std::size_t n = 0; n < count; ++n) {
        const std::string name = "n" + std::to_string(n);
        records += name + " 3600 A 192.0.2.1\n" + name + " 3600 AAAA 2001:db8::1\n";
        zone += name + " ALIAS " + name + ".example.net.\n";
    }
    test::RealUpstreams upstreams(records);
    ControlPlane plane(upstreams.nsd(), zone);
    plane.load();
    ASSERT_TRUE(plane.wait(10, [&] { return plane.engine().totals().changes == 2 * count; }));
    std::vector<std::pair<decltype(TargetState::next_refresh), TargetKey>> due;
    plane.engine().for_each(
        [&due](const TargetState& state) { due.emplace_back(state.next_refresh, state.key); });
    std::ranges::sort(due);
    ASSERT_TRUE(plane.call("alias.refresh", {{"all", true}}));
    const auto answered = [&](std::size_t n) {
        return plane.engine().find(due[n].second)->last_good->resolved_at;
    };
    // Several are under way at once, so neighbours may change places.
    for (std::size_t n = 0; n < count / 2; ++n) EXPECT_LT(answered(n), answered(n + 3 * count / 2));
}

TEST(AliasRefresh, AllIsOneAtATime) {
    test::SilentServer silent;
    ControlPlane plane(silent.address(), alias_of_cdn);
    plane.load();
    const auto result = std::make_shared<std::optional<Result<json>>>();
    plane.start("alias.refresh", {{"all", true}}, [result](auto given) { *result = given; });
    const auto second = plane.call("alias.refresh", {{"all", true}});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().message,
              "all targets are being refreshed already, 0 of 2 are done; run it again after that");

    // Nobody follows the targets any more: that ends the command.
    plane.remove("example.com");
    ASSERT_TRUE(result->has_value());
    EXPECT_EQ((*result)->value().at("gone"), 2);
    EXPECT_EQ((*result)->value().at("ok"), false);
    EXPECT_EQ(plane.call("alias.refresh", {{"all", true}}).value().at("asked"), 0);
}

TEST(AliasRefresh, ATargetAtHomeNeedsNoQuestion) {
    test::SilentServer silent;
    ControlPlane plane(silent.address(), "@ ALIAS www\nwww A 192.0.2.1\n");
    plane.load();
    const json result = plane.call("alias.refresh", {{"name", "example.com"}}).value();
    EXPECT_EQ(result.at("asked"), 0);
    EXPECT_EQ(result.at("ok"), true);
}

TEST(AliasRefresh, ErrorsSayWhatToDo) {
    ControlPlane plane(test::at_port(9), alias_of_cdn);
    plane.load();
    const struct {
        json params;
        const char* message;
    } cases[] = {
        {json::object(),
         "the command needs either a parameter \"name\", an owner with an ALIAS, or \"all\": true"},
        {{{"name", "example.com"}, {"all", true}},
         "the command needs either a parameter \"name\", an owner with an ALIAS, or \"all\": true"},
        {{{"all", 1}}, "parameter \"all\": read number, expected true or false"},
        {{{"name", "ns.example.com"}},
         "\"ns.example.com.\" has no ALIAS record in zone \"example.com.\"; \"alias list\" shows "
         "those that do"},
        {{{"name", "example.edu"}},
         "no zone that is served here encloses \"example.edu.\"; \"zone list\" shows those that "
         "are"},
    };
    for (const auto& test : cases) {
        const auto result = plane.call("alias.refresh", test.params);
        ASSERT_FALSE(result) << test.params;
        EXPECT_EQ(result.error().message, test.message);
    }
}

}  // namespace
}  // namespace apex::control
