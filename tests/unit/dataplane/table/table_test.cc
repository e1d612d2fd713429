// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What a lookup finds: names, the zones around them, and zones inside zones.
#include "dataplane/table/table.hh"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"
#include "tests/packet/table_content.hh"

namespace apex::table {
namespace {

using test::body_of;
using test::find;
using test::ZoneImage;
using wire::RrType;

class TableTest : public testing::Test {
  protected:
    void SetUp() override { reader_.online(); }

    void publish(const ZoneImage& zone) {
        reader_.offline();
        ZoneChange change = zone.put();
        publisher_.apply(std::span(&change, 1));
        reader_.online();
    }
    void take_out(const ZoneImage& zone) {
        reader_.offline();
        ZoneChange change = zone.take_out();
        publisher_.apply(std::span(&change, 1));
        reader_.online();
    }
    ZoneImage zone(std::string_view apex, std::uint32_t serial = 1) {
        return ZoneImage(publisher_.new_zone(), apex, serial);
    }

    /// "found BODY", "name error SERIAL" or "no zone".
    std::string outcome(const wire::Name& name) {
        const Lookup lookup = find(table_, name);
        // The same without the step between.
        const Snapshot snapshot = table_.snapshot();
        const wire::QueryName asked = test::question(name.wire(), snapshot.hash_key());
        Probe first;
        snapshot.probe(asked, first);
        const Lookup direct = snapshot.find(asked, first);
        EXPECT_EQ(direct.node, lookup.node);
        EXPECT_EQ(direct.outcome, lookup.outcome);
        switch (lookup.outcome) {
            case Outcome::found:
                return "found " + test::body_bytes(*lookup.node);
            case Outcome::name_error:
                return "name error " + std::to_string(serial(*lookup.node));
            case Outcome::expanded:
                return "expanded " + test::body_bytes(*lookup.node);
            case Outcome::delegated:
                return "delegated " + test::body_bytes(*lookup.node);
            case Outcome::redirected:
                return "redirected " + test::body_bytes(*lookup.node);
            case Outcome::no_name:
            case Outcome::no_zone:
                break;
        }
        EXPECT_EQ(lookup.node, nullptr);
        return "no zone";
    }
    std::string outcome(std::string_view name) { return outcome(test::name_of(name)); }

    static std::uint32_t serial(const Node& negative) {
        const std::string body = test::body_bytes(negative, Node::any_other_type);
        return test::be32_at(body, body.size() - 20);
    }

    static std::vector<BodyImage> a(std::string bytes) {
        return {body_of(RrType::a, std::move(bytes))};
    }

    Table table_{2};
    Publisher publisher_{table_};
    Reader reader_{table_, 0};
};

TEST_F(TableTest, AnEmptyTableEnclosesNothing) {
    EXPECT_EQ(outcome(""), "no zone");
    EXPECT_EQ(outcome("www.example.com"), "no zone");
}

TEST_F(TableTest, NamesOfOneZone) {
    publish(zone("example.com", 5)
                .add("example.com", a("apex"))
                .add("www.example.com", a("www"))
                .add("a.b.example.com", a("deep"))
                .add("b.example.com", {}));
    EXPECT_EQ(outcome("example.com"), "found apex");
    EXPECT_EQ(outcome("www.example.com"), "found www");
    EXPECT_EQ(outcome("a.b.example.com"), "found deep");
    EXPECT_EQ(outcome("b.example.com"), "found none") << "an empty non-terminal exists";
    EXPECT_EQ(outcome("c.example.com"), "name error 5");
    EXPECT_EQ(outcome("x.y.z.www.example.com"), "name error 5");
    EXPECT_EQ(outcome("com"), "no zone");
    EXPECT_EQ(outcome(""), "no zone");
    EXPECT_EQ(outcome("example.org"), "no zone");
    EXPECT_EQ(outcome("xexample.com"), "no zone");
}

// The parent of a missing name decides, unless a zone between the two is nearer.
TEST_F(TableTest, AParentInAnOuterZoneDoesNotDecide) {
    publish(zone("example.com", 5)
                .add("example.com", a("apex"))
                .add("child.example.com", {})
                .add("b.child.example.com", a("b"), {.wildcard = true})
                .add("*.b.child.example.com", a("outer")));
    EXPECT_EQ(outcome("x.b.child.example.com"), "expanded outer");
    const ZoneImage child = zone("child.example.com", 6).add("child.example.com", a("inner"));
    publish(child);
    EXPECT_EQ(outcome("x.b.child.example.com"), "name error 6");
    EXPECT_EQ(outcome("y.x.b.child.example.com"), "name error 6");
    take_out(child);
    EXPECT_EQ(outcome("x.b.child.example.com"), "expanded outer");
}

// Of a name with many labels an ancestor near the apex is looked at first.
TEST_F(TableTest, NamesOfManyLabels) {
    const auto below = [](unsigned labels, const std::string& ancestor) {
        std::string name;
        for (unsigned n = 0; n < labels; ++n) name += "x.";
        return name + ancestor;
    };
    ZoneImage image = zone("example.com", 5);
    image.add("example.com", a("apex")).add("cut.example.com", a("cut"), {.cut = true});
    image.add("w.example.com", {}, {.wildcard = true}).add("*.w.example.com", a("wild"));
    for (unsigned labels = 1; labels <= 30; ++labels) {
        image.add(below(labels, "deep.example.com"), a(std::to_string(labels)));
    }
    image.add("deep.example.com", {});
    publish(image);
    for (unsigned labels = 1; labels <= 60; ++labels) {
        EXPECT_EQ(outcome(below(labels, "example.com")), "name error 5") << labels;
        EXPECT_EQ(outcome(below(labels, "cut.example.com")), "delegated cut") << labels;
        EXPECT_EQ(outcome(below(labels, "w.example.com")), "expanded wild") << labels;
        EXPECT_EQ(outcome(below(labels, "y.deep.example.com")), "name error 5") << labels;
        EXPECT_EQ(outcome(below(labels, "deep.example.com")),
                  labels <= 30 ? "found " + std::to_string(labels) : "name error 5");
        EXPECT_EQ(outcome(below(labels, "example.org")), "no zone") << labels;
    }
    // Zones inside: their apexes are deeper than what is looked at, or not there.
    publish(zone("b.a.example.com", 6).add("b.a.example.com", a("inner")));
    for (unsigned labels = 1; labels <= 60; ++labels) {
        EXPECT_EQ(outcome(below(labels, "b.a.example.com")), "name error 6") << labels;
        EXPECT_EQ(outcome(below(labels, "w.example.com")), "expanded wild") << labels;
        EXPECT_EQ(outcome(below(labels, "c.a.example.com")), "name error 5") << labels;
    }
}

// Beside its parent's entry is the place of a wildcard, but not of one below a wildcard.
TEST_F(TableTest, WildcardsOfNamesThatAreWildcards) {
    publish(zone("example.com", 5)
                .add("example.com", a("apex"))
                .add("w.example.com", a("parent"), {.wildcard = true})
                .add("*.w.example.com", a("one"), {.wildcard = true})
                .add("*.*.w.example.com", a("two"), {.wildcard = true})
                .add("*.*.*.w.example.com", a("three")));
    EXPECT_EQ(outcome("w.example.com"), "found parent");
    EXPECT_EQ(outcome("*.w.example.com"), "found one");
    EXPECT_EQ(outcome("*.*.w.example.com"), "found two");
    EXPECT_EQ(outcome("*.*.*.w.example.com"), "found three");
    EXPECT_EQ(outcome("x.w.example.com"), "expanded one");
    EXPECT_EQ(outcome("y.x.w.example.com"), "expanded one");
    EXPECT_EQ(outcome("x.*.w.example.com"), "expanded two");
    EXPECT_EQ(outcome("y.x.*.w.example.com"), "expanded two");
    EXPECT_EQ(outcome("x.*.*.w.example.com"), "expanded three");
    EXPECT_EQ(outcome("x.*.*.*.w.example.com"), "name error 5");
}

TEST_F(TableTest, CaseDoesNotMatter) {
    publish(zone("example.com").add("example.com", a("apex")).add("www.example.com", a("www")));
    const Snapshot snapshot = table_.snapshot();
    const Lookup lookup =
        snapshot.find(test::question(test::wire_name("wWw.EXAMPLE.cOm"), snapshot.hash_key()));
    ASSERT_EQ(lookup.outcome, Outcome::found);
    EXPECT_EQ(test::body_bytes(*lookup.node), "www");
}

TEST_F(TableTest, BinaryLabelsAreNames) {
    const std::string binary =
        test::octet(3) + test::octet(0) + test::octet(0xff) + "." + test::wire_name("example.com");
    const wire::Name name = wire::Name::from_wire(binary).value();
    publish(zone("example.com").add("example.com", a("apex")).add(name, a("binary")));
    EXPECT_EQ(outcome(name), "found binary");
    std::string other = binary;
    other[1] = 1;
    EXPECT_EQ(outcome(wire::Name::from_wire(other).value()), "name error 1");
}

// An empty slot's word is 0, and so is the tag of one name in 65,536.
TEST_F(TableTest, ATagOfZeroIsNoEmptySlot) {
    const auto with_tag_zero = [this](unsigned from) {
        const wire::HashKey key = table_.snapshot().hash_key();
        for (unsigned n = from;; ++n) {
            const std::string name = "t" + std::to_string(n) + ".example.com";
            if (test::question(test::wire_name(name), key).hash() >> 48 == 0) return name;
        }
    };
    const std::string present = with_tag_zero(0);
    const std::string absent = with_tag_zero(2'000'000);
    publish(zone("example.com").add("example.com", a("apex")));
    EXPECT_EQ(outcome(present), "name error 1");
    ZoneImage more(0, "example.com");
    more.add(present, a("zero"));
    publish(more);
    EXPECT_EQ(outcome(present), "found zero");
    EXPECT_EQ(outcome(absent), "name error 1");
}

// Two names that share their bucket (of the 64 that a small index has) and their
// tag: only the names tell them apart, and the second may be in the next bucket.
TEST_F(TableTest, NamesThatShareBucketAndTag) {
    const wire::HashKey key = table_.snapshot().hash_key();
    const auto hash = [&key](const std::string& name) {
        return test::question(test::wire_name(name), key).hash();
    };
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::string> seen;  // by bucket and tag
    std::map<std::uint64_t, std::vector<std::string>> by_bucket;
    std::string one, two;
    for (unsigned n = 0; two.empty(); ++n) {
        const std::string name = "t" + std::to_string(n) + ".example.com";
        const std::uint64_t bucket = hash(name) % 64;
        const auto [at, fresh] = seen.emplace(std::pair{bucket, hash(name) >> 48}, name);
        auto& others = by_bucket[bucket];
        if (fresh) {
            others.push_back(name);
        } else if (others.size() > Bucket::slots) {
            one = at->second;
            two = name;
        }
    }
    publish(zone("example.com").add("example.com", a("apex")).add(one, a("one")));
    EXPECT_EQ(outcome(one), "found one");
    EXPECT_EQ(outcome(two), "name error 1") << "same bucket and tag, other name";

    ZoneImage filled(0, "example.com");
    unsigned others = 0;
    for (const std::string& name : by_bucket[hash(one) % 64]) {
        if (name != one && others++ < Bucket::slots - 1) filled.add(name, a("other"));
    }
    publish(filled);
    EXPECT_EQ(outcome(two), "name error 1") << "the bucket is full, the next one is not";
    ZoneImage spilled(0, "example.com");
    spilled.add(two, a("two"));
    publish(spilled);
    EXPECT_EQ(outcome(one), "found one");
    EXPECT_EQ(outcome(two), "found two");
}

TEST_F(TableTest, AnInnerZoneHidesTheOuterOnesNames) {
    publish(zone("example.com", 1)
                .add("example.com", a("outer apex"))
                .add("sub.example.com", a("outer cut"))
                .add("www.sub.example.com", a("outer glue"))
                .add("old.sub.example.com", a("outer only")));
    EXPECT_EQ(outcome("old.sub.example.com"), "found outer only");
    ZoneImage inner = zone("sub.example.com", 2);
    inner.add("sub.example.com", a("inner apex")).add("www.sub.example.com", a("inner www"));
    publish(inner);
    EXPECT_EQ(outcome("example.com"), "found outer apex");
    EXPECT_EQ(outcome("sub.example.com"), "found inner apex");
    EXPECT_EQ(outcome("www.sub.example.com"), "found inner www");
    EXPECT_EQ(outcome("old.sub.example.com"), "name error 2") << "not what the outer zone says";
    EXPECT_EQ(outcome("none.sub.example.com"), "name error 2");
    EXPECT_EQ(outcome("none.example.com"), "name error 1");
    take_out(inner);
    EXPECT_EQ(outcome("sub.example.com"), "found outer cut");
    EXPECT_EQ(outcome("www.sub.example.com"), "found outer glue");
    EXPECT_EQ(outcome("old.sub.example.com"), "found outer only");
    EXPECT_EQ(outcome("none.sub.example.com"), "name error 1");
}

TEST_F(TableTest, TheOrderInWhichZonesCameDoesNotMatter) {
    publish(zone("sub.example.com", 2).add("sub.example.com", a("inner apex")));
    publish(zone("example.com", 1)
                .add("example.com", a("outer apex"))
                .add("sub.example.com", a("outer cut"))
                .add("www.sub.example.com", a("glue")));
    EXPECT_EQ(outcome("sub.example.com"), "found inner apex");
    EXPECT_EQ(outcome("www.sub.example.com"), "name error 2");
}

TEST_F(TableTest, ASisterZoneAtTheSameDepthHidesNothing) {
    publish(zone("example.com", 1).add("example.com", a("com")).add("a.b.example.com", a("a")));
    publish(zone("b.example.org", 2).add("b.example.org", a("org")));
    EXPECT_EQ(outcome("a.b.example.com"), "found a");
    EXPECT_EQ(outcome("none.b.example.com"), "name error 1");
}

TEST_F(TableTest, TheRootZoneEnclosesEverything) {
    ZoneImage root = zone("", 9);
    root.add("", a("root")).add("com", a("com"));
    publish(root);
    EXPECT_EQ(outcome(""), "found root");
    EXPECT_EQ(outcome("com"), "found com");
    EXPECT_EQ(outcome("org"), "name error 9");
    EXPECT_EQ(outcome("a.b.c.org"), "name error 9");
    publish(zone("org", 3).add("org", a("org")));
    EXPECT_EQ(outcome("org"), "found org");
    EXPECT_EQ(outcome("a.b.c.org"), "name error 3");
    take_out(root);
    EXPECT_EQ(outcome(""), "no zone");
    EXPECT_EQ(outcome("com"), "no zone");
    EXPECT_EQ(outcome("a.b.c.org"), "name error 3");
}

wire::Name deep_name(unsigned labels) {
    std::string name;
    for (unsigned n = 0; n < labels; ++n) name += test::octet(1) + "d";
    return wire::Name::from_wire(name + test::octet(0)).value();
}

ZoneImage deep_zone(ZoneId id, unsigned labels) {
    std::string dotted;
    for (unsigned n = 0; n < labels; ++n) dotted += n == 0 ? "d" : ".d";
    return std::move(ZoneImage(id, dotted, labels)
                         .add(deep_name(labels), {body_of(RrType::a, std::to_string(labels))}));
}

// Zones inside one another at every depth where the set of depths changes words.
TEST_F(TableTest, ApexesAtEveryDepth) {
    const std::vector<unsigned> depths{0, 1, 2, 62, 63, 64, 65, 125, 126, 127};
    for (const unsigned depth : depths) publish(deep_zone(publisher_.new_zone(), depth));
    for (unsigned labels = 0; labels <= 127; ++labels) {
        const unsigned apex = *std::prev(std::upper_bound(depths.begin(), depths.end(), labels));
        const std::string expected =
            apex == labels ? "found " + std::to_string(apex) : "name error " + std::to_string(apex);
        EXPECT_EQ(outcome(deep_name(labels)), expected) << labels << " labels";
    }
}

// One inner zone at a time: its depth must be found from every depth below it.
TEST_F(TableTest, AnyDepthHidesTheRootZone) {
    ZoneImage root = zone("", 1000);
    for (unsigned labels = 0; labels <= 127; ++labels) root.add(deep_name(labels), a("outer"));
    publish(root);
    for (const unsigned depth : {1U, 31U, 32U, 62U, 63U, 64U, 65U, 126U, 127U}) {
        const ZoneImage inner = deep_zone(publisher_.new_zone(), depth);
        publish(inner);
        for (unsigned labels = 0; labels <= 127; ++labels) {
            const std::string expected =
                labels < depth
                    ? "found outer"
                    : (labels == depth ? "found " : "name error ") + std::to_string(depth);
            ASSERT_EQ(outcome(deep_name(labels)), expected) << labels << " below " << depth;
        }
        take_out(inner);
        ASSERT_EQ(outcome(deep_name(127)), "found outer");
    }
}

TEST_F(TableTest, ManyZonesAtOneDepthAreCounted) {
    std::vector<ZoneImage> zones;
    for (unsigned n = 0; n < 20; ++n) {
        const std::string apex = "z" + std::to_string(n) + ".com";
        zones.push_back(std::move(zone(apex, n).add(apex, a("apex"))));
        publish(zones.back());
    }
    for (unsigned n = 0; n < 19; ++n) take_out(zones[n]);
    EXPECT_EQ(outcome("www.z0.com"), "no zone");
    EXPECT_EQ(outcome("www.z19.com"), "name error 19") << "the depth is still in use";
}

TEST_F(TableTest, NegativeAnswersAreTheZones) {
    publish(zone("a.com", 11).add("a.com", a("a")));
    publish(zone("b.com", 12).add("b.com", a("b")));
    for (const auto& [name, expected] : {std::pair{"a.com", 11U}, {"b.com", 12U}}) {
        const Snapshot snapshot = table_.snapshot();
        EXPECT_EQ(serial(snapshot.negative(find(table_, name).node->zone())), expected);
    }
}

}  // namespace
}  // namespace apex::table
