// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What the commands say of ALIAS targets that real name servers answer for, or do not.
#include <gtest/gtest.h>

#include "tests/unit/control/ctl/control_plane.hh"

namespace apex::control {
namespace {

using nlohmann::json;
using test::ControlPlane;

/// The "types" of the only target of `owner`, by type.
std::map<std::string, json> explained(ControlPlane& plane, const std::string& owner) {
    const auto result = plane.call("alias.explain", {{"name", owner}});
    EXPECT_TRUE(result) << result.error().to_string();
    std::map<std::string, json> types;
    if (!result) return types;
    for (const json& type : result->at("targets").at(0).at("types")) {
        types[type.at("type").get<std::string>()] = type;
    }
    return types;
}

TEST(AliasMethods, ExplainKnowsNothingOfATargetThatIsBeingAskedFor) {
    test::SilentServer silent;
    ControlPlane plane(silent.address(), "@ ALIAS cdn.example.net.\n");
    plane.load();
    const json type = explained(plane, "example.com").at("A");
    EXPECT_EQ(type.at("state"), "pending");
    for (const char* unknown : {"answer", "served_ttl", "ttl_rule", "resolver", "resolved_at",
                                "age_seconds", "next_refresh", "next_refresh_in", "last_error"}) {
        EXPECT_TRUE(type.at(unknown).is_null()) << unknown << ": " << type.at(unknown);
    }
    const json row = plane.call("alias.list").value().at("aliases").at(0);
    EXPECT_TRUE(row.at("next_refresh_in").is_null());
    EXPECT_TRUE(row.at("answer").is_null());
}

TEST(AliasMethods, ExplainOfATargetAtHomeHasNoResolution) {
    test::SilentServer silent;
    ControlPlane plane(silent.address(), "@ ALIAS www\nwww A 192.0.2.1\n");
    plane.load();
    const json type = explained(plane, "example.com").at("A");
    EXPECT_EQ(type.at("at_home"), true);
    for (const char* count : {"failures", "denials", "resolutions", "changes"}) {
        EXPECT_EQ(type.at(count), 0) << count;
    }
    for (const char* unknown : {"rung", "reason", "resolver", "resolved_at", "last_error"}) {
        EXPECT_TRUE(type.at(unknown).is_null()) << unknown << ": " << type.at(unknown);
    }
}

TEST(AliasMethods, ExplainTellsAMissingNameFromAMissingType) {
    test::RealUpstreams upstreams("cdn A 192.0.2.1\n");
    ControlPlane plane(upstreams.nsd(), "@ ALIAS cdn.example.net.\nlost ALIAS lost.example.net.\n");
    plane.load();
    ASSERT_TRUE(plane.wait_for_aliases());
    const auto apex = explained(plane, "example.com");
    EXPECT_EQ(apex.at("A").at("answer"), "addresses");
    EXPECT_EQ(apex.at("AAAA").at("answer"), "nodata");
    EXPECT_TRUE(apex.at("A").at("next_refresh").is_string());
    const auto lost = explained(plane, "lost.example.com");
    EXPECT_EQ(lost.at("A").at("answer"), "nxdomain");
    EXPECT_EQ(lost.at("AAAA").at("answer"), "nxdomain");
}

TEST(AliasMethods, ExplainNamesTheRuleThatTheServedTtlComesFrom) {
    test::RealUpstreams upstreams("cdn A 192.0.2.1\n");
    ControlPlane plane(upstreams.nsd(), "@ 1 ALIAS cdn.example.net.\n");
    plane.load();
    ASSERT_TRUE(plane.wait_for_aliases());
    const json type = explained(plane, "example.com").at("A");
    EXPECT_EQ(type.at("served_ttl"), 5);
    EXPECT_EQ(type.at("ttl_rule"), "floor, alias.ttl-min");
}

TEST(AliasMethods, ExplainTellsWhatIsRefused) {
    test::RealUpstreams upstreams("cdn A 127.0.0.1\ncdn A 192.0.2.1\ncdn A 10.0.0.1\n");
    ControlPlane plane(upstreams.nsd(), "@ ALIAS cdn.example.net.\n");
    plane.load();
    ASSERT_TRUE(plane.wait_for_aliases());
    const json type = explained(plane, "example.com").at("A");
    EXPECT_EQ(type.at("addresses"), json::parse(R"(["192.0.2.1"])"));
    json refused = type.at("refused");
    std::sort(refused.begin(), refused.end());
    EXPECT_EQ(refused, json::parse(R"([{"address":"10.0.0.1","why":"private"},
                                       {"address":"127.0.0.1","why":"loopback"}])"));
    EXPECT_EQ(plane.call("stats").value().at("alias").at("refused"), 2);
    EXPECT_NE(plane.metrics().find("\napexdns_alias_refused_addresses_total 2\n"),
              std::string::npos);
}

TEST(AliasMethods, EachChangeThatAnAnswerMadeIsCountedWithItsTime) {
    test::RealUpstreams upstreams("cdn A 192.0.2.1\n");
    ControlPlane plane(upstreams.nsd(), "@ ALIAS cdn.example.net.\n");
    plane.load();
    ASSERT_TRUE(plane.wait_for_aliases());
    const json publishing = plane.call("stats").value().at("alias").at("publishing");
    EXPECT_EQ(publishing.at("count"), 2);
    EXPECT_GT(publishing.at("p50_us"), 0);
    EXPECT_GE(publishing.at("max_us"), publishing.at("p99_us"));
    const std::string metrics = plane.metrics();
    EXPECT_NE(metrics.find("\napexdns_alias_publish_seconds_bucket{le=\"8.388608\"} 2\n"),
              std::string::npos);
    EXPECT_NE(metrics.find("\napexdns_alias_publish_seconds_count 2\n"), std::string::npos);
}

TEST(AliasMethods, AnAliasThatADelegationHidesIsSaidToBeSo) {
    test::SilentServer silent;
    ControlPlane plane(silent.address(), "cut NS ns.example.net.\na.cut ALIAS cdn.example.net.\n");
    plane.load();
    ASSERT_TRUE(plane.zones().zones().begin()->second.served());
    for (const char* command : {"alias.explain", "alias.history", "alias.refresh"}) {
        const auto result = plane.call(command, {{"name", "a.cut.example.com"}});
        ASSERT_FALSE(result) << command;
        EXPECT_EQ(
            result.error().to_string(),
            "the ALIAS of \"a.cut.example.com.\" is not served: a delegation or a DNAME above "
            "it in zone \"example.com.\" hides it");
    }
}

TEST(AliasMethods, ListShowsAThousandAndSaysThatThereAreMore) {
    std::string owners;
    for (int n = 0; n < 500; ++n) owners += "n" + std::to_string(n) + " ALIAS cdn.example.net.\n";
    test::SilentServer silent;
    ControlPlane plane(silent.address(), owners);
    plane.load();
    auto listed = plane.call("alias.list").value();
    EXPECT_EQ(listed.at("aliases").size(), 1000U);
    EXPECT_EQ(listed.at("truncated"), false);

    plane.write_zone(owners + "more ALIAS cdn.example.net.\n");
    plane.load();
    listed = plane.call("alias.list").value();
    EXPECT_EQ(listed.at("aliases").size(), 1000U);
    EXPECT_EQ(listed.at("truncated"), true);
}

/// "OWNER STATE" of the A rows that `params` ask for.
std::vector<std::string> listed(ControlPlane& plane, const json& params) {
    std::vector<std::string> rows;
    const auto result = plane.call("alias.list", params);
    EXPECT_TRUE(result) << result.error().to_string();
    for (const json& row : result->at("aliases")) {
        if (row.at("type") != "A") continue;
        rows.push_back(row.at("owner").get<std::string>() + ' ' +
                       row.at("state").get<std::string>());
    }
    return rows;
}

TEST(AliasMethods, ListIsFilteredWhereItIsMade) {
    test::RealUpstreams upstreams("cdn A 192.0.2.1\nother A 192.0.2.2\n");
    ControlPlane plane(upstreams.unbound(),
                       "@ ALIAS cdn.example.net.\nother ALIAS other.example.net.\n"
                       "refused ALIAS refused.example.\nway ALIAS step\n"
                       "step CNAME cdn.example.net.\nloop ALIAS loop\n");
    plane.load();
    ASSERT_TRUE(plane.wait(10, [&] { return plane.engine().totals().changes == 4; }));
    using Rows = std::vector<std::string>;
    EXPECT_EQ(listed(plane, {{"target", "CDN.example.net"}}),
              (Rows{"way.example.com. ok", "example.com. ok"}));
    EXPECT_EQ(listed(plane, {{"target", "step.example.com"}}), Rows{"way.example.com. ok"});
    EXPECT_EQ(listed(plane, {{"target", "example.net"}}), Rows{});
    EXPECT_EQ(listed(plane, {{"stale", true}}), Rows{});
    EXPECT_EQ(listed(plane, {{"stale", false}}).size(), 5U);

    upstreams.kill_unbound();
    ASSERT_TRUE(plane.call("alias.refresh", {{"all", true}}));
    EXPECT_EQ(listed(plane, {{"stale", true}, {"target", "other.example.net."}}),
              Rows{"other.example.com. stale"});
    const Rows failing = listed(plane, {{"failing", true}});
    EXPECT_EQ(failing, (Rows{"loop.example.com. failing", "refused.example.com. failing"}));
    EXPECT_EQ(listed(plane, {{"failing", true}, {"stale", true}}).size(), 5U);
}

TEST(AliasMethods, ListNamesAWrongFilter) {
    ControlPlane plane(test::at_port(9));
    plane.load();
    EXPECT_EQ(plane.call("alias.list", {{"stale", "yes"}}).error().message,
              "parameter \"stale\": read string, expected true or false");
    EXPECT_FALSE(plane.call("alias.list", {{"target", "a..b"}}));
    EXPECT_FALSE(plane.call("alias.list", {{"target", 7}}));
}

}  // namespace
}  // namespace apex::control
