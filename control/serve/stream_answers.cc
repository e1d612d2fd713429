// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/serve/stream_answers.hh"

#include <event2/buffer.h>

#include <array>

#include "dataplane/answer/response.hh"
#include "dataplane/wire/bytes.hh"
#include "dataplane/wire/header.hh"

namespace apex::control {

namespace {

/// The length of the message that comes next; nothing before its prefix is there.
std::optional<std::size_t> next_length(evbuffer* in) {
    std::array<std::uint8_t, StreamAnswers::prefix_size> prefix;
    if (evbuffer_copyout(in, prefix.data(), prefix.size()) !=
        static_cast<ev_ssize_t>(prefix.size())) {
        return std::nullopt;
    }
    return wire::load_be16(prefix.data());
}

}  // namespace

StreamAnswers::StreamAnswers(table::Table& table, unsigned reader, const answer::Server& server,
                             std::uint16_t keepalive)
    : table_(table),
      reader_(table, reader),
      server_(server),
      buffer_(prefix_size + max_message + answer::padding) {
    replies_.reserve(max_waiting + prefix_size + max_message);
    query_.server = &server_;
    query_.keepalive = keepalive;
}

std::optional<std::size_t> StreamAnswers::answer(evbuffer* in, evbuffer* out) {
    std::size_t answered = 0;
    bool is_client = true;
    replies_.clear();
    const std::size_t waiting = evbuffer_get_length(out);
    reader_.online();
    {
        const table::Snapshot snapshot = table_.snapshot();
        while (waiting + replies_.size() < max_waiting) {
            const auto length = next_length(in);
            if (!length) break;
            // Said before it is all there: nothing good will come.
            if (is_client = *length >= wire::header_size; !is_client) {
                counters_.add(answer::Verdict::drop_short_message);
                break;
            }
            if (evbuffer_get_length(in) < prefix_size + *length) break;
            evbuffer_remove(in, buffer_.data(), prefix_size + *length);
            const std::size_t reply = answer_one(*length, snapshot);
            if (is_client = reply != 0; !is_client) break;
            wire::store_be16(buffer_.data(), static_cast<std::uint16_t>(reply));
            const auto end = buffer_.begin() + static_cast<std::ptrdiff_t>(prefix_size + reply);
            replies_.insert(replies_.end(), buffer_.begin(), end);
            ++answered;
        }
    }
    reader_.offline();
    if (evbuffer_add(out, replies_.data(), replies_.size()) != 0 || !is_client) return std::nullopt;
    return answered;
}

/// The length of the reply, which is where the message was; 0: none.
std::size_t StreamAnswers::answer_one(std::size_t length, const table::Snapshot& snapshot) {
    answer::parse_query(buffer_.data() + prefix_size, length, max_message + answer::padding,
                        snapshot.hash_key(), query_);
    const answer::Reply reply = answer::respond(query_, snapshot);
    counters_.add(reply.verdict);
    return reply.length;
}

}  // namespace apex::control
