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

// ThreadSanitizer cannot know that what is read beyond the end of something shared is thrown
// away: under it, exactly what was asked for is compared and copied.
#if defined(__AVX2__) && !defined(__SANITIZE_THREAD__)
#include <immintrin.h>
#define APEX_BLOCKS_AVX2 1
/// Of functions that take a line at a time, by AVX-512. They are inlined only where the caller
/// has this too.
#define APEX_LINES [[gnu::target("avx512f,avx512bw,avx512vl")]]
#endif

namespace apex::wire {

/// Octets of a block, and so how many more than asked for must be accessible
/// behind the last octet on both sides.
inline constexpr std::size_t block_size = 32;

using Block = std::array<std::uint8_t, block_size>;

constexpr Block block_of(std::uint8_t octet) noexcept {
    Block block{};
    block.fill(octet);
    return block;
}

/// Two blocks: what most names and headers fit.
inline constexpr std::size_t line_size = 2 * block_size;

using Line = std::array<std::uint8_t, line_size>;

/// What vectors are made of. The bytes that come out are the same.
enum class Vectors : std::uint8_t {
    blocks,  ///< what the build asks for: AVX2, or without it octet by octet
    lines,   ///< AVX-512
};

/// The best that this machine and this build have.
Vectors best_vectors() noexcept;
/// "AVX-512", "AVX2" or "none".
const char* vectors_text(Vectors vectors) noexcept;

#ifdef APEX_BLOCKS_AVX2
inline __m256i load_block(const std::uint8_t* at) noexcept {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
}

/// All ones for each octet of the block at offset `at`, 0 or block_size, that is among
/// the first `size`, at most a line.
inline __m256i octet_mask(std::size_t size, std::size_t at) noexcept {
    static constexpr auto ones_then_zeroes = [] {
        std::array<std::uint8_t, 2 * line_size> octets{};
        for (std::size_t n = 0; n < line_size; ++n) octets[n] = 0xff;
        return octets;
    }();
    return load_block(ones_then_zeroes.data() + line_size - size + at);
}
#endif

/// Copies a block with ASCII letters in lower case (RFC 4343 §2). Length octets of
/// labels are below 'A' and pass unchanged, so a name can be treated as text. A bit
/// for each octet of it that is zero, the first octet's lowest.
inline std::uint32_t lower_block(const std::uint8_t* from, std::uint8_t* to) noexcept {
#ifdef APEX_BLOCKS_AVX2
    static constexpr Block to_least = block_of(0x80 - 'A');
    static constexpr Block behind_least = block_of(0x80 + 26);
    static constexpr Block case_bit = block_of(0x20);
    const __m256i octets = load_block(from);
    // Signed comparison of octets moved so that 'A' to 'Z' are the 26 least.
    const __m256i moved = _mm256_add_epi8(octets, load_block(to_least.data()));
    const __m256i upper = _mm256_cmpgt_epi8(load_block(behind_least.data()), moved);
    const __m256i lower =
        _mm256_or_si256(octets, _mm256_and_si256(upper, load_block(case_bit.data())));
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

#ifdef APEX_LINES
APEX_LINES inline std::uint64_t lower_whole_line(const std::uint8_t* from,
                                                 std::uint8_t* to) noexcept {
    const __m512i octets = _mm512_loadu_si512(from);
    const __mmask64 upper = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(octets, _mm512_set1_epi8('A')),
                                                   _mm512_set1_epi8(26));
    _mm512_storeu_si512(to, _mm512_mask_add_epi8(octets, upper, octets, _mm512_set1_epi8(0x20)));
    return _mm512_testn_epi8_mask(octets, octets);
}
#endif

/// The same for a line.
inline std::uint64_t lower_line(const std::uint8_t* from, std::uint8_t* to,
                                [[maybe_unused]] Vectors vectors) noexcept {
#ifdef APEX_LINES
    if (vectors == Vectors::lines) return lower_whole_line(from, to);
#endif
    const std::uint32_t first = lower_block(from, to);
    return first | std::uint64_t{lower_block(from + block_size, to + block_size)} << block_size;
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
    if (size <= block_size) [[likely]] {
        const std::size_t behind = (size < half ? half : size) - half;
        std::memcpy(to, from, half);
        std::memcpy(to + behind, from + behind, half);
        return;
    }
    std::size_t at = 0;
    for (; size > at + block_size; at += block_size) std::memcpy(to + at, from + at, block_size);
    // What is left are two halves that overlap, so its size decides no branch.
    const std::size_t last = size - half;
    at = at < last ? at : last;
    std::memcpy(to + at, from + at, half);
    std::memcpy(to + last, from + last, half);
#else
    std::memcpy(to, from, size);
#endif
}

#ifdef APEX_LINES
APEX_LINES inline bool line_matches(const std::uint8_t* at, const Line& pattern,
                                    const Line& mask) noexcept {
    const __m512i bits = _mm512_and_si512(_mm512_loadu_si512(at), _mm512_loadu_si512(mask.data()));
    return _mm512_cmpneq_epi64_mask(bits, _mm512_loadu_si512(pattern.data())) == 0;
}
#endif

/// True when the octets at `at`, a block or a line, equal `pattern` in every bit that is set
/// in `mask`. `pattern` has none but those.
template <std::size_t Size>
bool matches(const std::uint8_t* at, const std::array<std::uint8_t, Size>& pattern,
             const std::array<std::uint8_t, Size>& mask,
             [[maybe_unused]] Vectors vectors = Vectors::blocks) noexcept {
    static_assert(Size % block_size == 0);
#ifdef APEX_LINES
    if constexpr (Size == line_size) {
        if (vectors == Vectors::lines) return line_matches(at, pattern, mask);
    }
#endif
#ifdef APEX_BLOCKS_AVX2
    __m256i differ = _mm256_setzero_si256();
    for (std::size_t n = 0; n < Size; n += block_size) {
        const __m256i bits = _mm256_and_si256(load_block(at + n), load_block(mask.data() + n));
        differ = _mm256_or_si256(differ, _mm256_xor_si256(bits, load_block(pattern.data() + n)));
    }
    return _mm256_testz_si256(differ, differ) != 0;
#else
    for (std::size_t n = 0; n < Size; ++n) {
        if ((at[n] & mask[n]) != pattern[n]) return false;
    }
    return true;
#endif
}

/// Which octet of 16 comes to each of their places.
using Order = std::array<std::uint8_t, 16>;

/// Puts the octets at `at` into another order.
inline void rearrange(std::uint8_t* at, const Order& order) noexcept {
#ifdef APEX_BLOCKS_AVX2
    const auto load = [](const std::uint8_t* from) {
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    };
    _mm_storeu_si128(reinterpret_cast<__m128i*>(at),
                     _mm_shuffle_epi8(load(at), load(order.data())));
#else
    Order octets;
    std::memcpy(octets.data(), at, octets.size());
    for (std::size_t n = 0; n < order.size(); ++n) at[n] = octets[order[n]];
#endif
}

}  // namespace apex::wire
