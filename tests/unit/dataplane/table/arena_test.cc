// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The memory under the table: aligned, disjoint, reused, counted.
#include "dataplane/table/arena.hh"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>
#include <vector>

#include "dataplane/wire/blocks.hh"

namespace apex::table {
namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;

TEST(Arena, TakesNothingBeforeItIsAsked) {
    const Arena arena;
    EXPECT_EQ(arena.allocated(), 0U);
    EXPECT_EQ(arena.mapped(), 0U);
    EXPECT_EQ(arena.huge(), 0U);
}

TEST(Arena, ReusesMemoryOfTheSameSizeOnly) {
    Arena arena;
    void* first = arena.allocate(128);
    void* other = arena.allocate(192);
    EXPECT_EQ(arena.allocated(), 320U);
    arena.release(first, 128);
    EXPECT_EQ(arena.allocated(), 192U);
    EXPECT_NE(arena.allocate(64), first);
    EXPECT_NE(arena.allocate(192), first);
    EXPECT_EQ(arena.allocate(128), first);
    EXPECT_NE(arena.allocate(128), first);
    EXPECT_NE(other, nullptr);
}

TEST(Arena, LargePiecesGoBackToTheSystem) {
    Arena arena;
    void* small = arena.allocate(64);
    const std::size_t before = arena.mapped();
    void* one = arena.allocate(mebibyte + 64);
    void* two = arena.allocate(5 * mebibyte);
    EXPECT_EQ(arena.mapped(), before + 2 * mebibyte + 6 * mebibyte);
    std::memset(two, 1, 5 * mebibyte);
    arena.release(one, mebibyte + 64);
    EXPECT_EQ(arena.mapped(), before + 6 * mebibyte);
    static_cast<char*>(two)[5 * mebibyte - 1] = 2;  // still there
    static_cast<char*>(small)[63] = 2;
    arena.release(two, 5 * mebibyte);
    EXPECT_EQ(arena.mapped(), before);
    EXPECT_EQ(arena.allocated(), 64U);
}

TEST(Arena, ThePieceAtTheLimitIsPooled) {
    Arena arena;
    void* piece = arena.allocate(mebibyte);
    EXPECT_EQ(arena.mapped(), 2 * mebibyte);
    arena.release(piece, mebibyte);
    EXPECT_EQ(arena.mapped(), 2 * mebibyte);
    EXPECT_EQ(arena.allocate(mebibyte), piece);
}

// Readers work in blocks (wire/blocks.hh): behind the last piece of a mapping
// there must be a block more, or the packet path reads where nothing is mapped.
TEST(Arena, EveryPieceHasABlockReadableBehindIt) {
    for (const std::size_t size : {std::size_t{64}, std::size_t{192}, mebibyte}) {
        Arena arena;
        arena.allocate(size);
        const std::size_t first_mapping = arena.mapped();
        std::size_t last_end = size;
        while (true) {
            arena.allocate(size);
            if (arena.mapped() != first_mapping) break;
            last_end += size;
        }
        EXPECT_LE(last_end + wire::block_size, first_mapping) << "pieces of " << size;
    }
}

// Whatever is asked for in whatever order: no two live pieces share an octet.
TEST(Arena, LivePiecesAreDisjoint) {
    std::mt19937 random(1);
    Arena arena;
    std::map<std::uint8_t*, std::pair<std::size_t, std::uint8_t>> live;
    std::size_t allocated = 0;
    for (unsigned step = 0; step < 4000; ++step) {
        if (live.size() > 300 || (!live.empty() && random() % 3 == 0)) {
            auto victim = live.begin();
            std::advance(victim, random() % live.size());
            const auto [size, fill] = victim->second;
            for (std::size_t at = 0; at < size; at += 61) ASSERT_EQ(victim->first[at], fill);
            arena.release(victim->first, size);
            allocated -= size;
            live.erase(victim);
            continue;
        }
        const std::size_t units = random() % 50 == 0 ? 1 + random() % 20000 : 1 + random() % 40;
        const std::size_t size = units * Arena::unit;
        auto* memory = static_cast<std::uint8_t*>(arena.allocate(size));
        ASSERT_EQ(reinterpret_cast<std::uintptr_t>(memory) % Arena::unit, 0U);
        const auto fill = static_cast<std::uint8_t>(step);
        std::memset(memory, fill, size);
        allocated += size;
        const auto [at, fresh] = live.emplace(memory, std::pair{size, fill});
        ASSERT_TRUE(fresh);
        if (const auto next = std::next(at); next != live.end()) {
            ASSERT_LE(memory + size, next->first);
        }
        if (at != live.begin()) {
            const auto previous = std::prev(at);
            ASSERT_LE(previous->first + previous->second.first, memory);
        }
        ASSERT_EQ(arena.allocated(), allocated);
        ASSERT_LE(arena.allocated(), arena.mapped());
    }
}

}  // namespace
}  // namespace apex::table
