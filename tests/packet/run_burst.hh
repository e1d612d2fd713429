// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// One frame through io::Burst, with everything that can be seen of it.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "dataplane/answer/counters.hh"
#include "dataplane/io/burst.hh"
#include "tests/packet/frame.hh"
#include "tests/packet/sample_table.hh"

namespace apex::test {

using Counts = std::array<std::uint64_t, answer::verdict_count>;

inline Counts counts_of(const answer::Counters& counters) {
    Counts counts{};
    for (std::size_t n = 0; n < counts.size(); ++n) counts[n] = counters.get(answer::Verdict(n));
    return counts;
}

/// `verdict` once and nothing else.
inline Counts only(answer::Verdict verdict) {
    Counts counts{};
    counts[answer::index(verdict)] = 1;
    return counts;
}

struct Outcome {
    answer::Verdict verdict{};
    std::string reply;  ///< empty: none
    std::string left;   ///< the query's octets afterwards
    Counts moved{};
};

/// Runs `frame` alone, in a buffer of `capacity` octets that has `behind` behind it.
inline Outcome run_one(io::Burst& burst, const SampleTable& table, std::string_view frame,
                       std::size_t capacity, std::string_view behind = {}) {
    FrameBuffer buffer(frame, capacity, behind);
    answer::Counters counters;
    burst.run(std::span(&buffer.frame(), 1), table.snapshot(), counters);
    return {buffer.frame().verdict, buffer.bytes(buffer.frame().reply_length),
            buffer.bytes(frame.size()), counts_of(counters)};
}

/// The two sizes of buffer that matter: an mbuf's, and the least that is allowed.
inline std::array<std::size_t, 2> capacities(std::string_view frame) {
    return {frame.size() + answer::padding, 2048};
}

inline std::string name_of_verdict(answer::Verdict verdict) {
    return std::string(answer::verdict_texts[answer::index(verdict)].name);
}

}  // namespace apex::test
