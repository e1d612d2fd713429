// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The last step of every reply: body, OPT and header written in place, and what the
// checksum changes by. Packet path, of answer/ alone.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/answer/query.hh"
#include "dataplane/answer/response.hh"
#include "dataplane/table/node.hh"
#include "dataplane/wire/blocks.hh"
#include "dataplane/wire/checksum.hh"
#include "dataplane/wire/header.hh"

namespace apex::answer {

// CD is for resolvers; an authoritative reply has it clear (RFC 4035 §3.1.6).
inline constexpr std::uint16_t kept_flags = wire::wire16(wire::opcode_mask | wire::rd_flag);

inline constexpr std::uint16_t ede_option = 15;  // RFC 8914 §2
inline constexpr std::size_t option_head = 4;    // code and length (RFC 6891 §6.1.2)
inline constexpr std::size_t keepalive_size = option_head + 2;

/// What a reply says beside the question. The body's bytes are in place already.
struct Content {
    /// Flags (those of the query that are kept not among them), ANCOUNT, NSCOUNT and
    /// ARCOUNT without the OPT, as they lie in a message.
    std::uint64_t head = 0;
    std::size_t length = 0;  ///< octets of the body
    std::size_t total = 0;   ///< octets of the message
    std::uint16_t qdcount = wire::wire16(1);
    std::uint8_t upper_rcode = 0;
    wire::Bytes ede;             ///< table::Body::ede
    std::uint64_t body_sum = 0;  ///< as if at an even offset
};

// No branch depends on whether the query has an OPT, for that is as good as random.

inline std::size_t opt_length(const Query& query, wire::Bytes ede = {}) noexcept {
    std::size_t length = wire::opt_size + (ede.empty() ? 0 : option_head + ede.size());
    if (query.edns.asks_any()) [[unlikely]] {
        if (query.edns.asks(wire::Edns::ask_nsid)) length += query.server->nsid().size();
        if (query.edns.asks(wire::Edns::ask_keepalive)) length += keepalive_size;
    }
    return length & query.edns.if_present();
}

/// RDLENGTH and options of an OPT that has some, from its last octet of flags on. Their
/// sum, as if that were at an even offset.
std::uint64_t write_options(std::uint8_t* at, const Query& query, wire::Bytes ede) noexcept;

/// The OPT of a reply (RFC 6891 §6.1.3), opt_length() octets; up to 16 are written
/// even if that is none. Its sum, as if at an even offset.
inline std::uint64_t write_opt(std::uint8_t* at, const Query& query, std::uint8_t upper_rcode,
                               wire::Bytes ede) noexcept {
    // Owner (the root), TYPE, UDP payload size, upper RCODE, version, upper flags; an
    // odd number of octets, so the fields are not where the words are.
    constexpr std::uint64_t owner_type_payload =
        std::uint64_t{wire::wire16(wire::to_int(wire::RrType::opt))} << 8 |
        std::uint64_t{wire::wire16(wire::max_udp_payload)} << 24;
    const std::uint64_t first = owner_type_payload | std::uint64_t{upper_rcode} << 40 |
                                std::uint64_t{query.edns.dnssec_ok()} << 63;
    wire::store64(at, first);
    wire::store64(at + 8, 0);  // lower flags, RDLENGTH
    std::uint64_t sum = wire::sum_of(first);
    if (!ede.empty() || query.edns.asks_any()) [[unlikely]]
        sum += write_options(at + 8, query, ede);
    return sum & query.edns.if_present();
}

/// Moves the compression pointers of a body, `length` octets of which are in place, by `shift`,
/// the octets by which the question's name is longer than the one that the body was rendered
/// for. What its sum changes by, as if at an even offset. `fixups`: as Body::fixups().
inline std::uint64_t move_pointers(std::uint8_t* to, std::size_t length, const std::uint8_t* fixups,
                                   std::size_t shift) noexcept {
    if (shift == 0 || fixups == nullptr) return 0;
    std::uint64_t moved = 0;
    std::uint64_t odd = 0;
    for (unsigned count = wire::load16(fixups); count > 0; --count, ++moved) {
        const std::size_t at = wire::load16(fixups += 2);
        if (at >= length) break;
        wire::store_be16(to + at, static_cast<std::uint16_t>(wire::load_be16(to + at) + shift));
        odd += at & 1;
    }
    // A word's lower octet is its second one.
    return shift * (odd + ((moved - odd) << 8));
}

/// Copies so much of a body behind the question. Its sum, as if at an even offset; `shift` as
/// above.
inline std::uint64_t write_body(std::uint8_t* to, const table::Body& body,
                                const table::Body::Part& part, std::size_t shift) noexcept {
    wire::copy_blocks(to, body.bytes(), part.length);
    return part.sum + move_pointers(to, part.length, body.fixups(), shift);
}

/// The whole of what most replies are: a plain body, for a plain query. It must fit, and the
/// client has not asked for NSID. `shift` as above.
inline Reply write_plain(const Query& query, Verdict verdict, const table::PlainBody& body,
                         std::size_t total, std::size_t shift = 0) noexcept {
    std::uint8_t* header = query.message;
    const std::size_t start = query.question_end;
    const std::size_t opt_at = start + body.length;
    const std::uint16_t old_flags = wire::load16(header + wire::flags_offset);
    const auto flags = static_cast<std::uint16_t>((old_flags & kept_flags) | body.flags);
    // QDCOUNT and, of ARCOUNT, the OPT are the query's, so the sum knows nothing of them.
    const std::uint64_t counts =
        body.counts + wire::wire16(1) + (std::uint64_t{query.edns.present()} << 56);
    wire::copy_blocks(header + start, body.bytes, body.length);
    const std::uint64_t body_sum =
        body.sum + move_pointers(header + start, body.length, body.fixups, shift);
    wire::store16(header + wire::flags_offset, flags);
    wire::store64(header + wire::qdcount_offset, counts);
    const std::uint64_t delta = wire::sum_of(body.counts) + flags + wire::minus(old_flags) +
                                wire::at_offset(start, body_sum + wire::minus(query.tail_sum)) +
                                wire::at_offset(opt_at, write_opt(header + opt_at, query, 0, {}));
    return {static_cast<std::uint16_t>(total), verdict, delta};
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

/// A reply of one RR that is the server's own and stands behind the question as it is;
/// `flags` beside QR.
Reply write_record(const Query& query, Verdict verdict, wire::Bytes record,
                   std::uint16_t flags) noexcept;

/// A reply without records; `flags` beside QR. The EDE goes when there is no room for it.
Reply write_empty(const Query& query, Verdict verdict, wire::Rcode code, std::uint16_t flags = 0,
                  wire::Bytes ede = {}) noexcept;

/// The same instead of one that does not fit: its AA and RCODE, and TC.
Reply write_truncated(const Query& query, std::uint64_t head) noexcept;

/// Reply to a query whose name is below a DNAME, or whose answer leads out of the zone
/// that has it: the chain is followed through all zones of the snapshot (chain.cc).
Reply respond_chain(const Query& query, const table::Snapshot& snapshot,
                    const table::Lookup& first) noexcept;

/// `lookup`, or what the zone above says where a DS is asked for at an apex: it is the
/// parent's (RFC 4035 §3.1.4.1), if that is served here too.
table::Lookup with_parent_side(wire::RrType type, const wire::QueryName& name,
                               const table::Snapshot& snapshot, table::Lookup lookup) noexcept;

/// What a node says to a query whose name led to it in the way that `outcome` tells.
struct Found {
    const table::Node* node = nullptr;  ///< that the body was rendered for
    table::Body body;
    std::uint64_t head = 0;  ///< the body's, with the RCODE that the outcome adds
    Verdict verdict{};
};
Found find_answer(wire::RrType type, const table::Snapshot& snapshot,
                  const table::Lookup& lookup) noexcept;

}  // namespace apex::answer
