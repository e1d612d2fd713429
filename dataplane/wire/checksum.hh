// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The Internet checksum in pieces (RFC 1071, RFC 1624). A sum is any number that
// is right modulo 0xffff, kept below 2^56 so that several can be added: one's
// complement arithmetic cannot tell more apart, and it is folded once, at the end.
// Words are taken as they lie in memory, sums and checksums too: which octet of a
// word counts for more does not matter as long as it is the same one everywhere
// (RFC 1071 §2 (B)). Packet path.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "dataplane/wire/bytes.hh"

namespace apex::wire {

static_assert(std::endian::native == std::endian::little);

/// To 16 bits, with the carries added back in.
constexpr std::uint16_t fold(std::uint64_t sum) noexcept {
    // Each half added to the other: the lower one's carry goes into the upper one,
    // which is then the sum.
    sum += std::rotl(sum, 32);
    auto half = static_cast<std::uint32_t>(sum >> 32);
    half += std::rotl(half, 16);
    return static_cast<std::uint16_t>(half >> 16);
}

/// What a sum below 2^48 becomes when its bytes start at `offset` instead of an even
/// one: at an odd one every octet moves by one place, and 2^16 is 1 here.
constexpr std::uint64_t at_offset(std::size_t offset, std::uint64_t sum) noexcept {
    return sum << (8 * (offset & 1));
}

/// Sum of the four words of a value as load64 reads it. Below 2^33.
constexpr std::uint64_t sum_of(std::uint64_t value) noexcept {
    return (value >> 32) + (value & 0xffffffff);
}

/// Sum of the 16-bit words of `bytes`, taken to start at an even offset; a last
/// odd octet counts as the first half of a word. Below 2^48 for any packet.
inline std::uint64_t sum_words(Bytes bytes) noexcept {
    std::uint64_t sum = 0;
    const std::uint8_t* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 8; left -= 8, at += 8) sum += sum_of(load64(at));
    if ((left & 4) != 0) {
        sum += load32(at);
        at += 4;
    }
    if ((left & 2) != 0) {
        sum += load16(at);
        at += 2;
    }
    return (left & 1) != 0 ? sum + *at : sum;
}

/// A sum below 2^48 with its sign turned: 2^48 - 1 is 0 here.
constexpr std::uint64_t minus(std::uint64_t sum) noexcept {
    return 0xffffffffffff - sum;
}

/// The checksum field, as load16 reads it, after the words it covers changed by
/// `delta` (RFC 1624 eqn. 3).
constexpr std::uint16_t update_checksum(std::uint16_t checksum, std::uint64_t delta) noexcept {
    return static_cast<std::uint16_t>(~fold(static_cast<std::uint16_t>(~checksum) + delta));
}

}  // namespace apex::wire
