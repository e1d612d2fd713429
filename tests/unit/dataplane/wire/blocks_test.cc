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

}  // namespace
}  // namespace apex::wire
