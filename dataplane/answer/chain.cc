// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Answers that no single node has: names below a DNAME, and CNAMEs that lead out of
// their zone. Each further name is looked up in the same snapshot, and what its node
// says is appended: RFC 1034 §4.3.2 steps 3a and 3c, RFC 6672 §3.2.
//
// A body was rendered as if it stood right behind a question that is its node's name.
// Appended, its pointers into that name lead to where the name stands now, and its
// pointers into itself move with it.
#include <array>
#include <cstring>

#include "dataplane/answer/reply_writer.hh"
#include "dataplane/wire/rdata_names.hh"

namespace apex::answer {

namespace {

using table::Body;
using table::Node;
using table::Outcome;
using wire::load_be16;
using wire::RrType;

constexpr unsigned max_names = 8;               ///< in one chain, the question's included
constexpr std::size_t max_pointed_at = 0x3fff;  ///< RFC 1035 §4.1.4
using wire::pointer_size;
using wire::rr_fixed_size;

bool is_pointer(std::uint8_t octet) noexcept {
    return octet >= 0xc0;
}

/// A message being composed in the query's buffer.
class Chain {
  public:
    Chain(const Query& query, const table::Snapshot& snapshot) noexcept
        : query_(query), snapshot_(snapshot), end_(query.question_end) {
        // What follows does not depend on the OPT, its room is kept.
        limit_ = limit(query) - opt_length(query);
    }

    Reply run(table::Lookup lookup) noexcept {
        const wire::QueryName* name = &query_.name;
        for (unsigned count = 0; count < max_names && remember(*name); ++count) {
            if (count > 0) {
                lookup = with_parent_side(query_.type, *name, snapshot_, snapshot_.find(*name));
            }
            if (lookup.outcome == Outcome::no_zone || lookup.outcome == Outcome::no_name) break;
            const Step step = lookup.outcome == Outcome::redirected ? redirect(*lookup.node, *name)
                                                                    : append_answer(lookup, *name);
            if (step == Step::truncated) return write_truncated(query_, head());
            if (step == Step::failed) {
                return write_empty(query_, Verdict::servfail, wire::Rcode::servfail, 0, ede_);
            }
            if (step == Step::done || !read_target()) break;
            name = &target_;
        }
        return reply();
    }

  private:
    enum class Step : std::uint8_t { done, goes_on, truncated, failed };

    std::uint8_t* at(std::size_t offset) const noexcept { return query_.message + offset; }
    bool fits(std::size_t more) const noexcept { return end_ + more <= limit_; }

    /// False for a name that the chain has been at.
    bool remember(const wire::QueryName& name) noexcept {
        for (unsigned n = 0; n < seen_count_; ++n) {
            if (seen_[n] == name.hash()) return false;
        }
        seen_[seen_count_++] = name.hash();
        return true;
    }

    std::uint64_t head() const noexcept {
        const auto flags = static_cast<std::uint16_t>(wire::qr_flag | (aa_ ? wire::aa_flag : 0) |
                                                      wire::to_int(rcode_));
        return wire::pack16(flags, ancount_, nscount_, arcount_);
    }

    Reply reply() const noexcept {
        Content content;
        content.head = head();
        content.length = end_ - query_.question_end;
        if (end_ + opt_length(query_, ede_) <= limit(query_)) content.ede = ede_;
        content.total = end_ + opt_length(query_, content.ede);
        content.body_sum = wire::sum_words({at(query_.question_end), content.length});
        Verdict verdict = ede_.empty() ? Verdict::answer : Verdict::stale;
        if (rcode_ == wire::Rcode::nxdomain) verdict = Verdict::nxdomain;
        if (rcode_ == wire::Rcode::yxdomain) verdict = Verdict::yxdomain;
        return finish(query_, verdict, content);
    }

    /// Where the octet `skip` of the name is that stands, perhaps compressed, at `offset`.
    std::size_t locate(std::size_t offset, std::size_t skip) const noexcept {
        while (true) {
            if (is_pointer(*at(offset))) {
                offset = load_be16(at(offset)) & max_pointed_at;
                continue;
            }
            if (skip == 0) return offset;
            const std::size_t label = *at(offset) + std::size_t{1};
            offset += label;
            skip -= label;
        }
    }

    /// The first `size` octets of the name at `offset`, uncompressed, a label at a time.
    void copy_name(std::size_t offset, std::size_t size, std::uint8_t* to) const noexcept {
        while (size > 0) {
            offset = locate(offset, 0);
            const std::size_t label = *at(offset) + std::size_t{1};
            std::memcpy(to, at(offset), label);
            to += label;
            offset += label;
            size -= label;
        }
    }

    /// Behind the name at `offset`; its pointer, if it ends with one, is moved.
    std::size_t relocate_name(std::size_t offset, const Node& node, std::size_t start,
                              bool expanded, std::size_t shift) noexcept {
        while (*at(offset) != 0 && !is_pointer(*at(offset))) offset += *at(offset) + std::size_t{1};
        if (*at(offset) == 0) return offset + 1;
        const std::size_t old = load_be16(at(offset)) & max_pointed_at;
        const std::size_t old_start = wire::header_size + node.name().size() + 4;
        std::size_t now = old - old_start + start;
        if (old < old_start) {
            const bool is_expanded_name = expanded && old == wire::header_size;
            now = locate(name_at_, is_expanded_name ? 0 : old - wire::header_size + shift);
        }
        is_reachable_ &= now <= max_pointed_at;  // bodies are rendered for chains of 4 KiB
        wire::store_be16(at(offset), static_cast<std::uint16_t>(wire::pointer_mark | now));
        return offset + pointer_size;
    }

    void relocate(const Node& node, std::size_t start, std::size_t name_size,
                  bool expanded) noexcept {
        const std::size_t shift = name_size - node.name().size();
        for (std::size_t offset = start; offset < end_;) {
            record_at_ = offset;
            offset = relocate_name(offset, node, start, expanded, shift);
            const wire::RdataNames names =
                wire::rdata_names(static_cast<RrType>(load_be16(at(offset))));
            const std::size_t rdata = offset + rr_fixed_size;
            const std::size_t rdata_end = rdata + load_be16(at(rdata - 2));
            std::size_t name = rdata + names.before;
            for (unsigned n = 0; n < names.count; ++n) {
                name = relocate_name(name, node, start, expanded, shift);
            }
            offset = rdata_end;
        }
    }

    /// Appends so much of a body that was rendered for `node`, whose name, or one that
    /// its body is for, stands at name_at_.
    bool append(const Node& node, const Body& body, std::size_t length, std::size_t name_size,
                bool expanded) noexcept {
        if (!fits(length)) return false;
        const std::size_t start = end_;
        wire::copy_blocks(at(start), body.bytes(), length);
        end_ += length;
        relocate(node, start, name_size, expanded);
        return is_reachable_;
    }

    Step append_answer(const table::Lookup& lookup, const wire::QueryName& name) noexcept {
        const Found found = find_answer(query_.type, snapshot_, lookup);
        ede_ = found.body.ede();
        if (found.verdict == Verdict::servfail) return Step::failed;
        const bool expanded = lookup.outcome == Outcome::expanded && found.node == lookup.node;
        Body::Part part = found.body.whole();
        if (!fits(part.length)) part = found.body.essential();
        if (ancount_ == 0) aa_ = found.body.authoritative();
        if (!append(*found.node, found.body, part.length, name.size(), expanded)) {
            return Step::truncated;
        }
        const auto count = [&part](unsigned n) {
            return wire::wire16(static_cast<std::uint16_t>(part.head >> (16 * n)));
        };
        ancount_ = static_cast<std::uint16_t>(ancount_ + count(1));
        nscount_ = static_cast<std::uint16_t>(nscount_ + count(2));
        arcount_ = static_cast<std::uint16_t>(arcount_ + count(3));
        const std::uint16_t rcode = wire::wire16(static_cast<std::uint16_t>(found.head)) & 0x0f;
        rcode_ = static_cast<wire::Rcode>(rcode);
        return found.body.is_open() ? Step::goes_on : Step::done;
    }

    /// The DNAME of `node` and the CNAME that it means for `name` (RFC 6672 §3.1). A
    /// second use is nearly always a loop that makes ever longer names: the chain ends
    /// before it, as that of Knot and NSD.
    Step redirect(const Node& node, const wire::QueryName& name) noexcept {
        for (unsigned n = 0; n < dname_count_; ++n) {
            if (dnames_[n] == &node) return Step::done;
        }
        dnames_[dname_count_++] = &node;
        Body dname;
        node.find(RrType::dname, dname);
        const std::size_t start = end_;
        if (!append(node, dname, dname.length(), name.size(), false)) return Step::truncated;
        if (ancount_++ == 0) aa_ = true;
        const std::size_t rdata = start + pointer_size + rr_fixed_size;
        const std::size_t prefix = name.size() - node.name().size();
        const std::size_t suffix = dname.length() - pointer_size - rr_fixed_size;
        const std::size_t target = prefix + suffix;
        if (target > wire::max_name_size) {
            rcode_ = wire::Rcode::yxdomain;
            return Step::done;
        }
        if (!fits(pointer_size + rr_fixed_size + target)) return Step::truncated;
        record_at_ = end_;
        wire::store_be16(at(end_),
                         static_cast<std::uint16_t>(wire::pointer_mark | locate(name_at_, 0)));
        std::memcpy(at(end_ + 2), at(start + pointer_size), rr_fixed_size);  // with the DNAME's TTL
        wire::store_be16(at(end_ + 2), wire::to_int(RrType::cname));
        wire::store_be16(at(end_ + rr_fixed_size), static_cast<std::uint16_t>(target));
        end_ += pointer_size + rr_fixed_size;
        copy_name(name_at_, prefix, at(end_));
        std::memcpy(at(end_ + prefix), at(rdata), suffix);
        end_ += target;
        ++ancount_;
        return query_.type == RrType::cname ? Step::done : Step::goes_on;
    }

    /// Takes the target of the CNAME that was appended last.
    bool read_target() noexcept {
        std::size_t offset = record_at_;
        while (*at(offset) != 0 && !is_pointer(*at(offset))) offset += *at(offset) + std::size_t{1};
        offset += *at(offset) == 0 ? 1 : pointer_size;
        name_at_ = offset + rr_fixed_size;
        std::array<std::uint8_t, wire::max_name_size + 1 + wire::QueryName::overread> name;
        std::size_t size = 0;
        for (std::size_t label = name_at_;;) {
            label = locate(label, 0);
            const std::size_t octets = *at(label) + std::size_t{1};
            if (size + octets > wire::max_name_size) return false;
            std::memcpy(name.data() + size, at(label), octets);
            size += octets;
            label += octets;
            if (octets == 1) break;
        }
        return target_.parse({name.data(), size}, snapshot_.hash_key());
    }

    const Query& query_;
    const table::Snapshot& snapshot_;
    std::size_t limit_ = 0;                    ///< of end_
    std::size_t end_;                          ///< of what is composed
    bool is_reachable_ = true;                 ///< every pointer that was moved leads where it can
    std::size_t name_at_ = wire::header_size;  ///< the name that the chain is at
    std::size_t record_at_ = 0;                ///< the RR that was appended last
    std::uint16_t ancount_ = 0;
    std::uint16_t nscount_ = 0;
    std::uint16_t arcount_ = 0;
    wire::Rcode rcode_{};
    bool aa_ = false;
    wire::Bytes ede_;  ///< of the answer that was appended last
    unsigned seen_count_ = 0;
    std::array<std::uint64_t, max_names> seen_;
    unsigned dname_count_ = 0;
    std::array<const Node*, max_names> dnames_;
    wire::QueryName target_;
};

}  // namespace

[[gnu::noinline]] Reply respond_chain(const Query& query, const table::Snapshot& snapshot,
                                      const table::Lookup& first) noexcept {
    return Chain(query, snapshot).run(first);
}

}  // namespace apex::answer
