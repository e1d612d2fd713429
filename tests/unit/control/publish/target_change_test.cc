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
*.v      CNAME x.elsewhere
*.elsewhere CNAME x.busy
to-wild  CNAME some.wild
*.u      CNAME to-wild
hidden   NS    ns1.example.net.
x.hidden CNAME @
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
        {.ready = true, .ttl = 30, .ede = wire::Ede::stale_answer, .reason = "old"},
        {.ede = wire::Ede::not_ready, .reason = "not yet"},
    };
    return all;
}

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

    /// Over all owners and all changes; how many CNAME owners there were.
    std::size_t check() const {
        std::size_t aliases = 0;
        for (const wire::Name& owner : compiler_.alias_owners()) {
            std::vector<wire::Name> names = compiler_.dependents_of(owner);
            aliases += names.size();
            names.push_back(owner);
            for (const wire::Name& name : names) check(owner, name);
        }
        return aliases;
    }

    void check(const wire::Name& owner, const wire::Name& name) const {
        const std::size_t count = sets().size();
        for (std::size_t n = 0; n < count * count * count; ++n) {
            const FlattenedSet& after = sets()[n / count % count];
            const FlattenedSet& aaaa = sets()[n / count / count];
            const table::NodeBatch old = whole(name, sets()[n % count], aaaa);
            const table::NodeBatch fresh = whole(name, after, aaaa);
            const table::NodeBatch made = changed(old[0], owner, name, after);
            ASSERT_EQ(made.count(), 1U) << to_text(name) << ' ' << n;
            ASSERT_EQ(made[0].size(), fresh[0].size()) << to_text(name) << ' ' << n;
            ASSERT_EQ(std::memcmp(&made[0], &fresh[0], fresh[0].size()), 0)
                << to_text(name) << ' ' << n;
        }
    }

    Zone zone_;
    Compiler compiler_;
};

TEST_F(TargetChangeTest, IsWhatCompilingWholeGives) {
    EXPECT_EQ(check(), 12U) << "without what is below a cut";
}

TEST_F(TargetChangeTest, OwnersThatAreAlikeShareAllButDenials) {
    const wire::Name apex = *parse_name("example.com");
    const wire::Name wildcard = *parse_name("*.wild.example.com");
    for (const FlattenedSet& set : sets()) {
        const FlattenedBody one = compiler_.flattened_body(apex, RrType::a, set);
        const FlattenedBody other = compiler_.flattened_body(wildcard, RrType::a, set);
        const bool is_stale_denial = set.ready && set.addresses.empty() && !set.reason.empty();
        ASSERT_EQ(one.is_shared, !is_stale_denial);
        ASSERT_EQ(other.is_shared, one.is_shared);
        if (!one.is_shared || !one.image) continue;
        EXPECT_EQ(one.image->bytes, other.image->bytes);
        EXPECT_TRUE(one.image->fixups.empty() && other.image->fixups.empty());
    }
}

class TargetChangeAtTheRoot : public TargetChangeTest {
  protected:
    TargetChangeAtTheRoot()
        : TargetChangeTest(
              "$TTL 3600\n. SOA ns. hostmaster. 7 7200 900 1209600 300\n. NS ns.\n"
              "ns. A 192.0.2.1\nhost. ALIAS cdn.example.net.\nwww. CNAME host.\n"
              "*. CNAME host.\nx.y. CNAME www.\n",
              ".") {}
};

TEST_F(TargetChangeAtTheRoot, IsWhatCompilingWholeGives) {
    EXPECT_EQ(check(), 3U);
}

class TargetChangeOfTheRoot : public TargetChangeTest {
  protected:
    TargetChangeOfTheRoot()
        : TargetChangeTest(
              "$TTL 3600\n. SOA ns. hostmaster. 7 7200 900 1209600 300\n. NS ns.\n"
              "ns. A 192.0.2.1\n. ALIAS cdn.example.net.\nwww. CNAME .\n",
              ".") {}
};

// No pointer leads there.
TEST_F(TargetChangeOfTheRoot, AddressesBehindAChainAreForTheCompiler) {
    const wire::Name www = *parse_name("www");
    const table::NodeBatch old = whole(www, sets()[0], sets().back());
    EXPECT_EQ(changed(old[0], wire::Name(), www, sets()[1]).count(), 0U);
    EXPECT_EQ(changed(old[0], wire::Name(), www, sets().back()).count(), 1U);
}

}  // namespace
}  // namespace apex::control
