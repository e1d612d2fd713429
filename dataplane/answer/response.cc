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

constexpr std::uint16_t kept_flags = wire::opcode_mask | wire::rd_flag | wire::cd_flag;

constexpr std::uint16_t ede_size = 6;  // option code, length, INFO-CODE (RFC 8914 §2)
constexpr std::uint16_t ede_option = 15;

/// Header fields that a reply decides; the rest comes from the query.
struct Head {
    wire::Rcode rcode{};
    std::uint16_t flags = 0;  ///< wire::aa_flag, wire::tc_flag
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

/// The OPT of a reply (RFC 6891 §6.1.3), opt_length() octets; up to 24 are
/// written. Its sum, as if at an even offset.
std::uint64_t write_opt(std::uint8_t* at, const Query& query, wire::Rcode rcode,
                        wire::Ede ede) noexcept {
    const bool has_ede = ede != wire::Ede::none;
    // Owner (the root), TYPE, UDP payload size, upper RCODE, version, upper flags;
    // an odd number of octets, so the fields are not where the words are.
    const std::uint64_t first =
        std::uint64_t{wire::to_int(wire::RrType::opt)} << 40 |
        std::uint64_t{wire::max_udp_payload} << 24 |
        std::uint64_t{wire::to_int(rcode)} >> 4 << 16 | (query.edns.dnssec_ok ? 0x80 : 0);
    // Lower flags, RDLENGTH, then the option.
    const std::uint64_t second =
        has_ede ? std::uint64_t{ede_size} << 40 | std::uint64_t{ede_option} << 24 |
                      std::uint64_t{ede_size - 4} << 8
                : 0;
    const std::uint64_t third = std::uint64_t{wire::to_int(ede)} << 56;
    wire::store_be64(at, first);
    wire::store_be64(at + 8, second);
    if (has_ede) wire::store_be64(at + 16, third);
    return wire::sum_be64(first) + wire::sum_be64(second) + (has_ede ? wire::sum_be64(third) : 0);
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

/// Sets the header's flags and counts; what their sum changes by.
std::uint64_t write_head(std::uint8_t* header, const Head& head, const Body& body,
                         std::uint16_t arcount) noexcept {
    const std::uint64_t old_fields = wire::load_be64(header + wire::flags_offset);
    const std::uint16_t old_arcount = wire::load_be16(header + wire::arcount_offset);
    const auto flags = static_cast<std::uint16_t>(
        wire::qr_flag | (old_fields >> 48 & kept_flags) | head.flags |
        (wire::to_int(head.rcode) & 0x0f));
    const std::uint64_t fields = wire::pack16(flags, head.qdcount, body.ancount, body.nscount);
    wire::store_be64(header + wire::flags_offset, fields);
    wire::store_be16(header + wire::arcount_offset, arcount);
    return wire::sum_be64(fields) + arcount + wire::minus(wire::sum_be64(old_fields) + old_arcount);
}

/// Header, body and OPT in place. `body` must fit with its OPT.
Reply write_reply(const Query& query, Verdict verdict, const Head& head, const Body& body,
                  std::uint16_t shift) noexcept {
    std::uint8_t* header = query.message;
    const std::size_t start = query.question_end;
    const std::size_t opt_at = start + body.length;
    const auto at = [](std::size_t offset, std::uint64_t sum) {
        return (offset & 1) != 0 ? wire::at_odd_offset(sum) : sum;
    };
    // The tail's old sum before anything is written over it.
    std::uint64_t delta =
        at(start, wire::minus(wire::sum_words({header + start, query.length - start})));
    const auto arcount = static_cast<std::uint16_t>(body.arcount + (query.edns.present ? 1 : 0));
    delta += write_head(header, head, body, arcount);
    if (body.length > 0) delta += at(start, write_body(header + start, body, shift));
    if (query.edns.present) {
        delta += at(opt_at, write_opt(header + opt_at, query, head.rcode, body.ede));
    }
    const std::size_t length = opt_at + opt_length(query, body.ede);
    return {static_cast<std::uint16_t>(length), verdict, delta};
}

/// A reply without records.
Reply write_empty(const Query& query, Verdict verdict, std::uint16_t flags = 0) noexcept {
    const std::uint16_t qdcount = query.question_end > wire::header_size ? 1 : 0;
    return write_reply(query, verdict, {rcode_of(verdict), flags, qdcount}, Body{}, 0);
}

}  // namespace

Reply respond(const Query& query, const table::Snapshot& snapshot,
              const table::Probe& probe) noexcept {
    if (query.verdict != Verdict::answer) {
        return is_reply(query.verdict) ? write_empty(query, query.verdict)
                                       : Reply{0, query.verdict, 0};
    }
    const table::Lookup lookup = snapshot.find(query.name, probe);
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
    const std::uint16_t flags = body.authoritative ? wire::aa_flag : 0;
    const std::size_t length = query.question_end + body.length + opt_length(query, body.ede);
    if (length > query.limit) {
        return write_empty(query, Verdict::truncated, static_cast<std::uint16_t>(flags | wire::tc_flag));
    }
    const auto shift = static_cast<std::uint16_t>(query.name.size() - node->name().size());
    return write_reply(query, verdict, {rcode, flags, 1}, body, shift);
}

}  // namespace apex::answer
