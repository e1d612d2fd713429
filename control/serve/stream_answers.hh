// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Whole messages of a TCP stream, each behind its length (RFC 1035 §4.2.2), answered from the
// record table by the packet path's own code. A reader of the table: one thread, which is offline
// except while it answers, so that it may block in between.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "dataplane/answer/counters.hh"
#include "dataplane/answer/query.hh"
#include "dataplane/answer/server.hh"
#include "dataplane/table/table.hh"

struct evbuffer;

namespace apex::control {

class StreamAnswers {
  public:
    static constexpr std::size_t prefix_size = 2;
    static constexpr std::size_t max_message = 65535;
    /// Octets of replies that wait for a client, above which nothing more is answered.
    static constexpr std::size_t max_waiting = 65536;

    /// `reader`: the id among the table's readers. `keepalive`: what edns-tcp-keepalive is
    /// answered with, in units of 100 ms (RFC 7828), at least 1.
    StreamAnswers(table::Table& table, unsigned reader, const answer::Server& server,
                  std::uint16_t keepalive);

    /// Answers the whole messages in `in`, in their order, behind what is in `out`, until that is
    /// `max_waiting` octets. How many; nothing when the peer has sent what no client
    /// sends: less than a header, or a response.
    std::optional<std::size_t> answer(evbuffer* in, evbuffer* out);

    const answer::Counters& counters() const { return counters_; }

  private:
    std::size_t answer_one(std::size_t length, const table::Snapshot& snapshot);

    table::Table& table_;
    table::Reader reader_;
    answer::Server server_;
    answer::Query query_;
    answer::Counters counters_;
    std::vector<std::uint8_t> replies_;  // of one call; its room is there from the start on
    std::vector<std::uint8_t> buffer_;   // prefix, message, and the padding behind it
};

}  // namespace apex::control
