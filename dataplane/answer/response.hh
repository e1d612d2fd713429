// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// From a parsed query and a snapshot of the table to the reply's bytes, written
// over the query's. Packet path.
#pragma once

#include <cstdint>

#include "dataplane/answer/query.hh"
#include "dataplane/table/table.hh"

namespace apex::answer {

struct Reply {
    std::uint16_t length = 0;  ///< octets of the DNS message; 0: nothing is sent
    Verdict verdict{};
    /// One's complement sum of the reply's 16-bit words minus the query's, both
    /// from the DNS header on: what the UDP checksum changes by (RFC 1624).
    std::uint64_t checksum_delta = 0;
};

/// Writes the reply to `query` into its buffer. The question stays as the client
/// sent it, letter case included. A reply that is longer than limit(query) is
/// sent without records and with TC set. `probe`: what the snapshot's probe() said
/// of the query's name.
Reply respond(Query& query, const table::Snapshot& snapshot, const table::Probe& probe) noexcept;
/// What most replies are, to a query of which parse_usual_query() said true: data of an
/// existing name. A length of 0 says nothing of it and leaves all as it was, respond() tells.
Reply respond_plainly(const Query& query, const table::Snapshot& snapshot,
                      const table::Probe& probe) noexcept;
/// The same where the probe found that no node has the name: what a wildcard, a zone cut or
/// the zone says right above it.
Reply respond_plainly_to_miss(const Query& query, const table::Snapshot& snapshot,
                              const table::Probe& probe) noexcept;
inline Reply respond(Query& query, const table::Snapshot& snapshot) noexcept {
    return respond(
        query, snapshot,
        query.verdict == Verdict::answer ? snapshot.probe_at_once(query.name) : table::Probe{});
}

}  // namespace apex::answer
