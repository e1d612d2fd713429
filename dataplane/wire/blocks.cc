// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/wire/blocks.hh"

namespace apex::wire {

Vectors best_vectors() noexcept {
#ifdef APEX_LINES
    if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
        __builtin_cpu_supports("avx512vl") != 0) {
        return Vectors::lines;
    }
#endif
    return Vectors::blocks;
}

const char* vectors_text(Vectors vectors) noexcept {
    if (vectors == Vectors::lines) return "AVX-512";
#ifdef APEX_BLOCKS_AVX2
    return "AVX2";
#else
    return "none";
#endif
}

}  // namespace apex::wire
