// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Seeded hash of a name, right to left by label, so that one pass gives the
// hash of every suffix. Whoever names zones does not know the key, so they
// cannot aim at a bucket. Packet path and publisher must agree, so both use this.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace apex::wire {

struct HashKey {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
};

/// Octets that must be readable behind the last label's length octet and text.
inline constexpr std::size_t hash_overread = 16;

namespace detail {

inline std::uint64_t multiply_fold(std::uint64_t a, std::uint64_t b) noexcept {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// The first min(count, 8) octets at `at`, zero-extended; reads eight.
inline std::uint64_t load_up_to_8(const std::uint8_t* at, std::size_t count) noexcept {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    return count >= 8 ? word : word & ((std::uint64_t{1} << (8 * count)) - 1);
}

}  // namespace detail

/// Hash of the root name, where every chain of labels starts.
inline std::uint64_t hash_root(const HashKey& key) noexcept { return key.second; }

/// Hash of the name made by putting one label before a name whose hash is
/// `parent`. `label` points at its length octet; case must already be folded.
inline std::uint64_t hash_label(std::uint64_t parent, const std::uint8_t* label,
                                const HashKey& key) noexcept {
    std::size_t left = label[0];
    const std::uint8_t* at = label + 1;
    // The length turns the key instead of joining the text: mixed with the text,
    // a chosen octet could undo it, and zero octets would make names that collide
    // under every key.
    const std::uint64_t multiplier = std::rotl(key.second, label[0]);
    std::uint64_t hash = parent;
    while (true) {
        const std::uint64_t low = detail::load_up_to_8(at, left);
        const std::uint64_t high = left > 8 ? detail::load_up_to_8(at + 8, left - 8) : 0;
        hash = detail::multiply_fold(hash ^ low ^ key.first, high ^ multiplier);
        if (left <= 16) return hash;
        at += 16;
        left -= 16;
    }
}

}  // namespace apex::wire
