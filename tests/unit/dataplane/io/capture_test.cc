// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "dataplane/io/capture.hh"

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace apex::io {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// A pcap file with records of these lengths.
Bytes capture(const Bytes& magic, bool big_endian, const Bytes& lengths) {
    Bytes bytes = magic;
    bytes.resize(24);
    for (const std::uint8_t length : lengths) {
        Bytes record(16 + length, 0xee);
        record[8] = record[9] = record[10] = record[11] = 0;
        record[big_endian ? 11 : 8] = length;
        bytes.insert(bytes.end(), record.begin(), record.end());
    }
    return bytes;
}

const Bytes little{0xd4, 0xc3, 0xb2, 0xa1};
const Bytes big{0xa1, 0xb2, 0xc3, 0xd4};
const Bytes little_nanoseconds{0x4d, 0x3c, 0xb2, 0xa1};
const Bytes pcapng{0x0a, 0x0d, 0x0d, 0x0a};

TEST(CountPackets, CountsRecordsInEitherByteOrder) {
    EXPECT_EQ(count_packets(capture(little, false, {60, 0, 74})).value(), 3U);
    EXPECT_EQ(count_packets(capture(big, true, {60, 74})).value(), 2U);
    EXPECT_EQ(count_packets(capture(little_nanoseconds, false, {60})).value(), 1U);
    EXPECT_EQ(count_packets(capture(little, false, {})).value(), 0U);
}

TEST(CountPackets, LeavesOutARecordCutShort) {
    Bytes bytes = capture(little, false, {60, 74});
    bytes.pop_back();
    EXPECT_EQ(count_packets(bytes).value(), 1U);
    bytes.resize(bytes.size() - 74 - 1);
    EXPECT_EQ(count_packets(bytes).value(), 1U);
}

TEST(CountPackets, LeavesOutARecordWithAnAbsurdLength) {
    Bytes bytes = capture(little, false, {60});
    bytes[24 + 11] = 0xff;
    EXPECT_EQ(count_packets(bytes).value(), 0U);
}

TEST(CountPackets, SaysWhatTheFileIsInstead) {
    EXPECT_NE(count_packets(capture(pcapng, false, {})).error().find("editcap"), std::string::npos);
    EXPECT_EQ(count_packets(Bytes(100, 'x')).error(), "is not a pcap file");
    EXPECT_EQ(count_packets(Bytes(23, 0)).error(), "is too short for a pcap file");
    EXPECT_NE(count_packets("/nonexistent.pcap").error().find("No such file"), std::string::npos);
    EXPECT_EQ(count_packets("/dev/null").error(), "is not a regular file");
}

}  // namespace
}  // namespace apex::io
