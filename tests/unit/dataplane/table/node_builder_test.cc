// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Nodes one after another in a batch: limits, and changes of one that is there.
#include "dataplane/table/node_builder.hh"

#include <gtest/gtest.h>

#include <cstring>

#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"
#include "tests/packet/table_content.hh"

namespace apex::table {
namespace {

using test::body_bytes;
using test::body_of;
using test::name_of;
using wire::RrType;

std::string text(wire::Bytes bytes) {
    return {bytes.begin(), bytes.end()};
}

TEST(NodeBatch, RefusesWhatItsFieldsCannotHold) {
    BodyImage additional = body_of(RrType::a, "x");
    additional.arcount = 254;
    EXPECT_TRUE(NodeBatch().append(0, 0, name_of("a"), std::span(&additional, 1)));
    additional.arcount = 255;
    EXPECT_FALSE(NodeBatch().append(0, 0, name_of("a"), std::span(&additional, 1)));
    NodeBatch batch;
    EXPECT_FALSE(batch.append(0, 0, name_of("a"), std::vector<BodyImage>(256)));
    EXPECT_TRUE(batch.append(0, 0, name_of("a"), std::vector<BodyImage>(255)));
    const std::vector longest{body_of(RrType::a, std::string(wire::max_body_size, 'x'))};
    const std::vector too_long{body_of(RrType::a, std::string(65536, 'x'))};
    EXPECT_TRUE(batch.append(0, 0, name_of("b"), longest));
    EXPECT_FALSE(batch.append(0, 0, name_of("c"), too_long));
    EXPECT_EQ(batch.count(), 2U);
    EXPECT_EQ(body_bytes(batch[1]).size(), wire::max_body_size);
}

TEST(NodeBatch, TheLargestNodeIsReadableToItsEnd) {
    const auto bodies = [](std::size_t last) {
        std::vector<BodyImage> images;
        for (unsigned type = 1; type <= 3; ++type) {
            images.push_back(body_of(RrType{static_cast<std::uint16_t>(type)},
                                     std::string(type < 3 ? 64000 : last, test::octet(type)[0])));
        }
        return images;
    };
    // header 10, name 3, references 39, aligned to 64: 64; what is left is the third body.
    const std::size_t room = NodeBatch::max_node_size - 64 - 2 * 64000;
    ASSERT_GT(room, wire::max_body_size) << "three bodies of the longest do not reach the limit";
    NodeBatch batch;
    std::vector<BodyImage> images = bodies(wire::max_body_size);
    images.push_back(body_of(RrType{4}, std::string(room - wire::max_body_size, '\4')));
    ASSERT_FALSE(batch.append(0, 0, name_of("a"), images)) << "16 octets over: one more reference";
    images.back().bytes.resize(room - wire::max_body_size - 64);
    ASSERT_TRUE(batch.append(0, 0, name_of("a"), images));
    EXPECT_EQ(batch[0].size(), NodeBatch::max_node_size);
    for (const BodyImage& image : images) {
        EXPECT_EQ(body_bytes(batch[0], image.type), image.bytes);
    }
}

TEST(NodeBatch, NodesStayApart) {
    NodeBatch batch;
    for (unsigned n = 0; n < 500; ++n) {
        const std::vector bodies{body_of(RrType::a, std::string(n, 'b'))};
        ASSERT_TRUE(batch.append(n, 1, name_of("n" + std::to_string(n) + ".com"), bodies));
    }
    ASSERT_EQ(batch.count(), 500U);
    for (unsigned n = 0; n < 500; ++n) {
        EXPECT_EQ(batch[n].zone(), n);
        EXPECT_EQ(body_bytes(batch[n]), std::string(n, 'b'));
        EXPECT_EQ(text(batch[n].name()), name_of("n" + std::to_string(n) + ".com").wire());
    }
}

/// Of every length and with all that can stand behind a body, so that the next one moves.
std::vector<BodyImage> bodies_with(std::size_t changing, const std::string& bytes,
                                   const std::string& ede) {
    BodyImage optional = body_of(RrType::mx, "records and more", 1);
    optional.arcount = 2;
    optional.essential_length = 7;
    optional.essential_arcount = 1;
    BodyImage moving = body_of(RrType::txt, "moves", 1);
    moving.fixups = {0, 3};
    BodyImage failing = body_of(RrType::srv, "", 0);
    failing.rcode = wire::Rcode::servfail;
    failing.ede = test::be16(22) + "none";
    std::vector<BodyImage> bodies{optional, moving, body_of(RrType::aaaa, "sixteen", 1), failing};
    BodyImage body = body_of(RrType::a, bytes, static_cast<std::uint16_t>(bytes.size()));
    body.ede = ede;
    bodies.insert(bodies.begin() + static_cast<std::ptrdiff_t>(changing), body);
    return bodies;
}

TEST(NodeBatch, AChangedNodeIsWhatAppendWouldHaveMade) {
    for (std::size_t at = 0; at <= 4; ++at) {
        for (std::size_t length = 1; length < 140; ++length) {
            const std::string ede = length % 3 == 0 ? test::be16(3) + std::string(length, 'e') : "";
            NodeBatch batch;
            const auto name = name_of("www.example.com");
            const auto before = bodies_with(at, std::string(length * 7 % 90 + 1, 'o'), "");
            const auto after = bodies_with(at, std::string(length, 'n'), ede);
            ASSERT_TRUE(batch.append(5, 2, name, before, {.wildcard = true}));
            ASSERT_TRUE(batch.append(5, 2, name, after, {.wildcard = true}));
            NodeBatch changed;
            ASSERT_TRUE(changed.append_changed(batch[0], RrType::a, &after[at]));
            ASSERT_EQ(changed[0].size(), batch[1].size()) << at << ' ' << length;
            ASSERT_EQ(std::memcmp(&changed[0], &batch[1], batch[1].size()), 0)
                << at << ' ' << length;
        }
    }
}

/// As a compiler orders them.
std::vector<BodyImage> ranked(const std::vector<BodyImage>& bodies) {
    std::vector<BodyImage> in_order;
    for (unsigned next = 0; next < 6; ++next) {
        for (const BodyImage& body : bodies) {
            const bool is_answer = body.rcode == wire::Rcode::noerror && body.ancount > 0;
            if (rank(body.type, is_answer) == next) in_order.push_back(body);
        }
    }
    return in_order;
}

TEST(NodeBatch, AnAnswerMayComeGoAndFailWhereItsRankWantsIt) {
    const auto answer = [](RrType type) { return body_of(type, "records", 2); };
    const auto failure = [](RrType type) {
        BodyImage body = body_of(type, "", 0);
        body.rcode = wire::Rcode::servfail;
        body.ede = test::be16(14) + "not ready";
        return body;
    };
    const auto denial = [](RrType type) {
        BodyImage body = body_of(type, "the soa", 0);
        body.nscount = 1;
        return body;
    };
    /// Number `kind` of what an owner can say for the type; 0: nothing.
    const auto add = [&](std::vector<BodyImage>& bodies, RrType type, unsigned kind) {
        if (kind == 1) bodies.push_back(answer(type));
        if (kind == 2) bodies.push_back(failure(type));
        if (kind == 3) bodies.push_back(denial(type));
    };
    const std::vector others{body_of(RrType::soa, "soa!", 1), body_of(RrType::ns, "ns", 3)};
    const auto name = name_of("example.com");
    for (unsigned n = 0; n < 4 * 4 * 4 * 2 * 2; ++n) {
        const unsigned before = n % 4;
        const unsigned after = n / 4 % 4;
        const unsigned sibling = n / 16 % 4;
        const bool is_a = n / 64 % 2 != 0;
        const RrType type = is_a ? RrType::a : RrType::aaaa;
        std::vector<BodyImage> rest = n / 128 != 0 ? others : std::vector<BodyImage>{};
        add(rest, is_a ? RrType::aaaa : RrType::a, sibling);
        std::vector<BodyImage> old = rest;
        std::vector<BodyImage> fresh = rest;
        add(old, type, before);
        add(fresh, type, after);
        NodeBatch whole;
        ASSERT_TRUE(whole.append(1, 2, name, ranked(old)));
        ASSERT_TRUE(whole.append(1, 2, name, ranked(fresh)));
        NodeBatch changed;
        ASSERT_TRUE(changed.append_changed(whole[0], type, after != 0 ? &fresh.back() : nullptr));
        ASSERT_EQ(changed[0].size(), whole[1].size()) << n;
        ASSERT_EQ(std::memcmp(&changed[0], &whole[1], whole[1].size()), 0) << n;
    }
}

// A body that another begins with stands in that one.
TEST(NodeBatch, AChangeLeavesTheBodiesThatItSharesOctetsWith) {
    const auto name = name_of("www.example.com");
    const auto check = [&](const std::string& a, const std::string& changed_a) {
        const std::vector old{body_of(RrType::a, a), body_of(RrType::mx, "shared"),
                              body_of(RrType::txt, "shared and more")};
        const BodyImage fresh = body_of(RrType::a, changed_a);
        NodeBatch batch;
        ASSERT_TRUE(batch.append(1, 2, name, old));
        NodeBatch changed;
        ASSERT_TRUE(changed.append_changed(batch[0], RrType::a, &fresh));
        EXPECT_EQ(body_bytes(changed[0], RrType::a), changed_a);
        EXPECT_EQ(body_bytes(changed[0], RrType::mx), "shared") << a << ' ' << changed_a;
        EXPECT_EQ(body_bytes(changed[0], RrType::txt), "shared and more") << a << ' ' << changed_a;
    };
    check("shared", "SHARED");                              // in TXT's
    check("sha", "sHa");                                    // likewise
    check("shared and more", "shared but more");            // its first octets are MX's
    check("shared and more, all", "shared and more, ALL");  // and TXT's
    check("shared and more, all", "Shared and more, all");
    check("other", "OTHER");
}

TEST(NodeBatch, OnlyRecordsThatStayWhereTheyAreCanBeChanged) {
    NodeBatch batch;
    ASSERT_TRUE(batch.append(0, 2, name_of("www.example.com"), bodies_with(0, "a", "")));
    NodeBatch changed;
    const auto change = [&](const BodyImage& body) {
        return changed.append_changed(batch[0], body.type, &body);
    };
    EXPECT_FALSE(change(body_of(RrType::a, std::string(NodeBatch::max_node_size, 'x'), 1)));
    EXPECT_FALSE(change(body_of(RrType::a, std::string(65536, 'x'), 1)));
    EXPECT_EQ(changed.count(), 0U);
    EXPECT_TRUE(change(body_of(RrType::a, "new", 1)));
    changed.clear();
    EXPECT_EQ(changed.count(), 0U);
    const std::vector many(255, body_of(RrType::mx, "", 0));
    ASSERT_TRUE(batch.append(0, 2, name_of("www.example.com"), many));
    const BodyImage one_more = body_of(RrType::a, "new", 1);
    EXPECT_FALSE(changed.append_changed(batch[1], RrType::a, &one_more));
    EXPECT_EQ(changed.count(), 0U);
}

}  // namespace
}  // namespace apex::table
