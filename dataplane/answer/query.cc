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

/// RRs that the counts of the answer and authority sections promise. A query has none of
/// them, but for IXFR (RFC 1995 §3); who sends them is answered all the same.
std::size_t other_records(const std::uint8_t* header) noexcept {
    return std::size_t{wire::load_be16(header + wire::ancount_offset)} +
           wire::load_be16(header + wire::nscount_offset);
}

[[gnu::noinline]] bool parse_any_additional(wire::Bytes records, Query& query) noexcept {
    query.edns = {};
    query.tail_sum = wire::sum_words(records);
    if (wire::parse_additional(records, other_records(query.message),
                               wire::load_be16(query.message + wire::arcount_offset), query.edns)) {
        // What the reply must have besides is never longer than the query.
        if (query.length + query.server->nsid().size() > query.room) {
            query.edns.forget(wire::Edns::ask_nsid);
        }
        if (query.keepalive == 0) query.edns.forget(wire::Edns::ask_keepalive);
        return true;
    }
    query.edns = {};
    return false;
}

/// Everything behind the name. The verdict, `answer` when it is worth a lookup.
/// `is_usual`: the counts of the answer and authority sections are 0.
inline Verdict parse_tail(wire::Bytes message, bool is_usual, Query& query) noexcept {
    const std::uint8_t* header = message.data();
    const std::size_t name_end = wire::header_size + query.name.size();
    if (message.size() - name_end < question_tail) return Verdict::formerr;
    const std::size_t question_end = name_end + question_tail;
    query.type = static_cast<wire::RrType>(wire::load_be16(header + name_end));
    const std::uint16_t qclass = wire::load_be16(header + name_end + 2);
    const std::uint16_t additional = wire::load_be16(header + wire::arcount_offset);
    const wire::Bytes records = message.subspan(question_end);
    query.question_end = question_end;  // from here on replies repeat the question
    if (!is_usual || !wire::parse_plain_additional(records.data(), records.size(), additional,
                                                   query.edns, query.tail_sum)) [[unlikely]] {
        if (!parse_any_additional(records, query)) return Verdict::formerr;
    }
    if (query.edns.version() > 0) return Verdict::badvers;
    if (qclass != wire::class_in) {
        return qclass == wire::class_chaos ? Verdict::chaos : Verdict::refused;
    }
    if (query.type == wire::RrType::axfr || query.type == wire::RrType::ixfr) {
        return Verdict::refused;
    }
    return Verdict::answer;
}

/// Nothing of the question can be repeated.
void forget_question(Query& query) noexcept {
    query.edns = {};
    query.question_end = wire::header_size;
    query.tail_sum = sum_tail(query);
}

/// A message whose header alone says that it gets no lookup: what can be read of it is
/// repeated, the OPT above all (RFC 6891 §6.1.1). That it is malformed or of another EDNS
/// version is said before that its opcode is unknown, as Knot and BIND do.
[[gnu::noinline]] void refuse(Verdict verdict, const wire::HashKey& key, Query& query) noexcept {
    query.verdict = verdict;
    const wire::Bytes message{query.message, query.length};
    const std::uint16_t questions = wire::load_be16(query.message + wire::qdcount_offset);
    forget_question(query);
    if (questions == 0) {
        parse_any_additional(message.subspan(wire::header_size), query);
    } else if (questions == 1 && query.name.parse(message.subspan(wire::header_size), key)) {
        const Verdict tail = parse_tail(message, other_records(query.message) == 0, query);
        if (tail == Verdict::formerr || tail == Verdict::badvers) query.verdict = tail;
    }
}

/// A message whose header is not that of a plain query.
[[gnu::noinline]] void parse_unusual(const wire::HashKey& key, Query& query) noexcept {
    const std::uint16_t flags = wire::load_be16(query.message + wire::flags_offset);
    if ((flags & wire::qr_flag) != 0) {
        query.verdict = Verdict::drop_response;
        return;
    }
    if ((flags & wire::opcode_mask) != 0) return refuse(Verdict::notimp, key, query);
    if (wire::load16(query.message + wire::qdcount_offset) != wire::wire16(1)) {
        return refuse(Verdict::formerr, key, query);  // RFC 9619
    }
    // Records where a query has none are not for the quick look.
    parse_again(key, query);
}

}  // namespace

std::size_t limit(const Query& query) noexcept {
    if (query.keepalive != 0) return query.room;
    return std::min<std::size_t>(
        query.room,
        std::clamp(query.edns.udp_payload(), wire::min_udp_payload, wire::max_udp_payload));
}

[[gnu::noinline]] void parse_again(const wire::HashKey& key, Query& query) noexcept {
    const wire::Bytes message{query.message, query.length};
    forget_question(query);
    query.verdict = Verdict::formerr;
    if (query.name.parse(message.subspan(wire::header_size), key)) {
        query.verdict = parse_tail(message, other_records(query.message) == 0, query);
    }
}

/// From the end of the name on, what is behind a plain query's not being plain.
[[gnu::noinline]] static void parse_other_tail(const wire::HashKey& key, Query& query) noexcept {
    if (parse_tail({query.message, query.length}, true, query) != Verdict::answer) {
        return parse_again(key, query);
    }
    query.verdict = Verdict::answer;
}

bool parse_usual_query(std::uint8_t* message, std::size_t length, std::size_t capacity,
                       const wire::HashKey& key, Query& query, wire::Vectors vectors) noexcept {
    query.message = message;
    query.length = length;
    query.room = capacity - padding;
    query.verdict = Verdict::answer;
    if (!query.name.guess({message + wire::header_size, length - wire::header_size}, key, vectors))
        [[unlikely]] {
        parse_again(key, query);
        return false;
    }
    const std::size_t end = wire::header_size + query.name.size() + question_tail;
    query.question_end = end;
    const std::uint32_t tail = wire::load32(message + end - question_tail);
    query.type = static_cast<wire::RrType>(wire::wire16(static_cast<std::uint16_t>(tail)));
    constexpr auto in = std::uint32_t{wire::wire16(wire::class_in)};
    const bool is_transfer = query.type == wire::RrType::axfr || query.type == wire::RrType::ixfr;
    const bool is_plain =
        tail >> 16 == in && !is_transfer &&
        wire::parse_plain_additional(message + end, length - end,
                                     wire::load_be16(message + wire::arcount_offset), query.edns,
                                     query.tail_sum) &&
        query.edns.version() == 0;
    if (!is_plain) [[unlikely]]
        parse_other_tail(key, query);
    return is_plain;
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
    // QR, opcode, and all counts but that of additional records, at once.
    static_assert(wire::flags_offset + 2 == wire::qdcount_offset &&
                  wire::qdcount_offset + 2 == wire::ancount_offset);
    constexpr std::uint64_t looked_at =
        wire::pack16(wire::qr_flag | wire::opcode_mask, 0xffff, 0xffff, 0xffff);
    if ((wire::load64(message + wire::flags_offset) & looked_at) != wire::pack16(0, 1, 0, 0))
        [[unlikely]] {
        return parse_unusual(key, query);
    }
    parse_usual_query(message, length, capacity, key, query);
}

}  // namespace apex::answer
