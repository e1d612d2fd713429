// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Every length that a frame can be cut to, with headers that still tell the old
// length and with headers that tell the new one. Each has a named fate, and no
// reply has a wrong length.
#include <gtest/gtest.h>

#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"
#include "tests/packet/run_burst.hh"

namespace apex::test {
namespace {

using answer::Verdict;

class TruncationTest : public testing::Test {
  protected:
    static SampleTable& table() {
        static SampleTable sample;
        return sample;
    }
    io::Burst burst_{sample_endpoint(false)};
};

std::vector<FrameSpec> good_frames() {
    const std::string query = make_query("www.example.com", wire::RrType::a);
    std::vector<FrameSpec> specs;
    for (const bool v6 : {false, true}) {
        for (const std::vector<std::uint16_t>& tags :
             {std::vector<std::uint16_t>{}, {0x8100}, {0x88a8, 0x8100}}) {
            specs.push_back({.payload = query, .v6 = v6, .tags = tags});
        }
    }
    return specs;
}

TEST_F(TruncationTest, CutFramesAreDroppedByName) {
    for (const FrameSpec& spec : good_frames()) {
        const std::string whole = make_frame(spec);
        const std::size_t ip = ip_at + 4 * spec.tags.size();
        const std::size_t headers = ip + (spec.v6 ? 40 : 20);
        for (std::size_t size = 0; size < whole.size(); ++size) {
            const std::string frame = whole.substr(0, size);
            const Verdict expected = size < headers ? Verdict::drop_runt : Verdict::drop_bad_length;
            for (const std::size_t capacity : capacities(frame)) {
                // Also with the rest still there, as a buffer used again may have it.
                for (const std::string& behind : {std::string(), whole.substr(size)}) {
                    const Outcome outcome = run_one(burst_, table(), frame, capacity, behind);
                    ASSERT_EQ(name_of_verdict(outcome.verdict), name_of_verdict(expected))
                        << size << " of " << whole.size() << (spec.v6 ? " IPv6" : " IPv4");
                    ASSERT_EQ(outcome.moved, only(expected));
                    ASSERT_EQ(outcome.reply, "");
                    ASSERT_EQ(outcome.left, frame);
                }
            }
        }
        EXPECT_EQ(run_one(burst_, table(), whole, 2048).verdict, Verdict::answer);
    }
}

// The message cut, the headers honest about it.
TEST_F(TruncationTest, CutMessagesAreAnsweredOrDroppedByName) {
    for (FrameSpec spec : good_frames()) {
        const std::string query = spec.payload;
        for (std::size_t size = 0; size < query.size(); ++size) {
            spec.payload = query.substr(0, size);
            const std::string frame = make_frame(spec);
            for (const std::size_t capacity : capacities(frame)) {
                const Outcome outcome = run_one(burst_, table(), frame, capacity);
                const Verdict expected = size < 12 ? Verdict::drop_short_message : Verdict::formerr;
                ASSERT_EQ(name_of_verdict(outcome.verdict), name_of_verdict(expected)) << size;
                ASSERT_EQ(outcome.moved, only(expected));
                if (size < 12) {
                    ASSERT_EQ(outcome.reply, "");
                } else {
                    // A question that is whole is repeated.
                    const std::size_t question_end = query.size() - wire::opt_size;
                    const bool is_whole = size >= question_end;
                    const std::string reply = query.substr(0, 2) + be16(0x8101) +
                                              be16(is_whole ? 1 : 0) + std::string(6, '\0') +
                                              (is_whole ? query.substr(12, question_end - 12) : "");
                    ASSERT_EQ(outcome.reply, expected_reply(spec, reply)) << size;
                }
            }
        }
    }
}

// The headers cut too: IP and UDP lengths that are right for what little is there.
TEST_F(TruncationTest, CutDatagramsWithHonestIpLengths) {
    for (const FrameSpec& spec : good_frames()) {
        const std::string whole = make_frame(spec);
        const std::size_t ip = ip_at + 4 * spec.tags.size();
        const std::size_t udp = ip + (spec.v6 ? 40 : 20);
        for (std::size_t size = udp; size < whole.size(); ++size) {
            std::string frame = whole.substr(0, size);
            put16(frame, ip + (spec.v6 ? 4 : 2),
                  static_cast<unsigned>(size - (spec.v6 ? udp : ip)));
            if (!spec.v6) fix_ipv4_checksum(frame, ip);
            for (const std::size_t capacity : capacities(frame)) {
                const Outcome outcome = run_one(burst_, table(), frame, capacity);
                ASSERT_EQ(outcome.moved, only(Verdict::drop_bad_length)) << size;
                ASSERT_EQ(outcome.reply, "");
            }
        }
    }
}

}  // namespace
}  // namespace apex::test
