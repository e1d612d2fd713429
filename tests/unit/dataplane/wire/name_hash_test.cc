// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The seeded name hash: what it must depend on, what it must not, and that no
// one can choose names that collide without knowing the key.
#include "dataplane/wire/name_hash.hh"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "dataplane/wire/query_name.hh"
#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"
#include "tests/packet/table_content.hh"

namespace apex::wire {
namespace {

using test::octet;
using test::question;
using test::wire_name;

constexpr HashKey some_key{0x0123456789abcdef, 0xfedcba9876543211};

std::uint64_t hash_of(const std::string& name, const HashKey& key = some_key) {
    const QueryName parsed = question(name, key);
    return parsed.hash(parsed.label_count());
}

/// Hash of one label below the root; what follows the label in memory is `behind`.
std::uint64_t label_hash(std::string_view label, char behind, const HashKey& key = some_key) {
    const std::string bytes = octet(static_cast<unsigned>(label.size())) + std::string(label) +
                              std::string(hash_overread, behind);
    return hash_label(hash_root(key), test::bytes_of(bytes).data(), key);
}

TEST(NameHash, DoesNotDependOnWhatFollowsTheLabel) {
    for (std::size_t length = 1; length <= 63; ++length) {
        const std::string label(length, 'x');
        EXPECT_EQ(label_hash(label, '\0'), label_hash(label, '\xff')) << length;
    }
}

TEST(NameHash, DependsOnEveryOctetAndOnTheKey) {
    for (std::size_t length = 1; length <= 63; ++length) {
        std::set<std::uint64_t> seen{label_hash(std::string(length, 'x'), 0)};
        for (std::size_t at = 0; at < length; ++at) {
            std::string label(length, 'x');
            label[at] = 'y';
            EXPECT_TRUE(seen.insert(label_hash(label, 0)).second) << length << " at " << at;
        }
        const HashKey other_first{some_key.first + 1, some_key.second};
        const HashKey other_second{some_key.first, some_key.second + 2};
        EXPECT_TRUE(seen.insert(label_hash(std::string(length, 'x'), 0, other_first)).second);
        EXPECT_TRUE(seen.insert(label_hash(std::string(length, 'x'), 0, other_second)).second);
    }
}

TEST(NameHash, LabelBoundariesCount) {
    EXPECT_NE(hash_of(wire_name("ab.c")), hash_of(wire_name("a.bc")));
    EXPECT_NE(hash_of(wire_name("a.b")), hash_of(wire_name("b.a")));
    EXPECT_NE(hash_of(wire_name("a")), hash_of(wire_name("a.a")));
}

// A label and the same label with zero octets behind it, its eighth octet set so
// that it would cancel the change of length if the two were mixed.
TEST(NameHash, NoLabelsCollideUnderEveryKey) {
    std::mt19937_64 random(7);
    for (int round = 0; round < 4; ++round) {
        const HashKey key{random(), random() | 1};
        std::map<std::uint64_t, std::string> seen;
        const auto add = [&](const std::string& label) {
            const auto [at, fresh] = seen.emplace(label_hash(label, 0, key), label);
            EXPECT_TRUE(fresh || at->second == label)
                << "lengths " << label.size() << " and " << at->second.size();
        };
        for (std::size_t stem = 1; stem <= 48; ++stem) {
            for (std::size_t zeros = 0; stem + zeros <= 63; ++zeros) {
                add(std::string(stem, 'q') + std::string(zeros, '\0'));
            }
        }
        for (std::size_t length = 8; length <= 63; ++length) {
            for (unsigned eighth = 0; eighth < 256; ++eighth) {
                std::string label(length, '\0');
                label.replace(0, 7, "abcdefg");
                label[7] = static_cast<char>(eighth);
                add(label);
            }
        }
    }
}

// Names as zones have them, under several keys: the low bits choose the bucket,
// the high ones are the tag. One multiplication a label does not mix perfectly;
// what must not happen is that many names crowd together.
TEST(NameHash, SpreadsSequentialNames) {
    constexpr unsigned count = 1U << 15;
    constexpr unsigned mean = 8;
    std::mt19937_64 random(3);
    for (int round = 0; round < 8; ++round) {
        const HashKey key{random(), random() | 1};
        std::vector<unsigned> low(count / mean), high(count / mean);
        for (unsigned n = 0; n < count; ++n) {
            const std::uint64_t hash =
                hash_of(wire_name("host" + std::to_string(n) + ".example.com"), key);
            ++low[hash % low.size()];
            ++high[hash >> (64 - 12)];
        }
        for (const auto& loads : {low, high}) {
            unsigned crowded = 0;
            for (const unsigned load : loads) crowded += load > 2 * mean ? load - 2 * mean : 0;
            EXPECT_LT(crowded, count / 20) << "names beyond twice a bucket's share";
            EXPECT_LT(*std::max_element(loads.begin(), loads.end()), 8 * mean);
        }
    }
}

}  // namespace
}  // namespace apex::wire
