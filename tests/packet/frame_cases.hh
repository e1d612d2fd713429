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

namespace apex::test {

struct FrameCase {
    std::string description;
    std::string in;
    answer::Verdict verdict{};
    std::optional<std::string> out;  ///< the whole reply; none: silence
    bool partial_checksums = false;  ///< of the endpoint
};

/// Sent to sample_endpoint(), answered from a SampleTable.
std::vector<FrameCase> frame_cases();

}  // namespace apex::test
