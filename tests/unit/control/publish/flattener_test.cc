// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// ALIAS whose targets are in zones that are served here: where each leads, and what
// becomes of it when one of the zones changes. Nobody is ever asked: the forwarder is
// a socket that does not answer.
#include "control/publish/flattener.hh"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/control/ctl/control_plane.hh"

namespace apex::control {
namespace {

using test::ControlPlane;
using wire::RrType;

wire::Name name(const std::string& text) {
    return parse_name(text).value();
}

constexpr const char* other_zone =
    "www 50 A 192.0.2.1\n"
    "www 50 AAAA 2001:db8::1\n"
    "v4 A 192.0.2.4\n"
    "nick 40 CNAME www\n"
    "out 30 CNAME cdn.example.net.\n"
    "*.wild 20 A 192.0.2.20\n"
    "dn 10 DNAME wild\n"
    "inner 25 ALIAS www\n"
    "cut NS ns.example.net.\n"
    "a.ent A 192.0.2.9\n";

class FlattenerTest : public testing::Test {
  protected:
    /// example.com with `records`, and example.org with those of other_zone or `other`.
    void serve(const std::string& records, const std::string& other = other_zone) {
        plane_.write_zone("example.com", records);
        plane_.write_zone("example.org", other);
        plane_.load();
    }

    const ZoneEntry& entry() { return plane_.zones().zones().at(name("example.com")); }

    /// "addresses / TTL" or why there are none.
    std::string at(const std::string& owner, RrType type = RrType::a) {
        const FlattenedSet set = plane_.zones().flatten(entry(), name(owner), type);
        if (!set.ready) return "EDE " + std::to_string(wire::to_int(set.ede));
        std::string text;
        for (const std::string& address : set.addresses) {
            text += rdata_text(type, address, RrType::alias) + " ";
        }
        return text + "/ " + std::to_string(set.ttl);
    }
    TargetSet target(const std::string& owner, RrType type = RrType::a) {
        return plane_.zones().targets(entry(), name(owner), type).at(0);
    }
    std::size_t followed() {
        std::size_t count = 0;
        plane_.engine().for_each([&](const TargetState&) { ++count; });
        return count;
    }

    test::SilentServer silent_;
    ControlPlane plane_{silent_.address()};
};

TEST_F(FlattenerTest, TargetsAtHomeNeedNoQuery) {
    serve(
        "@ ALIAS www.example.org.\n"
        "same ALIAS host\n"
        "host 70 A 192.0.2.70\n"
        "nick ALIAS nick.example.org.\n"
        "wild ALIAS a.b.wild.example.org.\n"
        "dname ALIAS x.dn.example.org.\n"
        "chain ALIAS inner.example.org.\n"
        "short 5 ALIAS www.example.org.\n");
    EXPECT_EQ(at("example.com"), "192.0.2.1 / 50");
    EXPECT_EQ(at("example.com", RrType::aaaa), "2001:db8::1 / 50");
    EXPECT_EQ(at("same.example.com"), "192.0.2.70 / 70");
    EXPECT_EQ(at("nick.example.com"), "192.0.2.1 / 40") << "the CNAME's TTL";
    EXPECT_EQ(at("wild.example.com"), "192.0.2.20 / 20");
    EXPECT_EQ(at("dname.example.com"), "192.0.2.20 / 10") << "the DNAME's TTL";
    EXPECT_EQ(at("chain.example.com"), "192.0.2.1 / 25") << "the ALIAS's TTL on the way";
    EXPECT_EQ(at("short.example.com"), "192.0.2.1 / 5");
    EXPECT_EQ(followed(), 0U);
    const TargetSet dname = target("dname.example.com");
    ASSERT_EQ(dname.chain.size(), 2U);
    EXPECT_EQ(dname.chain[0].owner, name("dn.example.org"));
    EXPECT_EQ(dname.chain[0].next, name("x.wild.example.org"));
    EXPECT_EQ(dname.chain[1].owner, name("x.wild.example.org"));
}

TEST_F(FlattenerTest, EmptySetsAtHome) {
    serve(
        "v4 ALIAS v4.example.org.\n"
        "ent ALIAS ent.example.org.\n"
        "lost ALIAS lost.example.org.\n");
    EXPECT_EQ(at("v4.example.com", RrType::aaaa), "/ 60") << "the zone's negative TTL";
    EXPECT_FALSE(target("v4.example.com", RrType::aaaa).nxdomain);
    EXPECT_EQ(at("ent.example.com"), "/ 60");
    EXPECT_EQ(at("lost.example.com"), "/ 60");
    EXPECT_TRUE(target("lost.example.com").nxdomain);
}

TEST_F(FlattenerTest, WhereTheWayLeavesItIsResolved) {
    serve(
        "out ALIAS out.example.org.\n"
        "cut ALIAS www.cut.example.org.\n"
        "both ALIAS cdn.example.net.\n");
    EXPECT_EQ(at("out.example.com"), "EDE 14");
    EXPECT_EQ(target("out.example.com").outside->target, name("cdn.example.net"));
    EXPECT_EQ(target("cut.example.com").outside->target, name("www.cut.example.org"));
    EXPECT_EQ(followed(), 4U) << "two names, two types; one name is shared";
}

TEST_F(FlattenerTest, LoopsAreFailuresThatNameTheirMembers) {
    serve(
        "@ ALIAS @\n"
        "a ALIAS b\n"
        "b ALIAS c.example.org.\n"
        "half ALIAS b\n"
        "half ALIAS host\n"
        "host A 192.0.2.1\n",
        "c CNAME a.example.com.\n");
    EXPECT_EQ(at("example.com"), "EDE 22");
    EXPECT_EQ(target("example.com").reason, "a loop: example.com. -> example.com.");
    EXPECT_EQ(at("a.example.com"), "EDE 22");
    EXPECT_EQ(target("a.example.com").reason,
              "a loop: a.example.com. -> b.example.com. -> c.example.org. -> a.example.com.");
    EXPECT_EQ(at("half.example.com"), "192.0.2.1 / 3600") << "its other target";
}

TEST_F(FlattenerTest, LongAndWideWaysEnd) {
    std::string records = "end A 192.0.2.1\n";
    const auto n = [](unsigned number) { return "n" + std::to_string(number); };
    for (unsigned k = 1; k <= 17; ++k) {
        records += n(k) + " ALIAS " + (k > 1 ? n(k - 1) : "end") + "\n";
    }
    // Each of ten levels has three targets on the next: 88,572 names in all.
    for (unsigned level = 0; level < 10; ++level) {
        for (const char side : {'a', 'b', 'c'}) {
            for (const char next : {'a', 'b', 'c'}) {
                records += std::string(1, side) + std::to_string(level) + " ALIAS " +
                           std::string(1, next) + std::to_string(level + 1) + "\n";
            }
        }
    }
    records += "a10 A 192.0.2.10\nb10 A 192.0.2.11\nc10 A 192.0.2.12\n";
    serve(records);
    EXPECT_EQ(at("n16.example.com"), "192.0.2.1 / 3600");
    EXPECT_EQ(at("n17.example.com"), "EDE 22");
    EXPECT_EQ(target("n17.example.com").reason,
              "more than 16 names, the last one is end.example.com.");
    EXPECT_EQ(at("a0.example.com").substr(0, 10), "192.0.2.10") << "what 256 names gave";
    EXPECT_EQ(target("a9.example.com").reason, "");
}

TEST_F(FlattenerTest, AZoneReloadIsFollowedAtOnce) {
    serve("@ ALIAS nick.example.org.\nwww CNAME @\n");
    EXPECT_EQ(plane_.ask("example.com", RrType::a), "192.0.2.1");
    EXPECT_EQ(plane_.ask("www.example.com", RrType::a), "192.0.2.1") << "a CNAME that ends there";
    plane_.write_zone("example.org", "nick A 192.0.2.99\n");
    plane_.load("example.org");
    EXPECT_EQ(plane_.ask("example.com", RrType::a), "192.0.2.99");
    EXPECT_EQ(plane_.ask("www.example.com", RrType::a), "192.0.2.99");
    plane_.write_zone("example.org", "nick CNAME cdn.example.net.\n");
    plane_.load("example.org");
    EXPECT_EQ(plane_.ask("example.com", RrType::a), "SERVFAIL") << "not resolved yet";
    EXPECT_EQ(followed(), 2U);
    plane_.write_zone("example.org", "nick A 192.0.2.98\n");
    plane_.load("example.org");
    EXPECT_EQ(plane_.ask("example.com", RrType::a), "192.0.2.98");
    EXPECT_EQ(followed(), 0U);
}

TEST_F(FlattenerTest, ZonesComeAndGo) {
    plane_.write_zone("example.com", "@ ALIAS www.example.org.\n");
    plane_.write_zone("example.org", other_zone);
    plane_.load("example.com");
    EXPECT_EQ(plane_.ask("example.com", RrType::a), "SERVFAIL");
    EXPECT_EQ(followed(), 2U);
    plane_.load("example.org");
    EXPECT_EQ(plane_.ask("example.com", RrType::a), "192.0.2.1");
    EXPECT_EQ(followed(), 0U);
    plane_.remove("example.org");
    EXPECT_EQ(plane_.ask("example.com", RrType::a), "SERVFAIL");
    EXPECT_EQ(followed(), 2U);
    plane_.remove("example.com");
    EXPECT_EQ(followed(), 0U);
}

TEST_F(FlattenerTest, ABadZoneBesideAGoodOneKeepsWhatWasThere) {
    serve("@ ALIAS www.example.org.\n");
    plane_.write_zone("example.com", "@ ALIAS nick.example.org.\n");
    plane_.write_zone("example.org", "this is no zone\n");
    plane_.load();
    EXPECT_EQ(plane_.ask("example.com", RrType::a), "192.0.2.1");
    EXPECT_EQ(at("example.com"), "192.0.2.1 / 40") << "over the CNAME of the zone that stayed";
}

}  // namespace
}  // namespace apex::control
