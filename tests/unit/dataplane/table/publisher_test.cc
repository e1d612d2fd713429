// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The table's writer on its own: what changes, what it counts, growth, holes.
// Readers at the same time: switch_test.cc.
#include "dataplane/table/publisher.hh"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"
#include "tests/packet/table_content.hh"

namespace apex::table {
namespace {

using test::body_of;
using test::name_of;
using test::ZoneImage;
using wire::RrType;

std::vector<BodyImage> a(std::string bytes) {
    return {body_of(RrType::a, std::move(bytes))};
}

class PublisherTest : public testing::Test {
  protected:
    /// The number of names that changed.
    std::size_t apply(ZoneChange change) {
        publisher_.apply(std::span(&change, 1));
        return change.changed_names;
    }

    std::string found(const wire::Name& name) {
        reader_.online();
        const Lookup lookup = test::find(table_, name);
        const std::string body =
            lookup.outcome == Outcome::found ? test::body_bytes(*lookup.node) : "missing";
        reader_.offline();
        return body;
    }
    std::string found(std::string_view name) { return found(name_of(name)); }

    Table table_{1};
    Publisher publisher_{table_};
    Reader reader_{table_, 0};
};

TEST_F(PublisherTest, CountsNamesZonesAndBytes) {
    const TableSize empty = publisher_.size();
    EXPECT_EQ(empty.names, 0U);
    EXPECT_EQ(empty.zones, 0U);
    ZoneImage zone(publisher_.new_zone(), "example.com");
    zone.add("example.com", a("apex")).add("www.example.com", a("www"));
    EXPECT_EQ(apply(zone.put()), 2U);
    const TableSize size = publisher_.size();
    EXPECT_EQ(size.names, 2U);
    EXPECT_EQ(size.zones, 1U);
    EXPECT_EQ(size.bytes, empty.bytes + 2 * 64 + 128) << "two nodes of a line, a negative of two";
    EXPECT_GE(size.mapped, size.bytes);
    EXPECT_LE(size.huge, size.mapped);

    EXPECT_EQ(apply(zone.take_out()), 2U);
    publisher_.release_zone(0);
    EXPECT_EQ(publisher_.size().names, 0U);
    EXPECT_EQ(publisher_.size().zones, 0U);
    EXPECT_EQ(publisher_.size().bytes, empty.bytes);
}

// A list that names a node twice must not free it twice.
TEST_F(PublisherTest, ANameTwiceInOneChange) {
    ZoneImage old(publisher_.new_zone(), "example.com");
    old.add("example.com", a("apex")).add("www.example.com", a("www"));
    apply(old.put());
    ZoneImage next(0, "example.com");
    next.add("example.com", a("new")).add("example.com", a("twice"));
    apply(next.put({name_of("www.example.com"), name_of("www.example.com")}));
    EXPECT_EQ(publisher_.size().names, 1U);
    EXPECT_EQ(found("example.com"), "new");
    EXPECT_EQ(found("www.example.com"), "missing");
}

TEST_F(PublisherTest, AnIdIsNoZoneInService) {
    const ZoneId zone = publisher_.new_zone();
    EXPECT_EQ(publisher_.size().zones, 0U);
    publisher_.release_zone(zone);
}

TEST_F(PublisherTest, ZoneIdsAreReusedAndLimited) {
    const ZoneId first = publisher_.new_zone();
    const ZoneId second = publisher_.new_zone();
    EXPECT_NE(first, second);
    publisher_.release_zone(first);
    EXPECT_EQ(publisher_.new_zone(), first);
    for (std::size_t n = 2; n < Table::max_zones; ++n) publisher_.new_zone();
    EXPECT_THROW(publisher_.new_zone(), std::length_error);
}

TEST_F(PublisherTest, AReusedZoneIdHasNothingOfTheOldZone) {
    ZoneImage old(publisher_.new_zone(), "old.com", 1);
    old.add("old.com", a("old"));
    apply(old.put());
    apply(old.take_out());
    publisher_.release_zone(0);
    ZoneImage fresh(publisher_.new_zone(), "a.fresh.com", 2);
    fresh.add("a.fresh.com", a("fresh"));
    apply(fresh.put());
    EXPECT_EQ(found("old.com"), "missing");
    EXPECT_EQ(found("a.fresh.com"), "fresh");
    reader_.online();
    EXPECT_EQ(test::find(table_, "x.a.fresh.com").outcome, Outcome::name_error);
    EXPECT_EQ(test::find(table_, "x.old.com").outcome, Outcome::no_zone);
    reader_.offline();
}

TEST_F(PublisherTest, OnlyWhatDiffersChanges) {
    ZoneImage first(publisher_.new_zone(), "example.com");
    first.add("example.com", a("apex")).add("www.example.com", a("www"));
    first.add("gone.example.com", a("gone"));
    apply(first.put());
    ZoneImage second(0, "example.com");
    second.add("example.com", a("apex")).add("www.example.com", a("new"));
    second.add("more.example.com", a("more"));
    EXPECT_EQ(apply(second.put({name_of("gone.example.com"), name_of("never.example.com")})), 3U);
    EXPECT_EQ(found("example.com"), "apex");
    EXPECT_EQ(found("www.example.com"), "new");
    EXPECT_EQ(found("more.example.com"), "more");
    EXPECT_EQ(found("gone.example.com"), "missing");
    EXPECT_EQ(publisher_.size().names, 3U);
    EXPECT_EQ(apply(second.put()), 0U) << "published already, byte for byte";
}

TEST_F(PublisherTest, SeveralZonesInOneStep) {
    ZoneImage one(publisher_.new_zone(), "one.com"), two(publisher_.new_zone(), "two.com");
    one.add("one.com", a("one"));
    two.add("two.com", a("two"));
    std::vector changes{one.put(), two.put()};
    publisher_.apply(changes);
    EXPECT_EQ(changes[0].changed_names, 1U);
    EXPECT_EQ(changes[1].changed_names, 1U);
    EXPECT_EQ(found("one.com"), "one");
    EXPECT_EQ(found("two.com"), "two");
    ZoneImage one_again(0, "one.com");
    one_again.add("one.com", a("again"));
    std::vector mixed{one_again.put(), two.take_out()};
    publisher_.apply(mixed);
    EXPECT_EQ(found("one.com"), "again");
    EXPECT_EQ(found("two.com"), "missing");
    publisher_.apply({});
    EXPECT_EQ(found("one.com"), "again");
}

TEST_F(PublisherTest, TheSameNameInTwoZonesIsTwoNodes) {
    ZoneImage outer(publisher_.new_zone(), "com"), inner(publisher_.new_zone(), "a.com");
    outer.add("com", a("com")).add("a.com", a("outer"));
    inner.add("a.com", a("inner"));
    apply(outer.put());
    apply(inner.put());
    EXPECT_EQ(publisher_.size().names, 3U);
    ZoneImage outer_again(0, "com");
    outer_again.add("a.com", a("outer again"));
    EXPECT_TRUE(publisher_.replace(outer_again.nodes()[0]));
    EXPECT_EQ(found("a.com"), "inner");
    apply(inner.take_out());
    EXPECT_EQ(found("a.com"), "outer again");
}

TEST_F(PublisherTest, ReplaceWantsTheNodeAndADifference) {
    ZoneImage zone(publisher_.new_zone(), "example.com");
    zone.add("example.com", a("old"));
    apply(zone.put());
    ZoneImage next(0, "example.com"), other(1, "example.com");
    next.add("example.com", a("new")).add("www.example.com", a("www"));
    other.add("example.com", a("other zone"));
    EXPECT_FALSE(publisher_.replace(zone.nodes()[0])) << "published already";
    EXPECT_FALSE(publisher_.replace(next.nodes()[1])) << "no such name";
    EXPECT_FALSE(publisher_.replace(other.nodes()[0])) << "no such name in that zone";
    EXPECT_TRUE(publisher_.replace(next.nodes()[0]));
    EXPECT_EQ(found("example.com"), "new");
    apply(zone.put());
    EXPECT_EQ(found("example.com"), "old");
    apply(zone.take_out());
    EXPECT_FALSE(publisher_.replace(next.nodes()[0])) << "out of service";
}

TEST_F(PublisherTest, ReplacedNodesAreFreedOnceTheReadersMovedOn) {
    ZoneImage zone(publisher_.new_zone(), "example.com");
    zone.add("example.com", a("0"));
    apply(zone.put());
    const std::size_t bytes = publisher_.size().bytes;
    const auto replace = [this](unsigned n) {
        ZoneImage next(0, "example.com");
        next.add("example.com", a(std::to_string(n)));
        EXPECT_TRUE(publisher_.replace(next.nodes()[0]));
    };
    reader_.online();
    for (unsigned n = 1; n <= 10; ++n) replace(n);
    EXPECT_EQ(publisher_.size().bytes, bytes + 10 * 64) << "the reader may still see each of them";
    reader_.quiescent();
    replace(11);
    EXPECT_EQ(publisher_.size().bytes, bytes + 64);
    reader_.offline();
    for (unsigned n = 12; n <= 1000; ++n) replace(n);
    EXPECT_LE(publisher_.size().bytes, bytes + 2 * 64);
    EXPECT_EQ(found("example.com"), "1000");
}

wire::Name numbered(unsigned n) {
    return name_of("n" + std::to_string(n) + ".example.com");
}

// Twelve doublings of the index, each name looked for in the last one.
TEST_F(PublisherTest, GrowsTo200000Names) {
    constexpr unsigned count = 200'000;
    constexpr unsigned step = 20'000;
    publisher_.new_zone();
    for (unsigned done = 0; done < count; done += step) {
        ZoneImage zone(0, "example.com");
        if (done == 0) zone.add("example.com", a("apex"));
        for (unsigned n = done; n < done + step; ++n) zone.add(numbered(n), a(std::to_string(n)));
        apply(zone.put());
    }
    EXPECT_EQ(publisher_.size().names, count + 1);
    EXPECT_LE(publisher_.size().bytes / count, 200U) << "octets a name, index and all";
    reader_.online();
    const Snapshot snapshot = table_.snapshot();
    for (unsigned n = 0; n < count; ++n) {
        const Lookup hit = snapshot.find(test::question(numbered(n).wire(), snapshot.hash_key()));
        ASSERT_EQ(hit.outcome, Outcome::found) << n;
        ASSERT_EQ(test::body_bytes(*hit.node), std::to_string(n));
    }
    for (unsigned n = count; n < count + 1000; ++n) {
        ASSERT_EQ(test::find(table_, numbered(n)).outcome, Outcome::name_error) << n;
    }
    reader_.offline();
}

// Names come and go at random against a model, so that buckets fill, spill over
// and get holes. What must hold: each present name is found, no other one is.
TEST_F(PublisherTest, HolesLoseNothing) {
    std::mt19937 random(1);
    ZoneImage apex(publisher_.new_zone(), "example.com");
    apex.add("example.com", a("apex"));
    apply(apex.put());
    constexpr unsigned universe = 1200;
    std::vector<unsigned> version(universe);  // 0: absent
    std::set<unsigned> present;
    for (unsigned round = 1; round <= 150; ++round) {
        ZoneImage zone(0, "example.com");
        std::vector<wire::Name> remove;
        std::set<unsigned> touched;
        const unsigned changes = 1 + static_cast<unsigned>(random() % 60);
        // Waves, so that the load swings between nearly nothing and nearly full.
        const bool filling = round / 25 % 2 == 0;
        for (unsigned i = 0; i < changes; ++i) {
            const auto n = static_cast<unsigned>(random() % universe);
            if (!touched.insert(n).second) continue;
            if (present.count(n) != 0 && (!filling || random() % 4 == 0)) {
                remove.push_back(numbered(n));
                present.erase(n);
            } else if (filling || random() % 4 == 0) {
                version[n] = round;
                zone.add(numbered(n), a(std::to_string(round)));
                present.insert(n);
            }
        }
        apply(zone.put(remove));
        ASSERT_EQ(publisher_.size().names, present.size() + 1);
        if (round % 5 != 0) continue;
        for (unsigned n = 0; n < universe; ++n) {
            ASSERT_EQ(found(numbered(n)),
                      present.count(n) != 0 ? std::to_string(version[n]) : "missing")
                << n << " in round " << round;
        }
    }
}

// Replacing everything over and over must not make the index or the arena grow.
TEST_F(PublisherTest, SwitchingForeverStaysTheSameSize) {
    publisher_.new_zone();
    std::size_t after_first = 0;
    for (unsigned generation = 0; generation < 60; ++generation) {
        ZoneImage zone(0, "example.com", generation);
        for (unsigned n = 0; n < 300; ++n) zone.add(numbered(n), a(std::to_string(generation)));
        EXPECT_EQ(apply(zone.put()), 300U);
        EXPECT_EQ(publisher_.size().names, 300U);
        if (generation == 5) after_first = publisher_.size().bytes;
    }
    EXPECT_EQ(publisher_.size().bytes, after_first);
    EXPECT_EQ(publisher_.size().mapped, std::size_t{2} << 20);
}

}  // namespace
}  // namespace apex::table
