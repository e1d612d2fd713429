// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Comparing and copying in whole blocks: short names and bodies, which most are,
// cost one vector operation and no call. The price is that a block is touched to
// its end. Packet path.
#pragma once

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

/// True when `size` octets are equal; reads both up to the end of the last block.
inline bool equal_blocks(const std::uint8_t* a, const std::uint8_t* b, std::size_t size) noexcept {
#ifdef APEX_BLOCKS_AVX2
    for (std::size_t at = 0; at < size; at += block_size) {
        const __m256i left = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(a + at));
        const __m256i right = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b + at));
        const auto differ =
            ~static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(left, right)));
        const std::size_t rest = size - at;
        const std::uint32_t relevant =
            rest >= block_size ? ~std::uint32_t{0} : (std::uint32_t{1} << rest) - 1;
        if ((differ & relevant) != 0) return false;
    }
    return true;
#else
    return std::memcmp(a, b, size) == 0;
#endif
}

/// Copies `size` octets; reads and writes up to the end of the last block. The
/// two ranges, blocks included, must not overlap.
inline void copy_blocks(std::uint8_t* to, const std::uint8_t* from, std::size_t size) noexcept {
#ifdef APEX_BLOCKS_AVX2
    for (std::size_t at = 0; at < size; at += block_size) {
        std::memcpy(to + at, from + at, block_size);
    }
#else
    std::memcpy(to, from, size);
#endif
}

}  // namespace apex::wire
