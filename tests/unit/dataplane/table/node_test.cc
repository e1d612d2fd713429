// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Nodes read back: names, bodies, fix-ups, and what of them is plain.
#include "dataplane/table/node.hh"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>

#include "dataplane/table/node_builder.hh"
#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"
#include "tests/packet/table_content.hh"

namespace apex::table {
namespace {

using test::body_bytes;
using test::body_of;
using test::bytes_of;
using test::name_of;
using wire::RrType;

std::string text(wire::Bytes bytes) {
    return {bytes.begin(), bytes.end()};
}

TEST(Node, KeepsWhatItWasGiven) {
    NodeBatch batch;
    BodyImage a = body_of(RrType::a, "twelve octet", 2);
    a.nscount = 3;
    a.arcount = 4;
    BodyImage bad = body_of(RrType::aaaa, "", 0);
    bad.rcode = wire::Rcode::servfail;
    bad.authoritative = false;
    bad.ede = test::be16(14) + "why";
    const std::vector bodies{a, bad};
    ASSERT_TRUE(batch.append(77, 2, name_of("www.example.com"), bodies));
    const Node& node = batch[0];
    EXPECT_EQ(node.zone(), 77U);
    EXPECT_EQ(node.zone_labels(), 2U);
    EXPECT_EQ(node.size() % Node::alignment, 0U);
    EXPECT_EQ(text(node.name()), test::wire_name("www.example.com"));

    Body body;
    ASSERT_TRUE(node.find(RrType::a, body));
    EXPECT_EQ(text({body.bytes(), body.length()}), "twelve octet");
    EXPECT_EQ(body.ancount(), 2);
    EXPECT_EQ(body.nscount(), 3);
    EXPECT_EQ(body.arcount(), 4);
    EXPECT_EQ(body.rcode(), wire::Rcode::noerror);
    EXPECT_TRUE(body.authoritative());
    EXPECT_TRUE(body.ede().empty());
    EXPECT_EQ(body.fixups(), nullptr);

    EXPECT_EQ(body.head(), wire::pack16(0x8400, 2, 3, 4));
    EXPECT_TRUE(body.is_plain());

    ASSERT_TRUE(node.find(RrType::aaaa, body));
    EXPECT_EQ(body.head(), wire::pack16(0x8002, 0, 0, 0));
    EXPECT_FALSE(body.is_plain());
    EXPECT_EQ(body.length(), 0);
    EXPECT_EQ(body.rcode(), wire::Rcode::servfail);
    EXPECT_FALSE(body.authoritative());
    EXPECT_EQ(text(body.ede()), bad.ede);
}

// Names of every length against themselves with any one octet changed, and with
// other octets behind them: what a block holds past the name must not matter.
TEST(Node, HasNameLooksAtTheNameOnly) {
    for (std::size_t size = 1; size <= wire::max_name_size; ++size) {
        std::string octets;
        while (octets.size() + 1 < size) {
            const std::size_t left = size - 1 - octets.size();
            const std::size_t label = left == 65 ? 62 : std::min<std::size_t>(left - 1, 63);
            octets += test::octet(static_cast<unsigned>(label)) + std::string(label, 'n');
        }
        octets += test::octet(0);
        if (wire::name_length(octets) != size) continue;  // two octets are no name
        NodeBatch batch;
        ASSERT_TRUE(batch.append(0, 0, wire::Name::from_wire(octets).value(), {}));
        // As in the table: aligned, and a block more to read.
        const auto memory = std::make_unique<std::uint64_t[]>((batch[0].size() + 64) / 8);
        std::memcpy(memory.get(), &batch[0], batch[0].size());
        const Node& node = *reinterpret_cast<const Node*>(memory.get());
        for (const char behind : {'\0', '\xff'}) {
            std::string wanted = octets + std::string(wire::block_size, behind);
            const wire::Bytes bytes = bytes_of(wanted).first(size);
            ASSERT_TRUE(node.has_name(bytes)) << size;
            ASSERT_FALSE(node.has_name(bytes_of(wanted).first(size - 1))) << size;
            ASSERT_FALSE(node.has_name(bytes_of(wanted).first(size + 1))) << size;
            for (std::size_t at = 0; at < size; ++at) {
                wanted[at] = static_cast<char>(wanted[at] ^ 1);
                ASSERT_FALSE(node.has_name(bytes)) << size << " at " << at;
                wanted[at] = static_cast<char>(wanted[at] ^ 1);
            }
        }
    }
}

TEST(Node, AShortNameWithOneAddressIsOneLine) {
    NodeBatch batch;
    const std::vector bodies{body_of(RrType::a, test::a_record(1))};
    ASSERT_TRUE(batch.append(0, 2, name_of("host0000007.example.com"), bodies));
    EXPECT_EQ(batch[0].size(), 64U);
    EXPECT_EQ(batch[0].usual_size(), 64U);
    ASSERT_TRUE(batch.append(0, 2, name_of("host00000007.example.com"), bodies));
    EXPECT_EQ(batch[1].size(), 128U);
    ASSERT_TRUE(batch.append(0, 2, name_of("example.com"), {}));
    EXPECT_EQ(batch[2].usual_size(), Node::name_offset + 13);
}

// Counts above 255 are kept elsewhere; what else stands behind a body moves.
TEST(Node, CountsOfAnySize) {
    for (const unsigned number : {0U, 1U, 254U, 255U, 256U, 511U, 4000U, 65535U}) {
        const auto count = static_cast<std::uint16_t>(number);
        BodyImage body = body_of(RrType::a, "odd", count);
        body.nscount = static_cast<std::uint16_t>(count ^ 1);
        body.arcount = std::min<std::uint16_t>(count, Body::max_arcount);
        body.ede = test::be16(3) + "old";
        body.essential_length = 2;
        body.essential_arcount = 1;
        body.fixups = {1};
        NodeBatch batch;
        ASSERT_TRUE(batch.append(0, 1, name_of("com"), std::span(&body, 1)));
        Body kept;
        ASSERT_TRUE(batch[0].find(RrType::a, kept));
        EXPECT_EQ(kept.head(), wire::pack16(0x8400, count, body.nscount, body.arcount));
        EXPECT_EQ(kept.ancount(), count);
        EXPECT_EQ(text(kept.ede()), body.ede);
        EXPECT_EQ(kept.essential().length, 2U);
        EXPECT_EQ(kept.essential().head, wire::pack16(0x8400, count, body.nscount, 1));
        ASSERT_NE(kept.fixups(), nullptr);
        EXPECT_EQ(wire::load16(kept.fixups() + 2), 1);
        EXPECT_EQ(kept.end(), kept.fixups() + 4);
    }
}

TEST(Node, ABodyThatOthersBeginWithStandsInThem) {
    NodeBatch batch;
    const std::vector bodies{body_of(RrType::cname, "cnm"), body_of(RrType::a, "cnmA", 2),
                             body_of(RrType::aaaa, "cnmAB"), body_of(RrType::txt, "cnmAB"),
                             body_of(Node::any_other_type, "cn-soa")};
    ASSERT_TRUE(batch.append(0, 2, name_of("www.example.com"), bodies, {.cname = true}));
    const Node& node = batch[0];
    for (std::size_t n = 0; n < bodies.size(); ++n) {
        EXPECT_EQ(text({node.body(n).bytes(), node.body(n).length()}), bodies[n].bytes);
        EXPECT_EQ(node.body(n).ancount(), bodies[n].ancount);
    }
    EXPECT_EQ(node.body(0).bytes(), node.body(1).bytes());
    EXPECT_EQ(node.body(1).bytes(), node.body(2).bytes());
    EXPECT_NE(node.body(2).bytes(), node.body(3).bytes()) << "as long";
    EXPECT_EQ(node.usual_size(),
              static_cast<std::size_t>(node.body(2).bytes() + 5 -
                                       reinterpret_cast<const std::uint8_t*>(&node)));
    // Not one with something behind it.
    std::vector<BodyImage> moving = bodies;
    moving[0].fixups = {0};
    ASSERT_TRUE(batch.append(0, 2, name_of("www.example.com"), moving, {.cname = true}));
    EXPECT_NE(batch[1].body(0).bytes(), batch[1].body(1).bytes());
    // A change of one of them may part it from the others, or join it to them.
    for (const char* bytes : {"cnmAC", "x", "cnm", "cn-so"}) {
        std::vector<BodyImage> changed = bodies;
        changed[1].bytes = bytes;
        NodeBatch whole;
        NodeBatch part;
        const auto name = name_of("www.example.com");
        ASSERT_TRUE(whole.append(0, 2, name, bodies, {.cname = true}));
        ASSERT_TRUE(part.append_changed(whole[0], RrType::a, &changed[1]));
        ASSERT_TRUE(whole.append(0, 2, name, changed, {.cname = true}));
        ASSERT_EQ(part[0].size(), whole[1].size());
        EXPECT_EQ(std::memcmp(&part[0], &whole[1], part[0].size()), 0) << bytes;
    }
}

TEST(Node, TheReferralOfACutStandsBeforeItsDs) {
    NodeBatch batch;
    const std::vector bodies{body_of(RrType::ds, "ds"),
                             body_of(Node::any_other_type, "referral", 0)};
    ASSERT_TRUE(batch.append(0, 2, name_of("cut.example.com"), bodies, {.cut = true}));
    EXPECT_EQ(body_bytes(batch[0], RrType::ds), "ds");
    EXPECT_EQ(body_bytes(batch[0]), "referral");
    EXPECT_LT(batch[0].body(1).bytes(), batch[0].body(0).bytes());
}

TEST(Node, FindsByTypeAndFallsBackToAnyOther) {
    NodeBatch batch;
    const std::vector listed{body_of(RrType::a, "a"), body_of(RrType::txt, "txt")};
    const std::vector with_default{body_of(RrType::a, "a"),
                                   body_of(Node::any_other_type, "default")};
    ASSERT_TRUE(batch.append(0, 1, name_of("listed.com"), listed));
    ASSERT_TRUE(batch.append(0, 1, name_of("default.com"), with_default));
    ASSERT_TRUE(batch.append(0, 1, name_of("empty.com"), {}));
    EXPECT_EQ(body_bytes(batch[0], RrType::a), "a");
    EXPECT_EQ(body_bytes(batch[0], RrType::txt), "txt");
    EXPECT_EQ(body_bytes(batch[0], RrType::mx), "none");
    EXPECT_EQ(body_bytes(batch[0], RrType::any), "none") << "no type that a name has";
    EXPECT_EQ(body_bytes(batch[1], RrType::a), "a");
    EXPECT_EQ(body_bytes(batch[1], RrType::mx), "default");
    EXPECT_EQ(body_bytes(batch[1], RrType::any), "none");
    EXPECT_EQ(body_bytes(batch[2], RrType::a), "none");
    Body first;
    ASSERT_TRUE(batch[0].find_first(first));
    EXPECT_EQ(std::string(first.bytes(), first.bytes() + first.length()), "a");
    EXPECT_FALSE(batch[2].find_first(first));
}

TEST(Node, OnlyWhatNeedsNoThoughtIsPlain) {
    const auto plain_other = [](const BodyImage& other) {
        NodeBatch batch;
        EXPECT_TRUE(
            batch.append(0, 1, name_of("x.com"), std::vector{body_of(RrType::a, "a"), other}));
        return batch[0].find_plain_other().bytes != nullptr;
    };
    BodyImage denial = test::soa_body(1);
    EXPECT_TRUE(plain_other(denial));
    denial.essential_length = 4;
    EXPECT_TRUE(plain_other(denial)) << "what a reply may lack does no harm";
    denial.ede = test::be16(3) + "old";
    EXPECT_FALSE(plain_other(denial));
    denial = test::soa_body(1);
    denial.rcode = wire::Rcode::servfail;
    EXPECT_FALSE(plain_other(denial));
    denial = test::soa_body(1);
    denial.open = true;
    EXPECT_FALSE(plain_other(denial));
    denial = test::soa_body(1);
    denial.nscount = 256;
    EXPECT_FALSE(plain_other(denial));
    EXPECT_FALSE(plain_other(body_of(RrType::txt, "txt"))) << "not for other types";
}

TEST(Node, SumsAndFixupsOfEveryBodyLength) {
    std::mt19937 random(1);
    NodeBatch batch;
    std::vector<std::vector<BodyImage>> all;
    for (unsigned length = 4; length < 80; ++length) {
        std::string bytes;
        for (unsigned n = 0; n < length; ++n) bytes += test::octet(random() & 0xff);
        BodyImage first = body_of(RrType::a, bytes);
        first.fixups = {0, static_cast<std::uint16_t>(length - 2)};
        BodyImage second = body_of(RrType::aaaa, bytes.substr(1));
        second.fixups = {1};
        second.ede = bytes.substr(2);
        all.push_back({first, second, body_of(RrType::txt, bytes.substr(2))});
        ASSERT_TRUE(batch.append(0, 1, name_of(std::string(length % 30 + 1, 'n')), all.back()));
    }
    for (std::size_t n = 0; n < batch.count(); ++n) {
        for (const BodyImage& image : all[n]) {
            Body body;
            ASSERT_TRUE(batch[n].find(image.type, body));
            EXPECT_EQ(text({body.bytes(), body.length()}), image.bytes);
            EXPECT_EQ(wire::wire16(body.sum()) % 0xffff, test::plain_sum(image.bytes) % 0xffff);
            EXPECT_EQ(text(body.ede()), image.ede);
            if (image.fixups.empty()) {
                EXPECT_EQ(body.fixups(), nullptr);
                continue;
            }
            ASSERT_NE(body.fixups(), nullptr);
            std::vector<std::uint16_t> fixups(image.fixups.size() + 1);
            std::memcpy(fixups.data(), body.fixups(), 2 * fixups.size());
            EXPECT_EQ(fixups[0], image.fixups.size());
            EXPECT_TRUE(std::equal(image.fixups.begin(), image.fixups.end(), fixups.begin() + 1));
            const auto* end = reinterpret_cast<const std::uint8_t*>(&batch[n]) + batch[n].size();
            EXPECT_LE(body.fixups() + 2 * fixups.size(), end);
        }
    }
}

}  // namespace
}  // namespace apex::table
