// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// One query, taken apart. What can be refused without looking anything up is
// decided here. Packet path.
#pragma once

#include <cstdint>

#include "dataplane/answer/counters.hh"
#include "dataplane/wire/blocks.hh"
#include "dataplane/wire/edns.hh"
#include "dataplane/wire/query_name.hh"
#include "dataplane/wire/types.hh"

namespace apex::answer {

/// Octets of capacity that a message buffer must have behind a message, query or
/// reply: names are read and bodies written in whole blocks.
inline constexpr std::uint16_t padding = wire::block_size;

struct Query {
    std::uint8_t* message = nullptr;  ///< the DNS header; the reply is written in place
    std::uint16_t length = 0;         ///< of the query, octets
    std::uint16_t limit = 0;          ///< longest reply that client and buffer take
    std::uint16_t question_end = 0;   ///< offset; what the reply keeps of the query
    wire::RrType type{};
    /// Verdict::answer: look the name up. Another reply: send that. Else: no reply.
    Verdict verdict = Verdict::answer;
    wire::Edns edns;
    wire::QueryName name;             ///< set when verdict is `answer`
};

/// Parses message[0..length) into `query`. The buffer is writable up to
/// `capacity`, which must exceed `length` by `padding`.
/// RFC 1035 §4.1, RFC 6891 §6, RFC 9619 (one question).
void parse_query(std::uint8_t* message, std::uint16_t length, std::uint16_t capacity,
                 const wire::HashKey& key, Query& query) noexcept;

}  // namespace apex::answer
