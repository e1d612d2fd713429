// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Nodes as built, read back: names, bodies, fix-ups, limits.
#include "dataplane/table/node_builder.hh"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <random>

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
