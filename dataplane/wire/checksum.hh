// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The Internet checksum in pieces (RFC 1071, RFC 1624). Sums are kept unfolded
// in 64 bits and are exact modulo 0xffff, which is all that one's complement
// arithmetic can tell apart. Packet path.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/wire/bytes.hh"

namespace apex::wire {

/// To 16 bits, with the carries added back in.
constexpr std::uint16_t fold(std::uint64_t sum) noexcept {
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + ((sum >> 16) & 0xffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(sum);
}

/// What `sum` becomes when its bytes start at an odd offset instead of an even one.
constexpr std::uint16_t at_odd_offset(std::uint64_t sum) noexcept {
    return __builtin_bswap16(fold(sum));
}

/// Sum of the 16-bit words of `bytes`, taken to start at an even offset; a last
/// odd octet counts as the high half of a word.
inline std::uint64_t sum_words(Bytes bytes) noexcept {
    // Summed in memory order, four octets a step, and put in network order by
    // one swap at the end: one's complement sums do not care (RFC 1071 §2B).
    std::uint64_t sum = 0;
    const std::uint8_t* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 4; left -= 4, at += 4) {
        std::uint32_t word = 0;
        std::memcpy(&word, at, sizeof word);
        sum += word;
    }
    if (left >= 2) {
        std::uint16_t word = 0;
        std::memcpy(&word, at, sizeof word);
        sum += word;
        at += 2;
        left -= 2;
    }
    if (left == 1) sum += *at;  // little-endian: the octet that comes first is the low half
    return __builtin_bswap16(fold(sum));
}

/// Sum of the four words of a value as load_be64 reads it. For fields that were
/// just written in a register: reading them back would stall on the stores.
constexpr std::uint64_t sum_be64(std::uint64_t value) noexcept {
    return (value >> 32) + (value & 0xffffffff);
}

/// Adds `sum` with its sign turned.
constexpr std::uint64_t minus(std::uint64_t sum) noexcept {
    return static_cast<std::uint16_t>(~fold(sum));
}

/// The checksum field after the words it covers changed by `delta` (RFC 1624 eqn. 3).
constexpr std::uint16_t update_checksum(std::uint16_t checksum, std::uint64_t delta) noexcept {
    return static_cast<std::uint16_t>(~fold(static_cast<std::uint16_t>(~checksum) + delta));
}

}  // namespace apex::wire
