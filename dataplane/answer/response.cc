// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/answer/response.hh"

#include <cstring>

#include "dataplane/wire/blocks.hh"
#include "dataplane/wire/checksum.hh"

namespace apex::answer {

namespace {

using table::Body;

// Octets 2 and 3 of the header (RFC 1035 §4.1.1, RFC 4035 §3.1.6 and §3.2.2).
constexpr std::uint8_t kept_in_2 = 0x79;  // opcode, RD
constexpr std::uint8_t kept_in_3 = 0x10;  // CD
constexpr std::uint8_t qr_bit = 0x80;
constexpr std::uint8_t aa_bit = 0x04;
constexpr std::uint8_t tc_bit = 0x02;

constexpr std::size_t ede_size = 6;  // option code, length, INFO-CODE (RFC 8914 §2)
constexpr std::uint16_t ede_option = 15;

/// Header fields that a reply decides; the rest comes from the query.
struct Head {
    wire::Rcode rcode{};
    std::uint8_t flags = 0;  ///< aa_bit, tc_bit
    std::uint16_t qdcount = 1;
};

wire::Rcode rcode_of(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::servfail: return wire::Rcode::servfail;
        case Verdict::nxdomain: return wire::Rcode::nxdomain;
        case Verdict::refused: return wire::Rcode::refused;
        case Verdict::formerr: return wire::Rcode::formerr;
        case Verdict::notimp: return wire::Rcode::notimp;
        case Verdict::badvers: return wire::Rcode::badvers;
        default: return wire::Rcode::noerror;
    }
}

std::size_t opt_length(const Query& query, wire::Ede ede) noexcept {
    if (!query.edns.present) return 0;
    return wire::opt_size + (ede != wire::Ede::none ? ede_size : 0);
}

/// The OPT of a reply (RFC 6891 §6.1.3); its length is opt_length().
void write_opt(std::uint8_t* at, const Query& query, wire::Rcode rcode, wire::Ede ede) noexcept {
    at[0] = 0;  // owner: the root
    wire::store_be16(at + 1, wire::to_int(wire::RrType::opt));
    wire::store_be16(at + 3, wire::max_udp_payload);
    at[5] = static_cast<std::uint8_t>(wire::to_int(rcode) >> 4);
    at[6] = 0;  // version
    wire::store_be16(at + 7, query.edns.dnssec_ok ? 0x8000 : 0);
    wire::store_be16(at + 9, ede != wire::Ede::none ? ede_size : 0);
    if (ede == wire::Ede::none) return;
    wire::store_be16(at + 11, ede_option);
    wire::store_be16(at + 13, 2);
    wire::store_be16(at + 15, wire::to_int(ede));
}

/// Copies a body behind the question and moves its compression pointers by
/// `shift`, the octets by which the question's name is longer than the one that
/// the body was rendered for. Its sum, as if at an even offset.
std::uint64_t write_body(std::uint8_t* to, const Body& body, std::uint16_t shift) noexcept {
    wire::copy_blocks(to, body.bytes, body.length);
    std::uint64_t sum = body.sum;
    if (body.fixups == nullptr || shift == 0) return sum;
    std::uint16_t count = 0;
    std::memcpy(&count, body.fixups, sizeof count);
    for (const std::uint8_t* fixup = body.fixups + 2; count > 0; --count, fixup += 2) {
        std::uint16_t at = 0;
        std::memcpy(&at, fixup, sizeof at);
        wire::store_be16(to + at, static_cast<std::uint16_t>(wire::load_be16(to + at) + shift));
        sum += (at & 1) != 0 ? std::uint64_t{shift} << 8 : shift;
    }
    return sum;
}

std::uint64_t sum_from(const Query& query, std::size_t offset, std::size_t length) noexcept {
    const std::uint64_t sum = wire::sum_words({query.message + offset, length});
    return (offset & 1) != 0 ? wire::at_odd_offset(sum) : sum;
}

/// Header, body and OPT in place. `body` must fit with its OPT.
Reply write_reply(const Query& query, Verdict verdict, const Head& head, const Body& body,
                  std::uint16_t shift) noexcept {
    std::uint8_t* header = query.message;
    const std::size_t start = query.question_end;
    const std::uint64_t old_sum = sum_from(query, 2, wire::header_size - 2) +
                                  sum_from(query, start, query.length - start);

    header[2] = static_cast<std::uint8_t>(qr_bit | (header[2] & kept_in_2) | head.flags);
    header[3] = static_cast<std::uint8_t>((header[3] & kept_in_3) |
                                          (wire::to_int(head.rcode) & 0x0f));
    wire::store_be16(header + 4, head.qdcount);
    wire::store_be16(header + 6, body.ancount);
    wire::store_be16(header + 8, body.nscount);
    wire::store_be16(header + 10,
                     static_cast<std::uint16_t>(body.arcount + (query.edns.present ? 1 : 0)));

    const std::size_t opt_at = start + body.length;
    std::uint64_t body_sum = 0;
    if (body.length > 0) body_sum = write_body(header + start, body, shift);
    const std::size_t opt = opt_length(query, body.ede);
    if (opt > 0) write_opt(header + opt_at, query, head.rcode, body.ede);

    const std::uint64_t new_sum = sum_from(query, 2, wire::header_size - 2) +
                                  ((start & 1) != 0 ? wire::at_odd_offset(body_sum) : body_sum) +
                                  sum_from(query, opt_at, opt);
    return {static_cast<std::uint16_t>(opt_at + opt), verdict, new_sum + wire::minus(old_sum)};
}

/// A reply without records.
Reply write_empty(const Query& query, Verdict verdict, std::uint8_t flags = 0) noexcept {
    const std::uint16_t qdcount = query.question_end > wire::header_size ? 1 : 0;
    return write_reply(query, verdict, {rcode_of(verdict), flags, qdcount}, Body{}, 0);
}

}  // namespace

Reply respond(const Query& query, const table::Snapshot& snapshot) noexcept {
    if (query.verdict != Verdict::answer) {
        return is_reply(query.verdict) ? write_empty(query, query.verdict)
                                       : Reply{0, query.verdict, 0};
    }
    const table::Lookup lookup = snapshot.find(query.name);
    if (lookup.outcome == table::Outcome::no_zone) return write_empty(query, Verdict::refused);

    const table::Node* node = lookup.node;
    Body body;
    Verdict verdict = Verdict::answer;
    wire::Rcode rcode{};
    if (lookup.outcome == table::Outcome::name_error) {
        node->find(query.type, body);
        verdict = Verdict::nxdomain;
        rcode = wire::Rcode::nxdomain;
    } else if (node->find(query.type, body)) {
        rcode = body.rcode;
        if (rcode == wire::Rcode::servfail) verdict = Verdict::servfail;
        else if (rcode == wire::Rcode::nxdomain) verdict = Verdict::nxdomain;
        else if (body.ancount == 0) verdict = Verdict::nodata;
    } else {
        node = &snapshot.negative(node->zone());
        node->find(query.type, body);
        verdict = Verdict::nodata;
    }
    const std::uint8_t flags = body.authoritative ? aa_bit : 0;
    const std::size_t length = query.question_end + body.length + opt_length(query, body.ede);
    if (length > query.limit) {
        return write_empty(query, Verdict::truncated, static_cast<std::uint8_t>(flags | tc_bit));
    }
    const auto shift = static_cast<std::uint16_t>(query.name.size() - node->name().size());
    return write_reply(query, verdict, {rcode, flags, 1}, body, shift);
}

}  // namespace apex::answer
