// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/answer/query.hh"

#include <algorithm>

#include "dataplane/wire/checksum.hh"
#include "dataplane/wire/header.hh"

namespace apex::answer {

namespace {

constexpr std::size_t question_tail = 4;  // QTYPE and QCLASS

/// Octets of the OPT and of what is behind it, and their sum.
std::uint64_t sum_tail(const Query& query) noexcept {
    return wire::sum_words({query.message + query.question_end, query.length - query.question_end});
}

[[gnu::noinline]] bool parse_any_additional(wire::Bytes records, std::uint16_t count,
                                            Query& query) noexcept {
    query.edns = {};
    query.tail_sum = wire::sum_words(records);
    return wire::parse_additional(records, count, query.edns);
}

/// Everything behind the name. The verdict, `answer` when it is worth a lookup.
Verdict parse_tail(wire::Bytes message, Query& query) noexcept {
    const std::uint8_t* header = message.data();
    const std::size_t name_end = wire::header_size + query.name.size();
    if (message.size() - name_end < question_tail) return Verdict::formerr;
    const std::size_t question_end = name_end + question_tail;
    query.type = static_cast<wire::RrType>(wire::load_be16(header + name_end));
    const std::uint16_t qclass = wire::load_be16(header + name_end + 2);
    const std::uint16_t additional = wire::load_be16(header + wire::arcount_offset);
    const wire::Bytes records = message.subspan(question_end);
    if (!wire::parse_plain_additional(records.data(), records.size(), additional, query.edns,
                                      query.tail_sum)) [[unlikely]] {
        if (!parse_any_additional(records, additional, query)) return Verdict::formerr;
    }
    query.question_end = question_end;  // from here on replies repeat the question
    if (query.edns.version() > 0) return Verdict::badvers;
    if (qclass != wire::class_in) return Verdict::refused;
    if (query.type == wire::RrType::axfr || query.type == wire::RrType::ixfr) {
        return Verdict::refused;
    }
    return Verdict::answer;
}

/// A message that is answered, but without a lookup.
[[gnu::noinline]] void refuse(Verdict verdict, Query& query) noexcept {
    query.verdict = verdict;
    if (verdict == Verdict::formerr || verdict == Verdict::notimp) {
        query.edns = {};
        query.question_end = wire::header_size;
        query.tail_sum = sum_tail(query);
    }
}

}  // namespace

std::size_t limit(const Query& query) noexcept {
    return std::min<std::size_t>(
        query.room,
        std::clamp(query.edns.udp_payload(), wire::min_udp_payload, wire::max_udp_payload));
}

[[gnu::noinline]] void parse_again(const wire::HashKey& key, Query& query) noexcept {
    const wire::Bytes message{query.message, query.length};
    Verdict verdict = Verdict::formerr;
    if (query.name.parse(message.subspan(wire::header_size), key)) {
        verdict = parse_tail(message, query);
    }
    query.verdict = verdict;
    if (verdict != Verdict::answer) refuse(verdict, query);
}

void parse_query(std::uint8_t* message, std::size_t length, std::size_t capacity,
                 const wire::HashKey& key, Query& query) noexcept {
    query.message = message;
    query.length = length;
    query.room = capacity - padding;
    if (length < wire::header_size) {
        query.verdict = Verdict::drop_short_message;
        return;
    }
    const std::uint16_t flags = wire::load_be16(message + wire::flags_offset);
    if ((flags & wire::qr_flag) != 0) {
        query.verdict = Verdict::drop_response;
        return;
    }
    if ((flags & wire::opcode_mask) != 0) return refuse(Verdict::notimp, query);
    // Exactly one question; a query carries no answers or authority (RFC 9619).
    constexpr std::uint64_t one_question = wire::pack16(1, 0, 0, 0);
    if (wire::load64(message + wire::qdcount_offset) << 16 != one_question << 16) {
        return refuse(Verdict::formerr, query);
    }
    const wire::Bytes bytes{message, length};
    if (!query.name.guess(bytes.subspan(wire::header_size), key) ||
        parse_tail(bytes, query) != Verdict::answer) [[unlikely]] {
        return parse_again(key, query);
    }
    query.verdict = Verdict::answer;
}

}  // namespace apex::answer
