// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The DNS header (RFC 1035 §4.1.1). Packet path.
#pragma once

#include <cstddef>
#include <cstdint>

namespace apex::wire {

// Offsets of the counts and of the two octets of flags.
inline constexpr std::size_t flags_offset = 2;
inline constexpr std::size_t qdcount_offset = 4;
inline constexpr std::size_t ancount_offset = 6;
inline constexpr std::size_t nscount_offset = 8;
inline constexpr std::size_t arcount_offset = 10;

// The two octets of flags as one number.
inline constexpr std::uint16_t qr_flag = 0x8000;
inline constexpr std::uint16_t opcode_mask = 0x7800;
inline constexpr std::uint16_t aa_flag = 0x0400;
inline constexpr std::uint16_t tc_flag = 0x0200;
inline constexpr std::uint16_t rd_flag = 0x0100;

}  // namespace apex::wire
