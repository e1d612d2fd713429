// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// One query through parsing and answering, without a frame around it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>

#include "dataplane/answer/response.hh"
#include "dataplane/answer/server.hh"
#include "dataplane/wire/checksum.hh"
#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"
#include "tests/packet/sample_table.hh"

namespace apex::test {

inline constexpr std::size_t roomy = 2048;

struct Answered {
    answer::Verdict verdict{};
    std::string bytes;
};

/// The sample table's reply to `query` in a buffer of the capacity given; its difference
/// of sums is held against the octets.
inline Answered ask(const std::string& query, std::size_t capacity = roomy,
                    const answer::Server& server = answer::silent_server) {
    static const SampleTable table;
    const auto buffer = std::make_unique<std::uint8_t[]>(capacity);
    std::copy(query.begin(), query.end(), buffer.get());
    const table::Snapshot snapshot = table.snapshot();
    answer::Query parsed;
    parsed.server = &server;
    answer::parse_query(buffer.get(), query.size(), capacity, snapshot.hash_key(), parsed);
    const answer::Reply reply = answer::respond(parsed, snapshot);
    Answered answered{reply.verdict, std::string(buffer.get(), buffer.get() + reply.length)};
    if (reply.length == 0) {
        EXPECT_EQ(std::string(buffer.get(), buffer.get() + query.size()), query) << "it wrote";
    } else {
        const unsigned expected =
            (plain_sum(query) + wire::wire16(wire::fold(reply.checksum_delta))) % 0xffff;
        EXPECT_EQ(plain_sum(answered.bytes) % 0xffff, expected) << "checksum_delta";
    }
    return answered;
}

/// What a reply to `name` must be.
inline std::string expected_reply(std::string_view name, wire::RrType type, unsigned flags,
                                  unsigned ancount, unsigned nscount, const std::string& body,
                                  const std::string& opt, unsigned qclass = wire::class_in) {
    return be16(0x1234) + be16(flags) + be16(1) + be16(ancount) + be16(nscount) +
           be16(opt.empty() ? 0 : 1) + wire_name(name) + be16(wire::to_int(type)) + be16(qclass) +
           body + opt;
}

}  // namespace apex::test
