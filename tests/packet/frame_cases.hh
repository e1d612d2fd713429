// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The table of frames: what comes in, its fate, and what goes out. packet_test.cc
// runs it; write_corpus.cc makes the fuzzer's seeds from it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dataplane/answer/counters.hh"
#include "tests/packet/frame.hh"

namespace apex::test {

struct FrameCase {
    std::string description;
    std::string in;
    answer::Verdict verdict{};
    std::optional<std::string> out;  ///< the whole reply; none: silence
    bool partial_checksums = false;  ///< of the endpoint
};

using Cases = std::vector<FrameCase>;

/// Sent to sample_endpoint(), answered by sample_server() from a SampleTable.
Cases frame_cases();

// What they are made of.

inline constexpr std::uint16_t vlan = 0x8100;
inline constexpr std::uint16_t qinq = 0x88a8;

/// A at www.example.com, with EDNS.
std::string www_query();
std::string www_reply();
FrameCase answered(std::string description, const FrameSpec& spec, answer::Verdict verdict,
                   const std::string& reply, bool partial_checksums = false);
FrameCase silent(std::string description, std::string frame, answer::Verdict verdict,
                 bool partial_checksums = false);
/// Appends those of header_cases.cc.
void add_header_cases(Cases& cases);

}  // namespace apex::test
