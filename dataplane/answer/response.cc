// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/answer/response.hh"

#include <cstring>

#include "dataplane/wire/blocks.hh"
#include "dataplane/wire/checksum.hh"
#include "dataplane/wire/header.hh"

namespace apex::answer {

namespace {

using table::Body;
using wire::wire16;

constexpr std::uint16_t kept_flags = wire16(wire::opcode_mask | wire::rd_flag | wire::cd_flag);

constexpr std::uint16_t ede_size = 6;  // option code, length, INFO-CODE (RFC 8914 §2)
constexpr std::uint16_t ede_option = 15;

/// What a reply says beside the question. The body's bytes are in place already.
struct Content {
    /// Flags (those of the query that are kept not among them), ANCOUNT, NSCOUNT and
    /// ARCOUNT without the OPT, as they lie in a message.
    std::uint64_t head = 0;
    std::size_t length = 0;  ///< octets of the body
    std::size_t total = 0;   ///< octets of the message
    std::uint16_t qdcount = wire16(1);
    std::uint8_t upper_rcode = 0;
    wire::Ede ede{};
    std::uint64_t body_sum = 0;  ///< as if at an even offset
};

// No branch depends on whether the query has an OPT, for that is as good as random.

std::size_t opt_length(const Query& query, wire::Ede ede) noexcept {
    return (wire::opt_size + (ede != wire::Ede::none ? ede_size : 0)) & query.edns.if_present();
}

/// The OPT of a reply (RFC 6891 §6.1.3), opt_length() octets; up to 24 are written
/// even if that is none. Its sum, as if at an even offset.
std::uint64_t write_opt(std::uint8_t* at, const Query& query, std::uint8_t upper_rcode,
                        wire::Ede ede) noexcept {
    // Owner (the root), TYPE, UDP payload size, upper RCODE, version, upper flags; an
    // odd number of octets, so the fields are not where the words are.
    constexpr std::uint64_t owner_type_payload =
        std::uint64_t{wire16(wire::to_int(wire::RrType::opt))} << 8 |
        std::uint64_t{wire16(wire::max_udp_payload)} << 24;
    const std::uint64_t first = owner_type_payload | std::uint64_t{upper_rcode} << 40 |
                                std::uint64_t{query.edns.dnssec_ok()} << 63;
    wire::store64(at, first);
    wire::store64(at + 8, 0);  // lower flags, RDLENGTH
    std::uint64_t sum = wire::sum_of(first);
    if (ede != wire::Ede::none) [[unlikely]] {
        constexpr std::uint64_t option = std::uint64_t{wire16(ede_size)} << 8 |
                                         std::uint64_t{wire16(ede_option)} << 24 |
                                         std::uint64_t{wire16(ede_size - 4)} << 40;
        const std::uint64_t code = wire::to_int(ede);
        wire::store64(at + 8, option);
        wire::store64(at + 16, code);
        sum += wire::sum_of(option) + code;
    }
    return sum & query.edns.if_present();
}

/// Copies a body behind the question and moves its compression pointers by
/// `shift`, the octets by which the question's name is longer than the one that
/// the body was rendered for. Its sum, as if at an even offset.
std::uint64_t write_body(std::uint8_t* to, const Body& body, std::size_t shift) noexcept {
    wire::copy_blocks(to, body.bytes(), body.length());
    std::uint64_t sum = body.sum();
    if (shift == 0 || body.fixups() == nullptr) return sum;
    const std::uint8_t* fixup = body.fixups();
    for (unsigned count = wire::load16(fixup); count > 0; --count) {
        const std::size_t at = wire::load16(fixup += 2);
        wire::store_be16(to + at, static_cast<std::uint16_t>(wire::load_be16(to + at) + shift));
        sum += wire::at_offset(at + 1, shift);  // a word's lower octet is its second one
    }
    return sum;
}

/// Completes a reply in place: header and OPT. It must fit with its OPT.
inline Reply finish(const Query& query, Verdict verdict, const Content& content) noexcept {
    std::uint8_t* header = query.message;
    const std::size_t start = query.question_end;
    const std::size_t opt_at = start + content.length;

    const std::uint16_t old_flags = wire::load16(header + wire::flags_offset);
    const std::uint64_t old_counts = wire::load64(header + wire::qdcount_offset);
    const auto flags =
        static_cast<std::uint16_t>((old_flags & kept_flags) | (content.head & 0xffff));
    // QDCOUNT takes the flags' place. The OPT counts in the last octet, ARCOUNT's lower.
    const std::uint64_t counts = (content.head & ~std::uint64_t{0xffff}) + content.qdcount +
                                 (std::uint64_t{query.edns.present()} << 56);
    wire::store16(header + wire::flags_offset, flags);
    wire::store64(header + wire::qdcount_offset, counts);

    const std::uint64_t delta =
        wire::sum_of(counts) + flags + wire::minus(wire::sum_of(old_counts) + old_flags) +
        wire::at_offset(start, content.body_sum + wire::minus(query.tail_sum)) +
        wire::at_offset(opt_at,
                        write_opt(header + opt_at, query, content.upper_rcode, content.ede));
    return {static_cast<std::uint16_t>(content.total), verdict, delta};
}

/// Of the replies that need no lookup.
wire::Rcode rcode_of(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::formerr:
            return wire::Rcode::formerr;
        case Verdict::notimp:
            return wire::Rcode::notimp;
        case Verdict::badvers:
            return wire::Rcode::badvers;
        default:
            return wire::Rcode::refused;
    }
}

/// A reply without records; `flags` beside QR.
[[gnu::noinline]] Reply write_empty(const Query& query, Verdict verdict, wire::Rcode code,
                                    std::uint16_t flags = 0) noexcept {
    const std::uint8_t rcode = wire::to_int(code);
    Content content;
    content.head = wire16(static_cast<std::uint16_t>(wire::qr_flag | flags | (rcode & 0x0f)));
    content.qdcount = wire16(query.question_end > wire::header_size ? 1 : 0);
    content.upper_rcode = static_cast<std::uint8_t>(rcode >> 4);
    content.total = query.question_end + opt_length(query, wire::Ede::none);
    return finish(query, verdict, content);
}

/// A reply from a body that was rendered for the name of `node`.
inline Reply write_reply(const Query& query, Verdict verdict, const table::Node& node,
                         const Body& body, std::uint64_t head, wire::Ede ede) noexcept {
    const std::size_t total = query.question_end + body.length() + opt_length(query, ede);
    if ((total > wire::min_udp_payload || total > query.room) && total > limit(query))
        [[unlikely]] {
        const std::uint16_t aa = body.authoritative() ? wire::aa_flag : 0;
        const std::uint16_t code = wire16(static_cast<std::uint16_t>(head)) & 0x0f;
        return write_empty(query, Verdict::truncated, static_cast<wire::Rcode>(code),
                           static_cast<std::uint16_t>(aa | wire::tc_flag));
    }
    Content content;
    content.head = head;
    content.length = body.length();
    content.total = total;
    content.ede = ede;
    content.body_sum = write_body(query.message + query.question_end, body,
                                  query.name.size() - node.name().size());
    return finish(query, verdict, content);
}

/// Replies that are not a plain answer of an existing name.
[[gnu::noinline]] Reply respond_otherwise(const Query& query, const table::Snapshot& snapshot,
                                          const table::Lookup& lookup) noexcept {
    const table::Node* node = lookup.node;
    Body body;
    Verdict verdict = Verdict::nodata;
    if (lookup.outcome == table::Outcome::name_error) {
        node->find(query.type, body);
        const std::uint64_t rcode = wire::pack16(wire::to_int(wire::Rcode::nxdomain), 0, 0, 0);
        return write_reply(query, Verdict::nxdomain, *node, body, body.head() | rcode, body.ede());
    }
    if (node->find(query.type, body)) {
        if (body.rcode() == wire::Rcode::servfail)
            verdict = Verdict::servfail;
        else if (body.rcode() == wire::Rcode::nxdomain)
            verdict = Verdict::nxdomain;
        else if (body.ancount() != 0)
            verdict = Verdict::answer;
    } else {
        node = &snapshot.negative(node->zone());
        node->find(query.type, body);
    }
    return write_reply(query, verdict, *node, body, body.head(), body.ede());
}

}  // namespace

Reply respond(Query& query, const table::Snapshot& snapshot, const table::Probe& probe) noexcept {
    if (query.verdict != Verdict::answer) [[unlikely]] {
        return is_reply(query.verdict) ? write_empty(query, query.verdict, rcode_of(query.verdict))
                                       : Reply{0, query.verdict, 0};
    }
    const table::Lookup lookup = snapshot.find(query.name, probe);
    if (Body body; lookup.outcome == table::Outcome::found && lookup.node->find(query.type, body) &&
                   body.is_plain()) [[likely]] {
        return write_reply(query, Verdict::answer, *lookup.node, body, body.head(),
                           wire::Ede::none);
    }
    if (lookup.outcome == table::Outcome::no_zone)
        return write_empty(query, Verdict::refused, wire::Rcode::refused);
    if (lookup.outcome == table::Outcome::no_name) {
        parse_again(snapshot.hash_key(), query);
        return respond(query, snapshot);
    }
    return respond_otherwise(query, snapshot, lookup);
}

}  // namespace apex::answer
