// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Blockwise comparing and copying: exact in what it tells and copies, and never
// past the block that the contract allows.
#include "dataplane/wire/blocks.hh"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "tests/packet/vectors.hh"

namespace apex::wire {
namespace {

/// Octets up to the end of the last block, at least one block, and not one more.
std::size_t touched(std::size_t size) {
    return (std::max<std::size_t>(size, 1) + block_size - 1) / block_size * block_size;
}

std::unique_ptr<std::uint8_t[]> block_of(std::size_t size, std::uint8_t inside,
                                         std::uint8_t behind) {
    auto memory = std::make_unique<std::uint8_t[]>(touched(size));
    for (std::size_t at = 0; at < touched(size); ++at) memory[at] = at < size ? inside : behind;
    return memory;
}

TEST(EqualBlocks, EveryLengthAndEveryDifference) {
    for (std::size_t size = 0; size <= 130; ++size) {
        const auto a = block_of(size, 0x61, 0x00);
        const auto b = block_of(size, 0x61, 0xff);  // differs behind the end, which must not count
        EXPECT_TRUE(equal_blocks(a.get(), b.get(), size)) << size;
        for (std::size_t at = 0; at < size; ++at) {
            b[at] = 0x62;
            EXPECT_FALSE(equal_blocks(a.get(), b.get(), size)) << size << " at " << at;
            b[at] = 0x61;
        }
    }
}

TEST(CopyBlocks, CopiesAllAndStopsAtTheBlock) {
    for (std::size_t size = 0; size <= 130; ++size) {
        auto from = block_of(size, 0, 0xee);
        for (std::size_t at = 0; at < size; ++at) from[at] = static_cast<std::uint8_t>(at + 1);
        const auto to = block_of(size, 0x77, 0x77);
        copy_blocks(to.get(), from.get(), size);
        for (std::size_t at = 0; at < size; ++at) ASSERT_EQ(to[at], at + 1) << size;
    }
}

TEST(LowerLine, FoldsLettersAndTellsZeroes) {
    for (const Vectors vectors : test::all_vectors()) {
        for (unsigned first = 0; first < 256; ++first) {
            Line from{}, to{}, expected{};
            std::uint64_t zeroes = 0;
            for (unsigned n = 0; n < line_size; ++n) {
                const unsigned octet = (first + n) % 256;
                from[n] = static_cast<std::uint8_t>(octet);
                expected[n] = from[n];
                if (octet >= 'A' && octet <= 'Z')
                    expected[n] = static_cast<std::uint8_t>(octet + 32);
                if (octet == 0) zeroes |= std::uint64_t{1} << n;
            }
            ASSERT_EQ(lower_line(from.data(), to.data(), vectors), zeroes) << first;
            ASSERT_EQ(to, expected) << first;
        }
    }
}

TEST(Matches, EveryBitOfALine) {
    Line mask{}, pattern{};
    for (unsigned n = 0; n < line_size; ++n) {
        mask[n] = static_cast<std::uint8_t>(n * 37);
        pattern[n] = static_cast<std::uint8_t>(mask[n] & n * 11);
    }
    for (const Vectors vectors : test::all_vectors()) {
        for (unsigned bit = 0; bit < 8 * line_size; ++bit) {
            Line line = pattern;
            const auto changed = static_cast<std::uint8_t>(1U << bit % 8);
            line[bit / 8] ^= changed;
            const bool counts = (mask[bit / 8] & changed) != 0;
            EXPECT_EQ(matches(line.data(), pattern, mask, vectors), !counts) << bit;
        }
    }
}

}  // namespace
}  // namespace apex::wire
