// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Names in questions: bounds, case, suffixes and their hashes.
#include "dataplane/wire/query_name.hh"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>

#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"
#include "tests/packet/table_content.hh"

namespace apex::wire {
namespace {

using test::be16;
using test::octet;
using test::question;
using test::wire_name;

const HashKey some_key = test::key_of(1);

/// Parses from a heap block that ends where the contract says reading may end,
/// so that AddressSanitizer sees one octet more.
bool parses(const std::string& bytes, QueryName& name) {
    const auto block = std::make_unique<std::uint8_t[]>(bytes.size() + QueryName::overread);
    std::copy(bytes.begin(), bytes.end(), block.get());
    return name.parse({block.get(), bytes.size()}, some_key);
}

std::string text(Bytes bytes) {
    return {bytes.begin(), bytes.end()};
}

std::string random_name(std::mt19937& random, unsigned labels) {
    std::string name;
    for (unsigned n = 0; n < labels; ++n) {
        const unsigned most = static_cast<unsigned>(254 - name.size() - 2 * (labels - n - 1)) - 1;
        const unsigned size = 1 + static_cast<unsigned>(random() % std::min(most, 63U));
        name += octet(size);
        for (unsigned i = 0; i < size; ++i) name += octet(random() & 0xff);
    }
    return name + octet(0);
}

TEST(QueryName, TheRoot) {
    QueryName name;
    ASSERT_TRUE(parses(octet(0), name));
    EXPECT_EQ(name.size(), 1U);
    EXPECT_EQ(name.label_count(), 0U);
    EXPECT_EQ(text(name.suffix(0)), octet(0));
    EXPECT_EQ(name.hash(), name.hash(0, some_key));
}

TEST(QueryName, StopsAtItsEnd) {
    QueryName name;
    ASSERT_TRUE(parses(wire_name("www.example.com") + "behind it", name));
    EXPECT_EQ(name.size(), 17U);
    EXPECT_EQ(name.label_count(), 3U);
    EXPECT_EQ(text(name.suffix(3)), wire_name("www.example.com"));
    EXPECT_EQ(text(name.suffix(2)), wire_name("example.com"));
    EXPECT_EQ(text(name.suffix(0)), octet(0));
}

TEST(QueryName, EverySuffixHashesAsIfParsedAlone) {
    std::mt19937 random(1);
    for (int round = 0; round < 300; ++round) {
        const std::string bytes = random_name(random, 1 + static_cast<unsigned>(random() % 127));
        QueryName name;
        ASSERT_TRUE(parses(bytes, name));
        for (unsigned labels = 0; labels <= name.label_count(); ++labels) {
            QueryName alone;
            ASSERT_TRUE(parses(text(name.suffix(labels)), alone));
            ASSERT_EQ(alone.label_count(), labels);
            ASSERT_EQ(alone.hash(), name.hash(labels, some_key)) << labels << " labels";
            ASSERT_EQ(text(alone.suffix(labels)), text(name.suffix(labels)));
        }
    }
}

TEST(QueryName, FoldsCaseOfLettersOnly) {
    std::string all;
    for (unsigned value = 0; value < 256; value += 32) {
        all += octet(32);
        for (unsigned n = 0; n < 32; ++n) all += octet(value + n);
    }
    std::string bytes = all.substr(0, 7 * 33) + octet(0);  // all but 224 to 255, which do not fit
    QueryName name;
    ASSERT_TRUE(parses(bytes, name));
    std::string lower = bytes;
    for (std::size_t at = 2 * 33 + 2; at < 2 * 33 + 2 + 26; ++at) lower[at] += 32;
    EXPECT_EQ(text(name.suffix(7)), lower);
    EXPECT_EQ(name.hash(), question(lower, some_key).hash());

    ASSERT_TRUE(parses(octet(32) + all.substr(7 * 33 + 1) + octet(0), name));
    EXPECT_EQ(text(name.suffix(1)), octet(32) + all.substr(7 * 33 + 1) + octet(0));
}

TEST(QueryName, LongestNames) {
    QueryName name;
    std::string many;
    for (int n = 0; n < 127; ++n) many += octet(1) + "A";
    ASSERT_TRUE(parses(many + octet(0), name));
    EXPECT_EQ(name.size(), 255U);
    EXPECT_EQ(name.label_count(), 127U);
    EXPECT_EQ(text(name.suffix(127)).substr(0, 4), octet(1) + "a" + octet(1) + "a");

    const std::string label = octet(63) + std::string(63, 'L');
    ASSERT_TRUE(parses(label + label + label + octet(61) + std::string(61, 'M') + octet(0), name));
    EXPECT_EQ(name.size(), 255U);
    EXPECT_EQ(name.label_count(), 4U);
}

TEST(QueryName, RefusesWhatIsNoName) {
    const std::string label = octet(63) + std::string(63, 'L');
    std::string too_many;
    for (int n = 0; n < 128; ++n) too_many += octet(1) + "a";
    const std::pair<const char*, std::string> cases[] = {
        {"no octets", ""},
        {"no root label", octet(3) + "www"},
        {"label past the end", octet(4) + "www"},
        {"label of 64", octet(64) + std::string(64, 'a') + octet(0)},
        {"reserved label type", octet(0x80) + std::string(128, 'a') + octet(0)},
        {"pointer", octet(0xc0) + octet(12)},
        {"pointer to itself behind a label", octet(1) + "a" + octet(0xc0) + octet(12)},
        {"256 octets", label + label + label + octet(62) + std::string(62, 'M') + octet(0)},
        {"last label reaches over 255", label + label + label + label + octet(0)},
        {"128 labels", too_many + octet(0)},
    };
    for (const auto& [what, bytes] : cases) {
        QueryName name;
        EXPECT_FALSE(parses(bytes, name)) << what;
    }
}

/// The same by guess() and split().
bool guesses(const std::string& bytes, QueryName& name) {
    const auto block = std::make_unique<std::uint8_t[]>(bytes.size() + QueryName::overread);
    std::copy(bytes.begin(), bytes.end(), block.get());
    // What is behind the message may be anything.
    std::fill_n(block.get() + bytes.size(), QueryName::overread, std::uint8_t{0xa5});
    return name.guess({block.get(), bytes.size()}, some_key) && name.split();
}

TEST(QueryName, AGuessThatSplitsIsTheName) {
    std::mt19937 random(2);
    unsigned right = 0;
    for (int round = 0; round < 5000; ++round) {
        const unsigned most = round % 3 == 0 ? 127 : 6;
        std::string bytes = random_name(random, 1 + static_cast<unsigned>(random() % most));
        if (round % 2 == 0) bytes.resize(1 + random() % bytes.size());  // mostly no name
        bytes += "behind it";
        QueryName guessed;
        if (!guesses(bytes, guessed)) continue;
        ++right;
        QueryName parsed;
        ASSERT_TRUE(parses(bytes, parsed)) << round;
        ASSERT_EQ(guessed.size(), parsed.size());
        ASSERT_EQ(guessed.hash(), parsed.hash());
        ASSERT_EQ(guessed.label_count(), parsed.label_count());
        for (unsigned labels = 0; labels <= parsed.label_count(); ++labels) {
            ASSERT_EQ(text(guessed.suffix(labels)), text(parsed.suffix(labels)));
            ASSERT_EQ(guessed.hash(labels, some_key), parsed.hash(labels, some_key));
        }
    }
    EXPECT_GT(right, 100U);
}

// Labels of one octet are taken a block at a time; where they end is as one by one.
TEST(QueryName, RowsOfShortLabels) {
    for (unsigned count = 0; count <= 126; ++count) {
        for (const unsigned last : {1U, 2U, 3U, 31U, 63U}) {
            std::string bytes;
            for (unsigned n = 0; n < count; ++n) bytes += octet(1) + octet('a' + n % 26);
            const std::string end = octet(last) + std::string(last, '\1') + octet(0);
            if (bytes.size() + end.size() > 255) continue;
            QueryName name;
            ASSERT_TRUE(guesses(bytes + end, name)) << count << " before " << last;
            ASSERT_EQ(name.label_count(), count + 1);
            for (unsigned labels = 0; labels <= count; ++labels) {
                ASSERT_EQ(text(name.suffix(labels + 1)), bytes.substr(2 * (count - labels)) + end);
            }
        }
    }
}

TEST(QueryName, WhatAGuessCannotTell) {
    QueryName name;
    const std::string zero_inside = octet(3) + std::string("a\0b", 3) + octet(0);
    EXPECT_FALSE(guesses(zero_inside, name)) << "a zero octet in a label";
    EXPECT_TRUE(parses(zero_inside, name));
    EXPECT_EQ(name.label_count(), 1U);
    const std::string label = octet(31) + std::string(31, 'a');
    for (unsigned size = 1; size <= 63; ++size) {
        const std::string last = octet(size) + std::string(size, 'b') + octet(0);
        for (const std::string& before : {std::string(), label, label + label + label}) {
            EXPECT_TRUE(guesses(before + last, name)) << before.size() + last.size() << " octets";
            EXPECT_FALSE(guesses((before + last).substr(0, before.size() + size), name)) << size;
        }
    }
    std::string longest;
    for (int n = 0; n < 7; ++n) longest += label;
    EXPECT_TRUE(guesses(longest + octet(29) + std::string(29, 'b') + octet(0), name)) << "255";
    EXPECT_FALSE(guesses(longest + octet(30) + std::string(30, 'b') + octet(0), name)) << "256";
    EXPECT_FALSE(guesses(longest + label + octet(0), name)) << "257";
    EXPECT_FALSE(guesses(be16(0xc00c) + octet(0), name)) << "a pointer, then a type's first octet";
    EXPECT_FALSE(guesses(octet(3) + "www", name)) << "no end";
    EXPECT_FALSE(guesses("", name));
}

TEST(QueryName, EveryTruncationIsRefused) {
    const std::string bytes = wire_name("a.bb.ccc.example.com");
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        QueryName name;
        EXPECT_FALSE(parses(bytes.substr(0, size), name)) << size;
    }
}

}  // namespace
}  // namespace apex::wire
