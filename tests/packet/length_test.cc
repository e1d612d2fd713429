// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Every length of response from the least to the limit, as whole frames: lengths
// and checksums verified in full, and never past the buffer's end.
#include <gtest/gtest.h>

#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"
#include "tests/packet/run_burst.hh"

namespace apex::test {
namespace {

using answer::Verdict;
using wire::RrType;

class LengthTest : public testing::Test {
  protected:
    static SampleTable& table() {
        static SampleTable sample;
        return sample;
    }

    /// A query for a body of `octets`, and what must come back for it.
    void check(const FrameSpec& frame, std::size_t octets, bool longer, std::optional<OptSpec> opt,
               std::size_t limit) {
        const std::string name = sized_name(octets, longer);
        FrameSpec spec = frame;
        spec.payload = make_query(name, RrType::txt, opt);
        const std::string in = make_frame(spec);
        const std::string question = wire_name(name) + be16(16) + be16(1);
        const std::string our_opt = opt ? make_opt({}) : "";
        const std::size_t whole = 12 + question.size() + octets + our_opt.size();
        for (const std::size_t capacity : capacities(in)) {
            // What is written behind a reply in whole blocks takes room as well.
            const std::size_t room = capacity - answer::padding - (in.size() - spec.payload.size());
            const bool fits = whole <= std::min(limit, room);
            const std::string reply = be16(0x1234) + be16(fits ? 0x8500 : 0x8700) + be16(1) +
                                      be16(fits ? 1 : 0) + be16(0) + be16(opt ? 1 : 0) + question +
                                      (fits ? sized_body(octets) : "") + our_opt;
            const Outcome outcome = run_one(burst_, table(), in, capacity);
            ASSERT_EQ(outcome.moved, only(fits ? Verdict::answer : Verdict::truncated))
                << octets << " octets, capacity " << capacity;
            ASSERT_EQ(outcome.reply, expected_reply(spec, reply))
                << octets << " octets, capacity " << capacity;
            ASSERT_EQ(frame_faults(outcome.reply), "")
                << octets << " octets, capacity " << capacity;
        }
    }

    io::Burst burst_{sample_endpoint(false)};
};

TEST_F(LengthTest, EveryLengthUpToTheLargestLimit) {
    for (const bool v6 : {false, true}) {
        for (std::size_t octets = 0; octets <= max_sized_body; ++octets) {
            for (const bool longer : {false, true}) {
                check({.v6 = v6}, octets, longer, OptSpec{.udp_payload = 4096}, 1232);
            }
        }
    }
}

TEST_F(LengthTest, EveryLengthUpTo512WithoutEdns) {
    for (const bool v6 : {false, true}) {
        for (std::size_t octets = 0; octets <= 520; ++octets) {
            for (const bool longer : {false, true}) {
                check({.v6 = v6}, octets, longer, std::nullopt, 512);
            }
        }
    }
}

// Checksums made anew, over every length as well.
TEST_F(LengthTest, EveryLengthWithoutAChecksumInTheQuery) {
    for (std::size_t octets = 0; octets <= max_sized_body; ++octets) {
        check({.checksum = UdpChecksum::zero}, octets, false, OptSpec{.udp_payload = 4096}, 1232);
    }
}

TEST_F(LengthTest, EveryLimitAroundOneLength) {
    for (const bool v6 : {false, true}) {
        for (std::uint16_t limit = 500; limit <= 620; ++limit) {
            check({.v6 = v6}, 550, true, OptSpec{.udp_payload = limit},
                  std::max<std::size_t>(limit, 512));
        }
    }
}

}  // namespace
}  // namespace apex::test
