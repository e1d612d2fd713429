// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/answer/query.hh"

#include <algorithm>

#include "dataplane/wire/header.hh"

namespace apex::answer {

namespace {

constexpr std::size_t question_tail = 4;  // QTYPE and QCLASS

/// Everything behind the header. The verdict, `answer` when it is worth a lookup.
Verdict parse_sections(wire::Bytes message, const wire::HashKey& key, Query& query) noexcept {
    const std::uint8_t* header = message.data();
    // Exactly one question; a query carries no answers or authority (RFC 9619).
    if (wire::load_be16(header + wire::qdcount_offset) != 1 ||
        wire::load_be32(header + wire::ancount_offset) != 0) {
        return Verdict::formerr;
    }
    if (!query.name.parse(message.subspan(wire::header_size), key)) return Verdict::formerr;
    const std::size_t name_end = wire::header_size + query.name.size();
    if (message.size() - name_end < question_tail) return Verdict::formerr;
    const auto question_end = static_cast<std::uint16_t>(name_end + question_tail);
    query.type = static_cast<wire::RrType>(wire::load_be16(header + name_end));
    const std::uint16_t qclass = wire::load_be16(header + name_end + 2);

    const std::uint16_t additional = wire::load_be16(header + wire::arcount_offset);
    if (additional > 0 &&
        !wire::parse_additional(message.subspan(question_end), additional, query.edns)) {
        query.edns = {};
        return Verdict::formerr;
    }
    query.question_end = question_end;  // from here on replies repeat the question
    if (query.edns.version > 0) return Verdict::badvers;
    if (qclass != wire::class_in) return Verdict::refused;
    if (query.type == wire::RrType::axfr || query.type == wire::RrType::ixfr) {
        return Verdict::refused;
    }
    return Verdict::answer;
}

}  // namespace

void parse_query(std::uint8_t* message, std::uint16_t length, std::uint16_t capacity,
                 const wire::HashKey& key, Query& query) noexcept {
    query.message = message;
    query.length = length;
    query.question_end = wire::header_size;
    query.edns = {};
    if (length < wire::header_size) {
        query.verdict = Verdict::drop_short_message;
        return;
    }
    const std::uint16_t flags = wire::load_be16(message + wire::flags_offset);
    if ((flags & wire::qr_flag) != 0) {
        query.verdict = Verdict::drop_response;
        return;
    }
    query.verdict = (flags & wire::opcode_mask) != 0
                        ? Verdict::notimp
                        : parse_sections({message, length}, key, query);
    const std::uint16_t wanted =
        query.edns.present ? std::clamp(query.edns.udp_payload, wire::min_udp_payload,
                                        wire::max_udp_payload)
                           : wire::min_udp_payload;
    query.limit = std::min(wanted, static_cast<std::uint16_t>(capacity - padding));
}

}  // namespace apex::answer
