// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Big-endian fields and the cursor that cannot leave its span.
#include "dataplane/wire/bytes.hh"

#include <gtest/gtest.h>

#include <array>

namespace apex::wire {
namespace {

TEST(Bytes, FieldsAreBigEndianAtAnyAlignment) {
    std::array<std::uint8_t, 7> bytes{0, 0, 0, 0x56, 0x78, 0x9a, 0xbc};
    store_be16(&bytes[1], 0x1234);
    EXPECT_EQ(bytes, (std::array<std::uint8_t, 7>{0, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc}));
    EXPECT_EQ(load_be16(&bytes[1]), 0x1234);
    EXPECT_EQ(load_be32(&bytes[3]), 0x56789abcU);
}

TEST(Bytes, SixtyFourBitsAreFourFields) {
    std::array<std::uint8_t, 9> bytes{};
    store64(&bytes[1], pack16(0x0102, 0x0304, 0x0506, 0x0708));
    EXPECT_EQ(bytes, (std::array<std::uint8_t, 9>{0, 1, 2, 3, 4, 5, 6, 7, 8}));
    EXPECT_EQ(load64(&bytes[1]), pack16(0x0102, 0x0304, 0x0506, 0x0708));
}

TEST(Bytes, AsTheyLieInMemory) {
    std::array<std::uint8_t, 9> bytes{};
    store32(&bytes[1], 0x04030201);
    store16(&bytes[5], wire16(0x0506));
    EXPECT_EQ(bytes, (std::array<std::uint8_t, 9>{0, 1, 2, 3, 4, 5, 6, 0, 0}));
    EXPECT_EQ(load32(&bytes[1]), 0x04030201U);
    EXPECT_EQ(wire16(load16(&bytes[5])), load_be16(&bytes[5]));
}

TEST(Cursor, ReadsInOrderUpToTheEnd) {
    const std::array<std::uint8_t, 5> bytes{1, 2, 3, 4, 5};
    Cursor cursor(bytes);
    EXPECT_EQ(cursor.u8(), 1);
    EXPECT_EQ(cursor.u16(), 0x0203);
    cursor.skip(1);
    EXPECT_EQ(cursor.remaining(), 1U);
    EXPECT_EQ(cursor.u8(), 5);
    EXPECT_TRUE(cursor.ok());
    EXPECT_EQ(cursor.remaining(), 0U);
}

TEST(Cursor, FailsForGoodAtTheFirstReadPastTheEnd) {
    const std::array<std::uint8_t, 3> bytes{1, 2, 3};
    Cursor cursor(bytes);
    cursor.skip(2);
    EXPECT_EQ(cursor.u16(), 0);  // one octet is left: it must not be half of this
    EXPECT_FALSE(cursor.ok());
    EXPECT_EQ(cursor.u8(), 0);
    cursor.skip(0);
    EXPECT_FALSE(cursor.ok());
    EXPECT_EQ(cursor.remaining(), 0U);
}

TEST(Cursor, SkipFartherThanAnySpanFails) {
    const std::array<std::uint8_t, 3> bytes{1, 2, 3};
    Cursor cursor(bytes);
    cursor.skip(SIZE_MAX);
    EXPECT_FALSE(cursor.ok());
}

}  // namespace
}  // namespace apex::wire
