// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The seeded name hash: what it must depend on, what it must not, and that no
// one can choose names that collide without knowing the key.
#include "dataplane/wire/name_hash.hh"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"
#include "tests/packet/table_content.hh"
#include "tests/packet/vectors.hh"

namespace apex::wire {
namespace {

using test::octet;
using test::wire_name;

const HashKey some_key = test::key_of(1);

std::uint64_t hash_of(const std::string& name, const HashKey& key = some_key, char behind = '\0') {
    const std::string bytes = name + std::string(hash_block, behind);
    const std::uint8_t* octets = test::bytes_of(bytes).data();
    const std::uint64_t hash = hash_name(octets, name.size(), key);
    for (const Vectors vectors : test::all_vectors()) {
        EXPECT_EQ(hash_name(octets, name.size(), key, vectors), hash);
    }
    return hash;
}

/// A name of `size` octets: labels of 'x', the last one as long as is left.
std::string name_of_size(std::size_t size) {
    std::string name;
    for (std::size_t left = size - 1; left > 0;) {
        const std::size_t label = left == 65 ? 62 : std::min<std::size_t>(left - 1, 63);
        name += octet(static_cast<unsigned>(label)) + std::string(label, 'x');
        left -= label + 1;
    }
    return name + octet(0);
}

TEST(NameHash, DoesNotDependOnWhatFollowsTheName) {
    for (std::size_t size = 3; size <= 255; ++size) {
        const std::string name = name_of_size(size);
        EXPECT_EQ(hash_of(name, some_key, '\0'), hash_of(name, some_key, '\xff')) << size;
    }
}

// The definition, with nothing of the code under test: NH over 32-bit words.
TEST(NameHash, IsNhThenMixed) {
    for (std::size_t size = 3; size <= 255; ++size) {
        std::string padded = name_of_size(size);
        padded.resize((size + hash_block - 1) / hash_block * hash_block, '\0');
        std::uint64_t sum = 0;
        const auto keyed = [&](std::size_t word) -> std::uint32_t {
            std::uint32_t value = some_key.words[word];
            for (unsigned n = 0; n < 4; ++n) {
                value += static_cast<std::uint32_t>(test::octet_at(padded, 4 * word + n)) << 8 * n;
            }
            return value;
        };
        for (std::size_t word = 0; word < padded.size() / 4; word += 2) {
            sum += std::uint64_t{keyed(word)} * keyed(word + 1);
        }
        const auto product =
            static_cast<unsigned __int128>(sum ^ some_key.mask) * some_key.multiplier;
        EXPECT_EQ(hash_of(name_of_size(size)), static_cast<std::uint64_t>(product ^ product >> 64))
            << size;
    }
}

TEST(NameHash, DependsOnEveryOctetAndOnTheKey) {
    for (std::size_t size = 3; size <= 255; ++size) {
        const std::string name = name_of_size(size);
        std::set<std::uint64_t> seen{hash_of(name)};
        for (std::size_t at = 0; at < size; ++at) {
            if (name[at] != 'x') continue;
            std::string other = name;
            other[at] = 'y';
            EXPECT_TRUE(seen.insert(hash_of(other)).second) << size << " at " << at;
        }
        seen = {hash_of(name)};  // a key may well change what a letter did
        for (std::size_t word = 0; word < (size + hash_block - 1) / hash_block * 16; ++word) {
            HashKey key = some_key;
            ++key.words[word];
            EXPECT_TRUE(seen.insert(hash_of(name, key)).second) << size << " key " << word;
        }
        HashKey key = some_key;
        ++key.mask;
        EXPECT_TRUE(seen.insert(hash_of(name, key)).second);
        key = some_key;
        key.multiplier += 2;
        EXPECT_TRUE(seen.insert(hash_of(name, key)).second);
    }
}

TEST(NameHash, LabelBoundariesCount) {
    EXPECT_NE(hash_of(wire_name("ab.c")), hash_of(wire_name("a.bc")));
    EXPECT_NE(hash_of(wire_name("a.b")), hash_of(wire_name("b.a")));
    EXPECT_NE(hash_of(wire_name("a")), hash_of(wire_name("a.a")));
}

// Names of zeroes, and names whose octets could undo each other if words met
// without the key between them.
TEST(NameHash, NoNamesCollideUnderEveryKey) {
    std::vector<std::string> names;
    for (unsigned length = 1; length <= 63; ++length) {
        names.push_back(octet(length) + std::string(length, '\0') + octet(0));
        names.push_back(octet(length) + std::string(length, '\xff') + octet(0));
    }
    for (unsigned a = 0; a < 256; a += 5) {
        for (unsigned b = 0; b < 256; b += 5) {
            std::string label(32, 'q');
            label[3] = static_cast<char>(a);
            label[7] = static_cast<char>(b);
            label[19] = static_cast<char>(a);
            names.push_back(octet(32) + label + octet(0));
        }
    }
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        const HashKey key = test::key_of(seed);
        std::set<std::uint64_t> seen;
        unsigned collisions = 0;
        for (const std::string& name : names) collisions += !seen.insert(hash_of(name, key)).second;
        EXPECT_EQ(collisions, 0U) << "seed " << seed;
    }
}

// Names as zones have them, under several keys: the low bits choose the bucket,
// the high ones are the tag. It does not mix perfectly; what must not happen is that
// many names crowd together.
TEST(NameHash, SpreadsSequentialNames) {
    constexpr unsigned count = 1U << 15;
    constexpr unsigned mean = 8;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        const HashKey key = test::key_of(seed);
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

// An index finds the wildcard below a name where it finds the name, also that of a
// wildcard; but however many asterisks a name begins with, one of them is all that counts.
TEST(NameHash, AWildcardIsBesideItsParent) {
    const std::string asterisk = octet(1) + "*";
    for (const std::string& name : {octet(0), wire_name("example.com"), name_of_size(253)}) {
        EXPECT_EQ(hash_of(asterisk + name), wildcard_hash(hash_of(name)));
    }
    const std::string wildcard = wire_name("*.example.com");
    const std::string padded = wildcard + std::string(hash_block, '\0');
    const std::uint64_t below =
        hash_wildcard_below(test::bytes_of(padded).data(), wildcard.size(), some_key);
    EXPECT_EQ(hash_of(asterisk + wildcard), below);
    EXPECT_NE(below, wildcard_hash(hash_of(wildcard)));
}

}  // namespace
}  // namespace apex::wire
