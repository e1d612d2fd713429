// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Comparing, copying and case folding in whole blocks: short names and bodies,
// which most are, cost a vector operation or two and no call. The price is that a
// block is touched to its end. Packet path.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

// ThreadSanitizer cannot know that what is read beyond the end is thrown away: under
// it, exactly what was asked for is touched.
#if defined(__AVX2__) && !defined(__SANITIZE_THREAD__)
#include <immintrin.h>
#define APEX_BLOCKS_AVX2 1
#endif

namespace apex::wire {

/// Octets of a block, and so how many more than asked for must be accessible
/// behind the last octet on both sides.
inline constexpr std::size_t block_size = 32;

using Block = std::array<std::uint8_t, block_size>;

#ifdef APEX_BLOCKS_AVX2
inline __m256i load_block(const std::uint8_t* at) noexcept {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
}

/// All ones for each octet of the block at offset `at`, 0 or block_size, that is among
/// the first `size`, at most two blocks.
inline __m256i octet_mask(std::size_t size, std::size_t at) noexcept {
    static constexpr std::size_t most = 2 * block_size;
    static constexpr auto ones_then_zeroes = [] {
        std::array<std::uint8_t, 2 * most> octets{};
        for (std::size_t n = 0; n < most; ++n) octets[n] = 0xff;
        return octets;
    }();
    return load_block(ones_then_zeroes.data() + most - size + at);
}
#endif

/// Copies a block with ASCII letters in lower case (RFC 4343 §2). Length octets of
/// labels are below 'A' and pass unchanged, so a name can be treated as text. A bit
/// for each octet of it that is zero, the first octet's lowest.
inline std::uint32_t lower_block(const std::uint8_t* from, std::uint8_t* to) noexcept {
#ifdef APEX_BLOCKS_AVX2
    const __m256i octets = load_block(from);
    // Signed comparison of octets moved so that 'A' to 'Z' are the 26 least.
    const __m256i moved = _mm256_add_epi8(octets, _mm256_set1_epi8(static_cast<char>(0x80 - 'A')));
    const __m256i upper = _mm256_cmpgt_epi8(_mm256_set1_epi8(-128 + 26), moved);
    const __m256i lower = _mm256_or_si256(octets, _mm256_and_si256(upper, _mm256_set1_epi8(0x20)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), lower);
    return static_cast<std::uint32_t>(
        _mm256_movemask_epi8(_mm256_cmpeq_epi8(octets, _mm256_setzero_si256())));
#else
    std::uint32_t zeroes = 0;
    for (std::size_t n = 0; n < block_size; ++n) {
        const std::uint8_t octet = from[n];
        const bool upper = octet >= 'A' && octet <= 'Z';
        to[n] = static_cast<std::uint8_t>(octet | (upper ? 0x20 : 0));
        zeroes |= static_cast<std::uint32_t>(octet == 0) << n;
    }
    return zeroes;
#endif
}

/// True when `size` octets are equal; reads both up to the end of the last block, and
/// of the first one even if `size` is 0.
inline bool equal_blocks(const std::uint8_t* a, const std::uint8_t* b, std::size_t size) noexcept {
#ifdef APEX_BLOCKS_AVX2
    while (true) {
        const auto differ = ~static_cast<std::uint32_t>(
            _mm256_movemask_epi8(_mm256_cmpeq_epi8(load_block(a), load_block(b))));
        if (size <= block_size) return _bzhi_u32(differ, static_cast<unsigned>(size)) == 0;
        if (differ != 0) return false;
        a += block_size;
        b += block_size;
        size -= block_size;
    }
#else
    return std::memcmp(a, b, size) == 0;
#endif
}

/// Copies `size` octets, and less than 16 as 16; else nothing more is read, for the line
/// behind may not be near. The two ranges must not overlap.
inline void copy_blocks(std::uint8_t* to, const std::uint8_t* from, std::size_t size) noexcept {
#ifdef APEX_BLOCKS_AVX2
    constexpr std::size_t half = block_size / 2;
    std::size_t at = 0;
    for (; size > at + block_size; at += block_size) std::memcpy(to + at, from + at, block_size);
    // What is left are two halves that overlap, so its size decides no branch.
    const std::size_t last = size < half ? 0 : size - half;
    at = at < last ? at : last;
    std::memcpy(to + at, from + at, half);
    std::memcpy(to + last, from + last, half);
#else
    std::memcpy(to, from, size);
#endif
}

/// True when the block at `at` equals `pattern` in every bit that is set in `mask`.
/// `pattern` has none but those.
inline bool matches(const std::uint8_t* at, const Block& pattern, const Block& mask) noexcept {
#ifdef APEX_BLOCKS_AVX2
    const __m256i differ = _mm256_xor_si256(
        _mm256_and_si256(load_block(at), load_block(mask.data())), load_block(pattern.data()));
    return _mm256_testz_si256(differ, differ) != 0;
#else
    for (std::size_t n = 0; n < block_size; ++n) {
        if ((at[n] & mask[n]) != pattern[n]) return false;
    }
    return true;
#endif
}

}  // namespace apex::wire
