// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Checksum arithmetic against the plain definition of RFC 1071.
#include "dataplane/wire/checksum.hh"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>

#include "tests/packet/octets.hh"

namespace apex::wire {
namespace {

using test::bytes_of;
using test::plain_sum;

/// One's complement has two zeroes; as sums they are the same.
std::uint16_t value(std::uint64_t sum) {
    const std::uint16_t folded = fold(sum);
    return folded == 0xffff ? std::uint16_t{0} : folded;
}
std::uint16_t plain_value(const std::string& bytes) {
    return value(wire16(fold(plain_sum(bytes))));
}
/// The checksum field as it lies in memory.
std::uint16_t field(const std::string& bytes) {
    return load16(bytes_of(bytes).data());
}

std::string random_bytes(std::mt19937& random, std::size_t size) {
    std::string bytes;
    for (std::size_t n = 0; n < size; ++n) bytes += test::octet(random() & 0xff);
    return bytes;
}

TEST(Fold, AddsEveryCarryBackIn) {
    EXPECT_EQ(fold(0), 0);
    EXPECT_EQ(fold(0xffff), 0xffff);
    EXPECT_EQ(fold(0x10000), 1);
    EXPECT_EQ(fold(0x1ffff), 1);
    EXPECT_EQ(fold(0xffffffff), 0xffff);
    EXPECT_EQ(fold(0x100000000), 1);
    EXPECT_EQ(fold(0xffffffffffffffff), 0xffff);
    std::mt19937_64 random(3);
    for (int round = 0; round < 10000; ++round) {
        const std::uint64_t sum = random() >> (random() % 64);
        const auto expected = sum == 0 ? 0 : (sum - 1) % 0xffff + 1;  // 1..0xffff, 0 for 0 only
        ASSERT_EQ(fold(sum), expected) << sum;
    }
}

TEST(SumWords, EveryLengthAtEveryAlignment) {
    std::mt19937 random(1);
    for (std::size_t length = 0; length <= 100; ++length) {
        for (std::size_t align = 0; align < 8; ++align) {
            const std::string bytes = random_bytes(random, length);
            const auto block = std::make_unique<std::uint8_t[]>(align + length);
            std::copy(bytes.begin(), bytes.end(), block.get() + align);
            EXPECT_EQ(value(sum_words({block.get() + align, length})), plain_value(bytes))
                << length << " octets";
        }
    }
    for (const char fill : {'\0', '\xff'}) {
        for (std::size_t length = 0; length <= 100; ++length) {
            const std::string bytes(length, fill);
            EXPECT_EQ(value(sum_words(bytes_of(bytes))), plain_value(bytes)) << length;
        }
    }
    const std::string large(65535, '\xff');
    EXPECT_EQ(value(sum_words(bytes_of(large))), plain_value(large));
}

TEST(SumWords, OnlyNothingAndZeroesSumToZero) {
    EXPECT_EQ(fold(sum_words({})), 0);
    EXPECT_EQ(fold(sum_words(bytes_of(std::string(9, '\0')))), 0);
    EXPECT_EQ(fold(sum_words(bytes_of(std::string(8, '\xff')))), 0xffff);
}

TEST(SumOf, IsTheSumOfItsFourWords) {
    std::mt19937 random(8);
    for (int round = 0; round < 1000; ++round) {
        const std::string bytes = random_bytes(random, 8);
        EXPECT_EQ(value(sum_of(load64(bytes_of(bytes).data()))), plain_value(bytes));
    }
    EXPECT_EQ(value(sum_of(~std::uint64_t{0})), 0);
}

// The bounds that the arithmetic counts on, at their very ends.
TEST(AtOffset, HoldsForTheLargestSums) {
    constexpr std::uint64_t largest = (std::uint64_t{1} << 48) - 1;
    for (const std::uint64_t sum : {largest, largest - 1, largest - 0xffff, std::uint64_t{1}}) {
        EXPECT_EQ(value(at_offset(1, sum)), __builtin_bswap16(fold(sum)) % 0xffff);
        EXPECT_EQ(value(sum + minus(sum)), 0);
    }
}

TEST(AtOffset, SumsSplitAnywhere) {
    std::mt19937 random(2);
    for (std::size_t length = 0; length <= 60; ++length) {
        const std::string bytes = random_bytes(random, length);
        for (std::size_t split = 0; split <= length; ++split) {
            const std::uint64_t head = sum_words(bytes_of(bytes).first(split));
            const std::uint64_t tail = sum_words(bytes_of(bytes).subspan(split));
            EXPECT_EQ(value(head + at_offset(split, tail)), plain_value(bytes))
                << length << " split at " << split;
        }
    }
}

TEST(Minus, UndoesAnAddition) {
    std::mt19937_64 random(4);
    for (int round = 0; round < 10000; ++round) {
        const std::uint64_t sum = random() >> (16 + random() % 48);
        const std::uint64_t other = random() >> (16 + random() % 48);
        ASSERT_EQ(value(sum + other + minus(other)), value(sum));
    }
    EXPECT_EQ(value(minus(0)), 0);
    EXPECT_EQ(value(0xffff + minus(0xffff)), 0);
}

/// A buffer whose checksum field is at `field`, filled in.
std::string with_checksum(std::string bytes, std::size_t field) {
    test::put16(bytes, field, 0);
    test::put16(bytes, field, static_cast<std::uint16_t>(~plain_sum(bytes)));
    return bytes;
}

TEST(UpdateChecksum, EqualsTheChecksumMadeAnew) {
    std::mt19937 random(5);
    for (int round = 0; round < 5000; ++round) {
        const std::size_t length = 4 + random() % 60;
        std::string before = random_bytes(random, length);
        std::string after = before;
        const std::size_t from = 2 + random() % (length - 2);
        after.replace(from, length - from, random_bytes(random, length - from));
        before = with_checksum(before, 0);
        after = with_checksum(after, 0);

        const std::uint64_t delta =
            sum_words(bytes_of(after).subspan(2)) + minus(sum_words(bytes_of(before).subspan(2)));
        ASSERT_EQ(update_checksum(field(before), delta), field(after));
    }
}

// RFC 1624 §4: the example where equation 2 gives 0xffff, which is wrong.
TEST(UpdateChecksum, ExampleOfTheRfc) {
    EXPECT_EQ(update_checksum(0xdd2f, 0x3285 + minus(0x5555)), 0x0000);
}

TEST(UpdateChecksum, AnErrorStaysAnError) {
    std::mt19937 random(6);
    for (int round = 0; round < 1000; ++round) {
        std::string before = with_checksum(random_bytes(random, 20), 0);
        std::string after = before;
        after.replace(8, 12, random_bytes(random, 12));
        after = with_checksum(after, 0);
        const std::uint64_t delta =
            sum_words(bytes_of(after).subspan(2)) + minus(sum_words(bytes_of(before).subspan(2)));
        const auto damage = static_cast<std::uint16_t>(1 + random() % 0xfffe);
        const auto damaged = static_cast<std::uint16_t>(field(before) ^ damage);
        if (damage == 0xffff || value(damaged) == value(field(before))) continue;
        test::put16(after, 0, wire16(update_checksum(damaged, delta)));
        ASSERT_NE(plain_sum(after), 0xffff);
    }
}

}  // namespace
}  // namespace apex::wire
