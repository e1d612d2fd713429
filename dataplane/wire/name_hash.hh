// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Seeded hash of a name. Whoever names zones does not know the key, so they cannot
// aim at a bucket: it is NH (RFC 4418 §5.2), under which any two names collide for
// at most one key in 2^32, then mixed. Packet path and publisher must agree, so
// both use this.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "dataplane/wire/blocks.hh"
#include "dataplane/wire/bytes.hh"

namespace apex::wire {

/// Octets that are hashed at a time: most names are one such block.
inline constexpr std::size_t hash_block = line_size;

struct HashKey {
    alignas(line_size)
        std::array<std::uint32_t, 64> words{};  ///< one for each word of the longest name
    std::uint64_t mask = 0;
    std::uint64_t multiplier = 1;  ///< odd
};

namespace detail {

#ifdef APEX_BLOCKS_AVX2
inline std::uint64_t add_up(__m256i four) noexcept {
    const __m128i two =
        _mm_add_epi64(_mm256_castsi256_si128(four), _mm256_extracti128_si256(four, 1));
    return static_cast<std::uint64_t>(
        _mm_cvtsi128_si64(_mm_add_epi64(two, _mm_unpackhi_epi64(two, two))));
}
#endif

#ifdef APEX_LINES
APEX_LINES inline std::uint64_t hash_line(const std::uint8_t* line, std::size_t size,
                                          const std::uint32_t* key) noexcept {
    const __mmask64 counts = _bzhi_u64(~std::uint64_t{0}, static_cast<unsigned>(size));
    const __m512i words = _mm512_maskz_mov_epi8(counts, _mm512_loadu_si512(line));
    const __m512i sums = _mm512_add_epi32(words, _mm512_loadu_si512(key));
    // Zeroing forms with nothing to zero: of the others GCC 12 says that they use what is not set.
    const __m512i odd = _mm512_maskz_srli_epi64(0xff, sums, 32);
    const __m512i eight = _mm512_maskz_mul_epu32(0xff, sums, odd);
    return add_up(_mm256_add_epi64(_mm512_maskz_extracti64x4_epi64(0xff, eight, 0),
                                   _mm512_maskz_extracti64x4_epi64(0xff, eight, 1)));
}
#endif

/// The sum over pairs of 32-bit words of (a + its key) * (b + its key), of one
/// block of which `size` octets, at most all, count and the rest is taken for zero.
inline std::uint64_t hash_one_block(const std::uint8_t* block, std::size_t size,
                                    const std::uint32_t* key,
                                    [[maybe_unused]] Vectors vectors) noexcept {
    static_assert(hash_block == line_size);
#ifdef APEX_LINES
    if (vectors == Vectors::lines) return hash_line(block, size, key);
#endif
#ifdef APEX_BLOCKS_AVX2
    const auto half = [&](std::size_t at) {
        const __m256i words = _mm256_and_si256(load_block(block + at), octet_mask(size, at));
        const __m256i sums =
            _mm256_add_epi32(words, load_block(reinterpret_cast<const std::uint8_t*>(key) + at));
        return _mm256_mul_epu32(sums, _mm256_srli_epi64(sums, 32));
    };
    return add_up(_mm256_add_epi64(half(0), half(block_size)));
#else
    std::array<std::uint32_t, hash_block / 4> words{};
    std::memcpy(words.data(), block, size);
    std::uint64_t sum = 0;
    for (std::size_t n = 0; n < words.size(); n += 2) {
        const std::uint32_t a = words[n] + key[n];
        const std::uint32_t b = words[n + 1] + key[n + 1];
        sum += std::uint64_t{a} * b;
    }
    return sum;
#endif
}

inline std::uint64_t hash_octets(const std::uint8_t* name, std::size_t size, const HashKey& key,
                                 Vectors vectors) noexcept {
    std::uint64_t sum = 0;
    const std::uint32_t* words = key.words.data();
    for (; size > hash_block; size -= hash_block) {
        sum += detail::hash_one_block(name, hash_block, words, vectors);
        name += hash_block;
        words += hash_block / sizeof *words;
    }
    sum += detail::hash_one_block(name, size, words, vectors);
    const auto product = static_cast<unsigned __int128>(sum ^ key.mask) * key.multiplier;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace detail

/// The hash of the wildcard below a name that is none itself, from that name's: they
/// differ in the upper half alone, so an index has both in one place.
constexpr std::uint64_t wildcard_hash(std::uint64_t hash) noexcept {
    return hash ^ std::uint64_t{1} << 63;
}

inline constexpr std::uint16_t asterisk_label = wire16(0x012a);  ///< as load16 reads it

/// Hash of a wire-format name of `size` octets (1 to 255), its case folded. Reads
/// up to the end of the last hash_block. A name is not the beginning of another
/// one with zeroes behind it, so its length need not be hashed.
inline std::uint64_t hash_name(const std::uint8_t* name, std::size_t size, const HashKey& key,
                               Vectors vectors = Vectors::blocks) noexcept {
    if (load16(name) == asterisk_label) [[unlikely]] {
        return wildcard_hash(detail::hash_octets(name + 2, size - 2, key, vectors));
    }
    return detail::hash_octets(name, size, key, vectors);
}

/// hash_name() of the wildcard below `name`.
inline std::uint64_t hash_wildcard_below(const std::uint8_t* name, std::size_t size,
                                         const HashKey& key) noexcept {
    return wildcard_hash(detail::hash_octets(name, size, key, Vectors::blocks));
}

}  // namespace apex::wire
