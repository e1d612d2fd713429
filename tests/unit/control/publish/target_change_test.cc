// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What is put into the nodes of an ALIAS owner and of the CNAME owners whose chains end there
// when a target changes is, octet for octet, what compiling them whole gives.
#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "control/publish/compiler.hh"
#include "control/zone/name_text.hh"

namespace apex::control {
namespace {

using wire::RrType;

constexpr std::string_view zone_text = R"($ORIGIN example.com.
$TTL 3600
@        SOA   ns1 hostmaster 7 7200 900 1209600 300
@        NS    ns1.example.net.
@        ALIAS cdn.example.net.
www      CNAME @
Mixed    CNAME WWW.Example.COM.
further  CNAME mixed
a.b.c    CNAME further
busy     ALIAS cdn.example.net.
busy     MX    10 mail.example.net.
busy     TXT   "some text"
to-busy  CNAME busy
x.busy   CNAME to-busy
signed   CNAME x.y.z
signed   TYPE46 \# 33 0005 05 03 00000e10 65000000 64000000 0001 07 6578616d706c65 03 636f6d 00 abcd
x.y.z    ALIAS cdn.example.net.
*.w      CNAME @
to-wild  CNAME some.wild
*.wild   ALIAS cdn.example.net.
)";

/// What can become of the owner's addresses of one type.
const std::vector<FlattenedSet>& sets() {
    const std::string one("\xc0\x00\x02\x01", 4);
    const std::string two("\xc0\x00\x02\x02", 4);
    static const std::vector<FlattenedSet> all{
        {.ready = true, .addresses = {one}, .ttl = 60},
        {.ready = true, .addresses = {two}, .ttl = 61},
        {.ready = true, .addresses = {one, two}, .ttl = 60},
        {.ready = true,
         .addresses = {one},
         .ttl = 30,
         .ede = wire::Ede::stale_answer,
         .reason = "old"},
        {.ready = true, .addresses = {}, .ttl = 60},
        {.ede = wire::Ede::not_ready, .reason = "not yet"},
    };
    return all;
}

const FlattenedSet stale_denial{
    .ready = true, .ttl = 30, .ede = wire::Ede::stale_answer, .reason = "old"};

class TargetChangeTest : public testing::Test {
  protected:
    explicit TargetChangeTest(std::string_view text = zone_text, const char* apex = "example.com")
        : zone_(parse(text, apex)), compiler_(zone_, 5, RrType::alias) {}

    static Zone parse(std::string_view text, const char* apex) {
        ZoneConfig config;
        config.name = *parse_name(apex);
        config.file = "zone";
        auto zone = parse_zone(text, config, RrType::alias);
        EXPECT_TRUE(zone) << zone.error().to_string();
        return std::move(*zone);
    }

    /// The node of `name` when its ALIAS gives these.
    table::NodeBatch whole(const wire::Name& name, const FlattenedSet& a,
                           const FlattenedSet& aaaa) const {
        table::NodeBatch batch;
        EXPECT_TRUE(compiler_.compile_owner(
            name,
            [&](const wire::Name&, const Owner&, RrType type) {
                return type == RrType::a ? a : aaaa;
            },
            batch));
        EXPECT_EQ(batch.count(), 1U);
        return batch;
    }

    /// The node of `name` with the new answer of `owner` for A; none: it has to be compiled.
    table::NodeBatch changed(const table::Node& node, const wire::Name& owner,
                             const wire::Name& name, const FlattenedSet& a) const {
        const FlattenedBody body = compiler_.flattened_body(owner, RrType::a, a);
        const table::BodyImage* image = body.image ? &*body.image : nullptr;
        table::BodyImage behind;
        table::NodeBatch batch;
        if (name != owner && image != nullptr) {
            if (!table::put_behind_chain(node, *image, behind)) return batch;
            image = &behind;
        }
        (void)batch.append_changed(node, RrType::a, image);
        return batch;
    }

    Zone zone_;
    Compiler compiler_;
};

TEST_F(TargetChangeTest, IsWhatCompilingWholeGives) {
    std::size_t aliases = 0;
    for (const wire::Name& owner : compiler_.alias_owners()) {
        if (owner.is_wildcard()) continue;
        std::vector<wire::Name> names = compiler_.dependents_of(owner);
        std::erase_if(names, [](const wire::Name& name) { return name.is_wildcard(); });
        aliases += names.size();
        names.push_back(owner);
        for (const wire::Name& name : names) {
            for (const FlattenedSet& before : sets()) {
                for (const FlattenedSet& after : sets()) {
                    for (const FlattenedSet& aaaa : {sets().back(), sets()[4]}) {
                        const table::NodeBatch old = whole(name, before, aaaa);
                        const table::NodeBatch fresh = whole(name, after, aaaa);
                        const table::NodeBatch made = changed(old[0], owner, name, after);
                        ASSERT_EQ(made.count(), 1U) << to_text(name);
                        ASSERT_EQ(made[0].size(), fresh[0].size()) << to_text(name);
                        ASSERT_EQ(std::memcmp(&made[0], &fresh[0], fresh[0].size()), 0)
                            << to_text(name);
                    }
                }
            }
        }
    }
    EXPECT_EQ(aliases, 7U);
}

TEST_F(TargetChangeTest, ADenialIsForTheCompilerToPutBehindAChain) {
    const wire::Name apex = *parse_name("example.com");
    const wire::Name www = *parse_name("www.example.com");
    const FlattenedBody body = compiler_.flattened_body(apex, RrType::a, stale_denial);
    EXPECT_FALSE(body.is_shared);
    const table::NodeBatch old = whole(www, sets()[0], sets()[0]);
    EXPECT_EQ(changed(old[0], apex, www, stale_denial).count(), 0U);
}

TEST_F(TargetChangeTest, SoAreTheAnswersOfWildcards) {
    const wire::Name apex = *parse_name("example.com");
    const wire::Name wildcard = *parse_name("*.w.example.com");
    const table::NodeBatch old = whole(wildcard, sets()[0], sets()[0]);
    EXPECT_EQ(changed(old[0], apex, wildcard, sets()[1]).count(), 0U);
    const wire::Name all = *parse_name("*.wild.example.com");
    const wire::Name at_all = *parse_name("to-wild.example.com");
    ASSERT_EQ(compiler_.dependents_of(all), std::vector{at_all});
}

class TargetChangeAtTheRoot : public TargetChangeTest {
  protected:
    TargetChangeAtTheRoot()
        : TargetChangeTest(
              "$TTL 3600\n. SOA ns. hostmaster. 7 7200 900 1209600 300\n. NS ns.\n"
              "ns. A 192.0.2.1\n. ALIAS cdn.example.net.\nwww. CNAME .\n",
              ".") {}
};

TEST_F(TargetChangeAtTheRoot, IsWhatCompilingWholeGivesOrNothing) {
    const wire::Name www = *parse_name("www");
    for (const wire::Name& name : {wire::Name(), www}) {
        const table::NodeBatch old = whole(name, sets()[0], sets()[5]);
        const table::NodeBatch made = changed(old[0], wire::Name(), name, sets()[1]);
        if (name == www) {
            EXPECT_EQ(made.count(), 0U);
            continue;
        }
        const table::NodeBatch fresh = whole(name, sets()[1], sets()[5]);
        ASSERT_EQ(made.count(), 1U);
        ASSERT_EQ(made[0].size(), fresh[0].size());
        EXPECT_EQ(std::memcmp(&made[0], &fresh[0], fresh[0].size()), 0);
    }
}

}  // namespace
}  // namespace apex::control
