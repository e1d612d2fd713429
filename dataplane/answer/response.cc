// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/answer/response.hh"

#include <cstring>

#include "dataplane/answer/reply_writer.hh"

namespace apex::answer {

using table::Body;
using table::Outcome;
using wire::wire16;

namespace {

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

/// True when a reply of `total` octets does not fit. Nearly all fit the least that
/// anybody takes, so that is looked at first.
bool exceeds(const Query& query, std::size_t total) noexcept {
    return (total > wire::min_udp_payload || total > query.room) && total > limit(query);
}

Reply write_shortened(const Query& query, Verdict verdict, const table::Node& node,
                      const Body& body, const Body::Part& part, wire::Bytes ede) noexcept;

/// A reply from `part` of a body that was rendered for the name of `node`, or from less of
/// it if that does not fit.
inline Reply write_reply(const Query& query, Verdict verdict, const table::Node& node,
                         const Body& body, const Body::Part& part, wire::Bytes ede) noexcept {
    Content content;
    content.head = part.head;
    content.length = part.length;
    content.total = query.question_end + part.length + opt_length(query, ede);
    content.ede = ede;
    if (exceeds(query, content.total)) [[unlikely]]
        return write_shortened(query, verdict, node, body, part, ede);
    content.body_sum = write_body(query.message + query.question_end, body, part,
                                  query.name.size() - node.name().size());
    return finish(query, verdict, content);
}

/// What does not fit goes: the EDE first, then the records that a reply may lack.
[[gnu::noinline]] Reply write_shortened(const Query& query, Verdict verdict,
                                        const table::Node& node, const Body& body,
                                        const Body::Part& part, wire::Bytes ede) noexcept {
    if (!ede.empty()) return write_reply(query, verdict, node, body, part, {});
    Body::Part less = body.essential();
    if (less.length >= part.length) return write_truncated(query, part.head);
    less.head = (part.head & 0xffff) | (less.head & ~std::uint64_t{0xffff});
    return write_reply(query, verdict, node, body, less, {});
}

/// RFC 4892 §3, as Knot and NSD do it: without AA, and REFUSED for what is not told.
[[gnu::noinline]] Reply respond_chaos(const Query& query) noexcept {
    const wire::Bytes record = query.server->chaos_record(query.name);
    if (record.empty() || query.type != wire::RrType::txt) {
        return write_empty(query, Verdict::refused, wire::Rcode::refused);
    }
    return write_record(query, Verdict::chaos, record, 0);
}

/// RFC 8482 §4.2: not where a CNAME is.
bool gets_hinfo(const Query& query, const table::Lookup& lookup) noexcept {
    if (query.type != wire::RrType::any || query.server->any() != AnyPolicy::hinfo) return false;
    const bool exists = lookup.outcome == Outcome::found || lookup.outcome == Outcome::expanded;
    Body first;
    return exists && !lookup.node->is_cut() && !lookup.node->has_cname() &&
           lookup.node->find_first(first);
}

/// Replies that are not a plain answer of an existing name.
[[gnu::noinline]] Reply respond_otherwise(const Query& query, const table::Snapshot& snapshot,
                                          table::Lookup lookup) noexcept {
    if (query.type == wire::RrType::ds) {
        lookup = with_parent_side(query.type, query.name, snapshot, lookup);
    }
    if (lookup.outcome == Outcome::redirected) return respond_chain(query, snapshot, lookup);
    if (gets_hinfo(query, lookup)) {
        return write_record(query, Verdict::answer, Server::any_record(), wire::aa_flag);
    }
    const Found found = find_answer(query.type, snapshot, lookup);
    if (found.body.is_open()) return respond_chain(query, snapshot, lookup);
    Body::Part part = found.body.whole();
    part.head = found.head;
    return write_reply(query, found.verdict, *found.node, found.body, part, found.body.ede());
}

}  // namespace

[[gnu::noinline]] std::uint64_t write_options(std::uint8_t* at, const Query& query,
                                              wire::Bytes ede) noexcept {
    std::size_t end = 3;  // behind the flags' last octet and RDLENGTH
    if (query.edns.asks(wire::Edns::ask_nsid)) {
        const wire::Bytes nsid = query.server->nsid();
        std::memcpy(at + end, nsid.data(), nsid.size());
        end += nsid.size();
    }
    if (query.edns.asks(wire::Edns::ask_keepalive)) {
        wire::store_be16(at + end, wire::keepalive_option);
        wire::store_be16(at + end + 2, keepalive_size - option_head);
        wire::store_be16(at + end + option_head, query.keepalive);
        end += keepalive_size;
    }
    if (!ede.empty() && query.edns.present()) {
        wire::store_be16(at + end, ede_option);
        wire::store_be16(at + end + 2, static_cast<std::uint16_t>(ede.size()));
        std::memcpy(at + end + option_head, ede.data(), ede.size());
        end += option_head + ede.size();
    }
    wire::store_be16(at + 1, static_cast<std::uint16_t>(end - 3));
    return wire::sum_words({at, end});
}

[[gnu::noinline]] Reply write_record(const Query& query, Verdict verdict, wire::Bytes record,
                                     std::uint16_t flags) noexcept {
    Content content;
    content.head = wire::pack16(static_cast<std::uint16_t>(wire::qr_flag | flags), 1, 0, 0);
    content.length = record.size();
    content.total = query.question_end + record.size() + opt_length(query);
    if (content.total > limit(query)) return write_truncated(query, content.head);
    std::memcpy(query.message + query.question_end, record.data(), record.size());
    content.body_sum = wire::sum_words(record);
    return finish(query, verdict, content);
}

[[gnu::noinline]] Reply write_empty(const Query& query, Verdict verdict, wire::Rcode code,
                                    std::uint16_t flags, wire::Bytes ede) noexcept {
    const std::uint8_t rcode = wire::to_int(code);
    Content content;
    content.head = wire16(static_cast<std::uint16_t>(wire::qr_flag | flags | (rcode & 0x0f)));
    content.qdcount = wire16(query.question_end > wire::header_size ? 1 : 0);
    content.upper_rcode = static_cast<std::uint8_t>(rcode >> 4);
    if (query.question_end + opt_length(query, ede) <= limit(query)) content.ede = ede;
    content.total = query.question_end + opt_length(query, content.ede);
    return finish(query, verdict, content);
}

[[gnu::noinline]] Reply write_truncated(const Query& query, std::uint64_t head) noexcept {
    const std::uint16_t flags = wire16(static_cast<std::uint16_t>(head));
    return write_empty(query, Verdict::truncated, static_cast<wire::Rcode>(flags & 0x0f),
                       static_cast<std::uint16_t>((flags & wire::aa_flag) | wire::tc_flag));
}

table::Lookup with_parent_side(wire::RrType type, const wire::QueryName& name,
                               const table::Snapshot& snapshot, table::Lookup lookup) noexcept {
    const bool is_parents =
        type == wire::RrType::ds && lookup.outcome == Outcome::found && lookup.node->is_apex();
    if (!is_parents) return lookup;
    const table::Lookup above = snapshot.parent_side(name, *lookup.node);
    return above.outcome != Outcome::no_zone ? above : lookup;
}

Found find_answer(wire::RrType type, const table::Snapshot& snapshot,
                  const table::Lookup& lookup) noexcept {
    Found found{lookup.node, {}, 0, Verdict::nodata};
    Body& body = found.body;
    switch (lookup.outcome) {
        case Outcome::name_error:
            found.node->find(table::Node::any_other_type, body);
            found.head = body.head() | wire::pack16(wire::to_int(wire::Rcode::nxdomain), 0, 0, 0);
            found.verdict = Verdict::nxdomain;
            return found;
        case Outcome::delegated:
            found.node->find(table::Node::any_other_type, body);
            break;
        default:
            const bool is_any = type == wire::RrType::any && !found.node->is_cut();
            // One RRset is a complete answer to ANY (RFC 8482 §4.1).
            if (is_any ? !found.node->find_first(body) : !found.node->find(type, body)) {
                found.node = &snapshot.negative(found.node->zone());
                found.node->find(table::Node::any_other_type, body);
            }
    }
    found.head = body.head();
    if (body.rcode() == wire::Rcode::servfail) {
        found.verdict = Verdict::servfail;
    } else if (body.rcode() == wire::Rcode::nxdomain) {
        found.verdict = Verdict::nxdomain;
    } else if (body.ancount() != 0) {
        found.verdict = body.ede().empty() ? Verdict::answer : Verdict::stale;
    } else if (!body.authoritative()) {
        found.verdict = Verdict::referral;
    }
    return found;
}

namespace {

/// Nothing when there is no body, or it may not fit.
inline Reply write_plain_if_fits(const Query& query, Verdict verdict, const table::PlainBody& body,
                                 std::size_t shift = 0) noexcept {
    const std::size_t total =
        query.question_end + body.length + (wire::opt_size & query.edns.if_present());
    if (body.bytes == nullptr || total > wire::min_udp_payload || total > query.room) [[unlikely]]
        return {};
    return write_plain(query, verdict, body, total, shift);
}

}  // namespace

Reply respond_plainly(const Query& query, const table::Snapshot& snapshot,
                      const table::Probe& probe) noexcept {
    const table::Node* node = snapshot.find_surely(query.name, probe);
    if (node == nullptr) [[unlikely]]
        return {};
    return write_plain_if_fits(query, Verdict::answer, node->find_plain(query.type));
}

Reply respond_plainly_to_miss(const Query& query, const table::Snapshot& snapshot,
                              const table::Probe& probe) noexcept {
    const auto [outcome, node] = snapshot.find_by_parent(query.name, probe);
    if (outcome == Outcome::expanded) {
        return write_plain_if_fits(query, Verdict::answer, node->find_plain(query.type));
    }
    const bool is_error = outcome == Outcome::name_error;
    if (!is_error && outcome != Outcome::delegated) [[unlikely]]
        return {};
    table::PlainBody body = node->find_plain_other();
    if (is_error) body.flags |= wire16(wire::to_int(wire::Rcode::nxdomain));
    return write_plain_if_fits(query, is_error ? Verdict::nxdomain : Verdict::referral, body,
                               query.name.size() - node->name().size());
}

Reply respond(Query& query, const table::Snapshot& snapshot, const table::Probe& probe) noexcept {
    if (query.verdict != Verdict::answer) [[unlikely]] {
        if (query.verdict == Verdict::chaos) return respond_chaos(query);
        return is_reply(query.verdict) ? write_empty(query, query.verdict, rcode_of(query.verdict))
                                       : Reply{0, query.verdict, 0};
    }
    const table::Lookup lookup = snapshot.find(query.name, probe);
    const bool exists = lookup.outcome == Outcome::found || lookup.outcome == Outcome::expanded;
    if (Body body; exists && lookup.node->find(query.type, body) && body.is_plain()) [[likely]] {
        return write_reply(query, Verdict::answer, *lookup.node, body, body.whole(), {});
    }
    if (lookup.outcome == Outcome::no_zone) {
        return write_empty(query, Verdict::refused, wire::Rcode::refused);
    }
    if (lookup.outcome == Outcome::no_name) {
        parse_again(snapshot.hash_key(), query);
        return respond(query, snapshot);
    }
    return respond_otherwise(query, snapshot, lookup);
}

}  // namespace apex::answer
