// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The table of frames through io::Burst: verdict, bytes out, and which counters
// moved, all others silent.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/packet/frame_cases.hh"
#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"
#include "tests/packet/run_burst.hh"
#include "tests/packet/vectors.hh"

namespace apex::test {
namespace {

using answer::Verdict;

class PacketTest : public testing::TestWithParam<wire::Vectors> {
  protected:
    static SampleTable& table() {
        static SampleTable sample;
        return sample;
    }
    io::Burst burst_{sample_endpoint(false), sample_server(), GetParam()};
    io::Burst veth_burst_{sample_endpoint(true), sample_server(), GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Vectors, PacketTest, testing::ValuesIn(all_vectors()), vectors_name);

void check(const FrameCase& c, const Outcome& outcome, const std::string& where) {
    SCOPED_TRACE(c.description + where);
    EXPECT_EQ(name_of_verdict(outcome.verdict), name_of_verdict(c.verdict));
    EXPECT_EQ(outcome.moved, only(c.verdict));
    if (!c.out) {
        EXPECT_EQ(outcome.reply, "");
        EXPECT_EQ(outcome.left, c.in) << "a frame without a reply is left as it came";
        EXPECT_FALSE(answer::is_reply(c.verdict));
        return;
    }
    EXPECT_EQ(outcome.reply, *c.out);
    EXPECT_TRUE(answer::is_reply(c.verdict));
    EXPECT_EQ(frame_faults(outcome.reply, Checksums::ignore), "");
}

TEST_P(PacketTest, Table) {
    for (const FrameCase& c : frame_cases()) {
        io::Burst& burst = c.partial_checksums ? veth_burst_ : burst_;
        for (const std::size_t capacity : capacities(c.in)) {
            // In a buffer with no room for the reply it is cut short, which the
            // test of response lengths covers; here the whole reply is wanted.
            const std::size_t needed =
                c.out ? std::max(capacity, c.out->size() + answer::padding) : capacity;
            check(c, run_one(burst, table(), c.in, needed), ", capacity " + std::to_string(needed));
        }
    }
}

// What the reply's checksum verifies as, by a computation over the whole frame
// that does not know the right answer's bytes.
TEST_P(PacketTest, RepliesVerifyWhenTheirQueriesDid) {
    for (const FrameCase& c : frame_cases()) {
        if (!c.out) continue;
        const Outcome outcome =
            run_one(c.partial_checksums ? veth_burst_ : burst_, table(), c.in, 2048);
        const bool corrupt = c.description.find("corrupt") != std::string::npos;
        EXPECT_EQ(checksums_verify(outcome.reply), !corrupt) << c.description;
    }
}

TEST_P(PacketTest, EveryVerdictOfTheDataplaneIsInTheTable) {
    std::set<std::string> seen;
    for (const FrameCase& c : frame_cases()) seen.insert(name_of_verdict(c.verdict));
    // Runts: truncation_test.cc. The others are the worker's.
    for (const char* elsewhere :
         {"drop_runt", "drop_bad_checksum", "multi_segment", "spread_full", "tx_full",
          "punt_limited", "punt_full", "kernel_sent", "kernel_tx_full"})
        seen.insert(elsewhere);
    for (const answer::VerdictText& text : answer::verdict_texts) {
        EXPECT_TRUE(seen.count(std::string(text.name))) << text.name;
    }
}

TEST_P(PacketTest, AFullBurstKeepsItsFramesApart) {
    const std::vector<FrameCase> cases = frame_cases();
    for (std::size_t from = 0; from < cases.size(); from += io::burst_size) {
        const std::size_t count = std::min(io::burst_size, cases.size() - from);
        std::vector<FrameBuffer> buffers;
        std::vector<io::Frame> frames;
        Counts expected{};
        for (std::size_t n = 0; n < count; ++n) {
            buffers.emplace_back(cases[from + n].in, 2048);
            frames.push_back(buffers.back().frame());
            ++expected[answer::index(cases[from + n].verdict)];
        }
        answer::Counters counters;
        veth_burst_.run(frames, table().snapshot(), counters);
        EXPECT_EQ(counts_of(counters), expected);
        for (std::size_t n = 0; n < count; ++n) {
            EXPECT_EQ(buffers[n].bytes(frames[n].reply_length), cases[from + n].out.value_or(""))
                << cases[from + n].description;
        }
    }
}

/// The DNS message of a reply, from behind a UDP header at `udp`.
std::string message_of(const Outcome& outcome, std::size_t udp) {
    return outcome.reply.empty() ? "" : outcome.reply.substr(udp + 8);
}

// A tag takes a frame off the way that nearly all go.
TEST_P(PacketTest, ATaggedFrameIsAnsweredWithTheSameMessage) {
    const std::string x(61, 'x');
    const std::vector<std::string> names{
        "example.com",         "www.example.com",
        "WWW.eXample.com",     "ent.example.com",
        "none.example.com",    "down.example.com",
        "stale.example.com",   "cname.example.com",
        "broken.example.com",  "empty.example.com",
        "cut.example.com",     "below.cut.example.com",
        "dn.example.com",      "below.dn.example.com",
        "*.wild.example.com",  "any.wild.example.com",
        "inner.example.com",   "none.inner.example.com",
        "example.org",         x + "." + x + "." + x + ".example.com",
        sized_name(0, false),  sized_name(460, true),
        sized_name(900, false)};
    const std::vector<std::optional<OptSpec>> opts{
        std::nullopt,
        OptSpec{},
        OptSpec{.udp_payload = 100},
        OptSpec{.udp_payload = 4096},
        OptSpec{.version = 1},
        OptSpec{.dnssec_ok = true},
        OptSpec{.options = be16(10) + be16(8) + "clientck"},
        OptSpec{.options = be16(3) + be16(0)}};
    for (const std::string& name : names) {
        for (const unsigned type : {0, 1, 5, 16, 28, 39, 41, 43, 251, 252, 255}) {
            for (const auto& opt : opts) {
                const std::string payload = make_query(name, static_cast<wire::RrType>(type), opt);
                const Outcome plain =
                    run_one(burst_, table(), make_frame({.payload = payload}), 2048);
                const Outcome tagged = run_one(
                    burst_, table(), make_frame({.payload = payload, .tags = {0x8100}}), 2048);
                ASSERT_EQ(plain.moved, tagged.moved) << name << " type " << type;
                ASSERT_EQ(message_of(plain, udp_at_v4), message_of(tagged, udp_at_v4 + 4))
                    << name << " type " << type;
                ASSERT_TRUE(checksums_verify(plain.reply)) << name << " type " << type;
            }
        }
    }
}

TEST_P(PacketTest, EveryServedAddressIsServed) {
    io::Endpoint endpoint = sample_endpoint(false);
    endpoint.addresses.push_back(wire::IpAddress::from_text("10.53.0.9").value());
    io::Burst burst(endpoint, sample_server(), GetParam());
    std::string frame = make_frame(
        {.payload = make_query("www.example.com", wire::RrType::a), .checksum = UdpChecksum::zero});
    EXPECT_EQ(run_one(burst, table(), frame, 2048).verdict, Verdict::answer);
    frame[ip_at + 19] = 9;
    EXPECT_EQ(run_one(burst, table(), frame, 2048).verdict, Verdict::answer);
    frame[ip_at + 19] = 8;
    EXPECT_EQ(run_one(burst, table(), frame, 2048).verdict, Verdict::punt_address);
}

TEST_P(PacketTest, AnEmptyBurstMovesNothing) {
    answer::Counters counters;
    burst_.run({}, table().snapshot(), counters);
    EXPECT_EQ(counts_of(counters), Counts{});
}

// What a kernel leaves for its hardware verifies by chance only elsewhere: on a
// port that does not expect it, it is a corrupt checksum and stays one.
TEST_P(PacketTest, PartialChecksumsAreCorruptWhereNoneAreExpected) {
    for (const bool v6 : {false, true}) {
        const std::string frame =
            make_frame({.payload = make_query("www.example.com", wire::RrType::a),
                        .v6 = v6,
                        .checksum = UdpChecksum::partial});
        const Outcome outcome = run_one(burst_, table(), frame, 2048);
        EXPECT_EQ(frame_faults(outcome.reply, Checksums::ignore), "");
        EXPECT_FALSE(checksums_verify(outcome.reply));
    }
}

// One bit anywhere in what UDP's checksum covers: answered or not, no reply may
// verify. Bits that the reply does not repeat count as much as those it does.
TEST_P(PacketTest, ADamagedBitNeverVerifies) {
    for (const bool v6 : {false, true}) {
        const std::string good =
            make_frame({.payload = make_query("www.example.com", wire::RrType::a), .v6 = v6});
        const std::size_t udp = v6 ? udp_at_v6 : udp_at_v4;
        for (std::size_t at = udp; at < good.size(); ++at) {
            for (unsigned bit = 0; bit < 8; ++bit) {
                std::string frame = good;
                frame[at] = static_cast<char>(octet_at(frame, at) ^ 1U << bit);
                const Outcome outcome = run_one(burst_, table(), frame, 2048);
                if (outcome.reply.empty()) continue;
                EXPECT_FALSE(checksums_verify(outcome.reply)) << at << " bit " << bit;
                EXPECT_EQ(frame_faults(outcome.reply, Checksums::ignore), "");
            }
        }
    }
}

// 0 stands for "none", so a checksum that comes out as 0 is sent as 0xffff. The
// query's id runs through all values, so that the reply's sum does too.
TEST_P(PacketTest, NoChecksumIsEverZero) {
    for (const bool v6 : {false, true}) {
        std::string frame =
            make_frame({.payload = make_query("www.example.com", wire::RrType::a), .v6 = v6});
        const std::size_t id = (v6 ? udp_at_v6 : udp_at_v4) + 8;
        unsigned sent_as_ffff = 0;
        for (unsigned value = 0; value <= 0xffff; ++value) {
            put16(frame, id, value);
            fix_udp_checksum(frame, ip_at, v6);
            const Outcome outcome = run_one(burst_, table(), frame, frame.size() + 64);
            ASSERT_EQ(frame_faults(outcome.reply), "") << value;
            if (be16_at(outcome.reply, id - 2) == 0xffff) ++sent_as_ffff;
        }
        EXPECT_GT(sent_as_ffff, 0U);
    }
}

}  // namespace
}  // namespace apex::test
