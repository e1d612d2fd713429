// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The Internet checksum in pieces (RFC 1071, RFC 1624). A sum is any number that
// is right modulo 0xffff, kept below 2^56 so that several can be added: one's
// complement arithmetic cannot tell more apart, and it is folded once, at the end.
// Packet path.
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

/// What a sum below 2^48 becomes when its bytes start at an odd offset instead of
/// an even one: every octet moves by one place, and 2^16 is 1 here.
constexpr std::uint64_t at_odd_offset(std::uint64_t sum) noexcept { return sum << 8; }

/// Sum of the four words of a value as load_be64 reads it. Below 2^33.
constexpr std::uint64_t sum_be64(std::uint64_t value) noexcept {
    return (value >> 32) + (value & 0xffffffff);
}

/// Sum of the 16-bit words of `bytes`, taken to start at an even offset; a last
/// odd octet counts as the high half of a word. Below 2^48 for any packet.
inline std::uint64_t sum_words(Bytes bytes) noexcept {
    std::uint64_t sum = 0;
    const std::uint8_t* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 8; left -= 8, at += 8) sum += sum_be64(load_be64(at));
    if ((left & 4) != 0) {
        sum += load_be32(at);
        at += 4;
    }
    if ((left & 2) != 0) {
        sum += load_be16(at);
        at += 2;
    }
    return (left & 1) != 0 ? sum + (std::uint64_t{*at} << 8) : sum;
}

/// A sum below 2^48 with its sign turned: 2^48 - 1 is 0 here.
constexpr std::uint64_t minus(std::uint64_t sum) noexcept { return 0xffffffffffff - sum; }

/// The checksum field after the words it covers changed by `delta` (RFC 1624 eqn. 3).
constexpr std::uint16_t update_checksum(std::uint16_t checksum, std::uint64_t delta) noexcept {
    return static_cast<std::uint16_t>(~fold(static_cast<std::uint16_t>(~checksum) + delta));
}

}  // namespace apex::wire
