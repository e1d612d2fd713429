// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// One query, taken apart. What can be refused without looking anything up is
// decided here. Packet path.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/answer/counters.hh"
#include "dataplane/answer/server.hh"
#include "dataplane/wire/blocks.hh"
#include "dataplane/wire/edns.hh"
#include "dataplane/wire/query_name.hh"
#include "dataplane/wire/types.hh"

namespace apex::answer {

/// Octets of capacity that a message buffer must have behind a message, query or
/// reply: names are read and bodies written in whole blocks.
inline constexpr std::uint16_t padding = wire::QueryName::overread;

struct Query {
    const Server* server = &silent_server;  ///< who replies; stays as it is
    /// Over TCP, the time in units of 100 ms after which an idle connection is closed (RFC 7828);
    /// 0: over UDP. Stays as it is.
    std::uint16_t keepalive = 0;
    std::uint8_t* message = nullptr;  ///< the DNS header; the reply is written in place
    std::size_t length = 0;           ///< of the query, octets
    std::size_t room = 0;             ///< longest reply that the buffer takes
    std::size_t question_end = 0;     ///< offset; what the reply keeps of the query
    wire::RrType type{};
    /// Verdict::answer: look the name up; chaos: the name is one of the server's own.
    /// Another reply: send that. Else: no reply.
    Verdict verdict = Verdict::answer;
    wire::Edns edns;
    std::uint64_t tail_sum = 0;  ///< one's complement sum of what the reply does not keep
    wire::QueryName name;        ///< set when verdict is `answer` or `chaos`
};

/// The longest reply that both the client (RFC 6891 §6.2.5) and the buffer take; over TCP the
/// latter alone.
std::size_t limit(const Query& query) noexcept;

/// Parses message[0..length) into `query`. The buffer is writable up to
/// `capacity`, which must exceed `length` by `padding`.
/// RFC 1035 §4.1, RFC 6891 §6, RFC 9619 (one question).
///
/// The name's end is guessed (wire/query_name.hh): a name that is not found in the
/// table and does not split was no such name, and parse_again() tells what it was.
void parse_query(std::uint8_t* message, std::size_t length, std::size_t capacity,
                 const wire::HashKey& key, Query& query) noexcept;

/// The same for a message of at least a header, in which QR and opcode are 0, QDCOUNT is 1,
/// ANCOUNT and NSCOUNT 0. True for what nearly all are: to be looked up, and with nothing
/// besides the question but perhaps an OPT without options.
bool parse_usual_query(std::uint8_t* message, std::size_t length, std::size_t capacity,
                       const wire::HashKey& key, Query& query,
                       wire::Vectors vectors = wire::Vectors::blocks) noexcept;

/// Parses the same message label by label.
void parse_again(const wire::HashKey& key, Query& query) noexcept;

}  // namespace apex::answer
