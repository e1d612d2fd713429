// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Any octets as a frame through io::Burst, in the smallest buffer that is allowed
// and in an mbuf's, on a port with and without partial checksums. What must hold
// whatever comes in: one counter moves, silence leaves the frame alone, a reply
// is well-formed, and its checksum verifies when the query's did and only then.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/packet/octets.hh"
#include "tests/packet/run_burst.hh"

namespace {

using namespace apex;

void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "frame_fuzz: broken: %s\n", what);
    std::abort();
}

/// Offset of the IP header; the frame has had a reply, so it has one.
std::size_t ip_of(std::string_view frame) {
    std::size_t at = 12;
    while (test::be16_at(frame, at) == 0x8100 || test::be16_at(frame, at) == 0x88a8) at += 4;
    return at + 2;
}

void check_reply(std::string_view query, const test::Outcome& outcome, bool partial_checksums) {
    require(answer::is_reply(outcome.verdict), "a reply has a reply's verdict");
    const std::string faults = test::frame_faults(outcome.reply, test::Checksums::ignore);
    require(faults.empty(), faults.c_str());
    const std::size_t ip = ip_of(query);
    const bool v6 = test::be16_at(query, ip - 2) == 0x86dd;
    const std::size_t udp = ip + (v6 ? 40 : 20);
    require(test::be16_at(outcome.reply, udp + 8) == test::be16_at(query, udp + 8), "same id");
    require((test::octet_at(outcome.reply, udp + 10) & 0x80) != 0, "QR is set");
    require(outcome.reply.size() <= udp + 8 + 1232, "no longer than the largest limit");
    require(outcome.reply.substr(0, 6) == query.substr(6, 6), "to where it came from");

    // IPv4's own checksum is carried over like UDP's.
    const bool ip_good = v6 || test::plain_sum(query.substr(ip, 20)) == 0xffff;
    const bool none = test::be16_at(query, udp + 6) == 0;
    const bool good = test::checksums_verify(query);
    if (good || (none && ip_good)) {
        require(test::checksums_verify(outcome.reply), "a right checksum stays right");
    } else if (!ip_good || !partial_checksums) {
        require(!test::checksums_verify(outcome.reply), "a wrong checksum stays wrong");
    }
}

void run(std::string_view frame, bool partial_checksums) {
    static const test::SampleTable table;
    static io::Burst bursts[] = {io::Burst(test::sample_endpoint(false), test::sample_server()),
                                 io::Burst(test::sample_endpoint(true), test::sample_server())};
    for (const std::size_t capacity : test::capacities(frame)) {
        const test::Outcome outcome =
            test::run_one(bursts[partial_checksums ? 1 : 0], table, frame, capacity);
        require(answer::index(outcome.verdict) < answer::verdict_count, "a named verdict");
        require(outcome.moved == test::only(outcome.verdict), "one counter moves");
        if (outcome.reply.empty()) {
            require(!answer::is_reply(outcome.verdict), "silence has no reply's verdict");
            require(outcome.left == frame, "silence leaves the frame alone");
        } else {
            require(outcome.reply.size() <= capacity, "the reply fits its buffer");
            check_reply(frame, outcome, partial_checksums);
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size + answer::padding > 2048) return 0;  // longer than an mbuf; the worker drops those
    const std::string frame(data, data + size);
    run(frame, false);
    run(frame, true);
    return 0;
}
