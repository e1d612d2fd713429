// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/table/node_builder.hh"

#include <algorithm>
#include <cstring>

#include "dataplane/wire/checksum.hh"
#include "dataplane/wire/header.hh"

namespace apex::table {

namespace {

constexpr std::size_t round_up(std::size_t value, std::size_t unit) {
    return (value + unit - 1) / unit * unit;
}

std::uint16_t sum_of(const char* bytes, std::size_t size) {
    return wire::fold(wire::sum_words({reinterpret_cast<const std::uint8_t*>(bytes), size}));
}

bool has_large_count(const BodyImage& body) {
    return body.ancount > 255 || body.nscount > 255 || body.arcount > 255;
}

/// What is behind a body's bytes, as table::Body expects to find it.
std::vector<std::uint16_t> appendix(const BodyImage& body) {
    std::vector<std::uint16_t> words;
    if (has_large_count(body)) {
        words = {wire::wire16(body.ancount), wire::wire16(body.nscount),
                 wire::wire16(body.arcount)};
    }
    if (!body.ede.empty()) {
        words.push_back(static_cast<std::uint16_t>(body.ede.size()));
        const std::size_t at = words.size();
        words.resize(at + round_up(body.ede.size(), 2) / 2);
        std::memcpy(&words[at], body.ede.data(), body.ede.size());
    }
    if (body.essential_length != 0) {
        words.push_back(static_cast<std::uint16_t>(body.essential_length));
        words.push_back(sum_of(body.bytes.data(), body.essential_length));
        words.push_back(body.essential_arcount);
    }
    if (body.fixups.empty()) return words;
    words.push_back(static_cast<std::uint16_t>(body.fixups.size()));
    words.insert(words.end(), body.fixups.begin(), body.fixups.end());
    return words;
}

std::size_t body_size(const BodyImage& body) {
    return round_up(body.bytes.size(), 2) + 2 * appendix(body).size();
}

Node::BodyRef reference(const BodyImage& body, std::size_t offset) {
    const auto flags = static_cast<std::uint16_t>(wire::qr_flag | wire::to_int(body.rcode));
    Node::BodyRef ref{};
    ref.type = body.type;
    ref.offset = static_cast<std::uint16_t>(offset / 4);
    ref.length = static_cast<std::uint16_t>(body.bytes.size());
    ref.sum = sum_of(body.bytes.data(), body.bytes.size());
    ref.flags = static_cast<std::uint16_t>(
        wire::wire16(flags) | (body.authoritative ? Body::aa : 0) |
        (body.ede.empty() ? 0 : Body::mark_ede) |
        (body.essential_length != 0 ? Body::mark_optional : 0) | (body.open ? Body::mark_open : 0) |
        (body.fixups.empty() ? 0 : Body::mark_fixups) |
        (has_large_count(body) ? Body::mark_counts : 0));
    ref.ancount = static_cast<std::uint8_t>(body.ancount);
    ref.nscount = static_cast<std::uint8_t>(body.nscount);
    ref.arcount = static_cast<std::uint8_t>(body.arcount);
    return ref;
}

/// `base`: of the node that the header is of.
void write_ref(std::uint8_t* base, const Node::Header& header, std::size_t n,
               const Node::BodyRef& ref) {
    std::memcpy(base + Node::name_offset + header.name_size + n * Node::ref_size, &ref,
                Node::ref_size);
}

void write_body(std::uint8_t* to, const BodyImage& body) {
    std::memcpy(to, body.bytes.data(), body.bytes.size());
    to += round_up(body.bytes.size(), 2);
    const std::vector<std::uint16_t> words = appendix(body);
    if (!words.empty()) std::memcpy(to, words.data(), 2 * words.size());
}

/// Bodies as they are prepared.
class Images {
  public:
    explicit Images(std::span<const BodyImage> bodies) : bodies_(bodies) {}
    std::size_t count() const { return bodies_.size(); }
    std::size_t size(std::size_t n) const { return body_size(bodies_[n]); }
    Node::BodyRef ref(std::size_t n, std::size_t offset) const {
        return reference(bodies_[n], offset);
    }
    std::string_view bytes(std::size_t n) const { return bodies_[n].bytes; }
    void write(std::size_t n, std::uint8_t* to) const { write_body(to, bodies_[n]); }

  private:
    std::span<const BodyImage> bodies_;
};

/// Not a failure, nor a denial, behind a chain or not.
bool is_answer(wire::Rcode rcode, unsigned ancount, unsigned nscount) {
    return rcode == wire::Rcode::noerror && ancount > 0 && nscount == 0;
}

/// Those of a node, with another one for one type.
class Changed {
  public:
    /// `old`: the one that goes; as many as there are: none. `body`, if not null, comes.
    Changed(const Node& node, std::size_t old, const BodyImage* body)
        : node_(node), old_(old), body_(body) {
        if (body == nullptr) return;
        const unsigned mine =
            rank(body->type, is_answer(body->rcode, body->ancount, body->nscount));
        at_ = old;
        if (has_old() && rank_of(old) == mine) return;
        at_ = 0;
        for (std::size_t n = 0; n < node.type_count(); ++n) {
            if (n == old) continue;
            if (is_before(mine, n)) break;
            ++at_;
        }
    }
    bool has_old() const { return old_ < node_.type_count(); }
    std::size_t count() const {
        return node_.type_count() - (has_old() ? 1U : 0U) + (body_ != nullptr ? 1U : 0U);
    }
    std::size_t size(std::size_t n) const {
        if (n == at_) return body_size(*body_);
        const Body kept = node_.body(index(n));
        return static_cast<std::size_t>(kept.end() - kept.bytes());
    }
    Node::BodyRef ref(std::size_t n, std::size_t offset) const {
        if (n == at_) return reference(*body_, offset);
        Node::BodyRef ref = node_.ref(index(n));
        ref.offset = static_cast<std::uint16_t>(offset / 4);
        return ref;
    }
    std::string_view bytes(std::size_t n) const {
        if (n == at_) return body_->bytes;
        const Body kept = node_.body(index(n));
        return {reinterpret_cast<const char*>(kept.bytes()), kept.length()};
    }
    void write(std::size_t n, std::uint8_t* to) const {
        if (n == at_) return write_body(to, *body_);
        std::memcpy(to, node_.body(index(n)).bytes(), size(n));
    }

  private:
    unsigned rank_of(std::size_t n) const {
        const Body body = node_.body(n);
        return rank(node_.ref(n).type, is_answer(body.rcode(), body.ancount(), body.nscount()));
    }
    /// Whether a body of rank `mine` comes before the n-th. What a CNAME's owner has besides its
    /// chain stands first there, and what it says of other types last.
    bool is_before(unsigned mine, std::size_t n) const {
        const wire::RrType type = node_.ref(n).type;
        if (node_.has_cname() && (type == wire::RrType::cname || stands_beside_cname(type)))
            return false;
        return type == Node::any_other_type || rank_of(n) > mine;
    }
    /// In the node, of one that stays.
    std::size_t index(std::size_t n) const {
        const std::size_t among_kept = n > at_ ? n - 1 : n;
        return among_kept >= old_ ? among_kept + 1 : among_kept;
    }

    const Node& node_;
    std::size_t old_;
    const BodyImage* body_;
    std::size_t at_ = SIZE_MAX;  // where body_ comes
};

/// `body` can be written over number `old` of the node, as most changes of addresses can: it is
/// as long, of the same kind, and no other body has its octets there.
bool fits_over(const Node& node, std::size_t old, const BodyImage& body) {
    const Node::BodyRef there = node.ref(old);
    const std::size_t start = std::size_t{4} * there.offset;
    if ((there.flags & (Body::marks | Body::rcode_mask)) != 0) return false;
    if (!is_answer({}, there.ancount, there.nscount)) return false;
    if (!is_answer(body.rcode, body.ancount, body.nscount)) return false;
    if (reference(body, start).flags != there.flags || body.bytes.size() != there.length) {
        return false;
    }
    for (std::size_t n = 0; n < node.type_count(); ++n) {
        if (n == old) continue;
        const Node::BodyRef other = node.ref(n);
        const std::size_t from = std::max(start, std::size_t{4} * other.offset);
        const std::size_t to =
            std::min(start + there.length, std::size_t{4} * other.offset + other.length);
        if (from < to && std::memcmp(body.bytes.data() + (from - start),
                                     node.body(old).bytes() + (from - start), to - from) != 0) {
            return false;
        }
    }
    return true;
}

/// Where each body is to stand, octets from the node's start, the first one at `end` or
/// behind it; `end` becomes the end of all. The referral of a cut comes first, since few
/// ask a parent for DS. A body that others begin with, as every answer of a CNAME's owner
/// begins with the CNAME, has no place of its own.
template <typename Bodies>
std::vector<std::size_t> place(const Bodies& bodies, bool is_cut, std::size_t& end) {
    const std::size_t count = bodies.count();
    std::vector<std::size_t> host(count);
    const auto begins = [&bodies](std::size_t n, std::size_t other) {
        const std::string_view mine = bodies.bytes(n);
        const std::string_view its = bodies.bytes(other);
        return mine.size() < its.size() && its.starts_with(mine);
    };
    for (std::size_t n = 0; n < count; ++n) {
        host[n] = n;
        const std::string_view mine = bodies.bytes(n);
        if (mine.empty() || bodies.size(n) != round_up(mine.size(), 2)) continue;
        for (std::size_t other = 0; other < count && host[n] == n; ++other) {
            if (begins(n, other)) host[n] = other;
        }
    }
    std::vector<std::size_t> offsets(count);
    for (std::size_t step = 0; step < count; ++step) {
        const std::size_t n = is_cut ? count - 1 - step : step;
        if (host[n] != n) continue;
        offsets[n] = round_up(end, 4);
        end = offsets[n] + bodies.size(n);
    }
    for (std::size_t n = 0; n < count; ++n) {
        std::size_t last = n;
        while (host[last] != last) last = host[last];
        offsets[n] = offsets[last];
    }
    return offsets;
}

/// A chain as it begins the answers of an alias.
struct ChainPart {
    wire::Bytes bytes;           ///< of its RRs; empty: there is none
    std::uint16_t end_name = 0;  ///< a pointer to where it leads
};

/// `other`: what `alias` answers with for types that are not listed: its chain comes first.
ChainPart chain_part(const Node& alias, const Body& other) {
    const std::uint8_t* at = other.bytes();
    const std::uint8_t* rdata = nullptr;
    for (unsigned left = other.ancount(); left > 0; --left) {
        while (*at != 0 && *at < 0xc0) at += *at + 1;
        rdata = at + (*at == 0 ? 1 : wire::pointer_size) + wire::rr_fixed_size;
        at = rdata + wire::load_be16(rdata - 2);
    }
    if (rdata == nullptr) return {};
    const std::size_t offset = wire::header_size + alias.name().size() + 4 +
                               static_cast<std::size_t>(rdata - other.bytes());
    if (offset >= 0x4000) return {};
    return {{other.bytes(), at},
            *rdata >= 0xc0 ? wire::load_be16(rdata)
                           : static_cast<std::uint16_t>(wire::pointer_mark | offset)};
}

/// Of the fix-ups of `body` those among its first `length` octets.
std::vector<std::uint16_t> fixups_within(const Body& body, std::size_t length) {
    std::vector<std::uint16_t> within;
    const std::uint8_t* at = body.fixups();
    if (at == nullptr) return within;
    for (unsigned left = wire::load16(at); left > 0; --left) {
        at += sizeof(std::uint16_t);
        if (wire::load16(at) < length) within.push_back(wire::load16(at));
    }
    return within;
}

}  // namespace

bool put_behind_chain(const Node& alias, const BodyImage& body, BodyImage& to) {
    to = body;
    if (body.rcode != wire::Rcode::noerror) return body.bytes.empty();
    if (!alias.has_cname() || body.arcount > 0) return false;
    const std::size_t last = alias.type_count() - 1U;
    const Body other = alias.body(last);
    if (alias.ref(last).type != Node::any_other_type) return false;
    const bool is_denial = body.ancount == 0;
    const ChainPart chain = chain_part(alias, other);
    if (chain.bytes.empty()) return false;
    const std::size_t kept = is_denial ? other.length() : chain.bytes.size();
    to.bytes.assign(reinterpret_cast<const char*>(other.bytes()), kept);
    to.fixups = fixups_within(other, kept);
    to.ancount = static_cast<std::uint16_t>(body.ancount + other.ancount());
    if (is_denial) return true;
    to.bytes += body.bytes;
    auto* const start = reinterpret_cast<std::uint8_t*>(to.bytes.data());
    for (std::size_t at = kept; at != to.bytes.size();) {
        if (wire::load_be16(start + at) != wire::question_pointer) return false;
        wire::store_be16(start + at, chain.end_name);
        if (alias.is_wildcard()) to.fixups.push_back(static_cast<std::uint16_t>(at));
        at += wire::pointer_size + wire::rr_fixed_size;
        at += wire::load_be16(start + at - 2);
    }
    return true;
}

template <typename Bodies>
bool NodeBatch::lay_out(Node::Header header, wire::Bytes name, const Bodies& bodies) {
    const std::size_t count = bodies.count();
    if (count > 255) return false;
    header.type_count = static_cast<std::uint8_t>(count);
    const std::size_t refs_at = Node::name_offset + name.size();
    std::size_t size = refs_at + Node::ref_size * count;
    const bool is_cut = (header.zone_and_traits & Node::trait_cut) != 0;
    const std::vector<std::size_t> offsets = place(bodies, is_cut, size);
    size = round_up(size, Node::alignment);
    if (size > max_node_size) return false;
    header.units = static_cast<std::uint16_t>(size / Node::alignment);

    const std::size_t start = words_.size();
    words_.resize(start + size / sizeof(std::uint64_t));
    auto* base = reinterpret_cast<std::uint8_t*>(words_.data() + start);
    std::memcpy(base, &header, Node::name_offset);
    std::memcpy(base + Node::name_offset, name.data(), name.size());
    for (std::size_t n = 0; n < count; ++n) {
        write_ref(base, header, n, bodies.ref(n, offsets[n]));
        bodies.write(n, base + offsets[n]);
    }
    offsets_.push_back(start);
    return true;
}

bool NodeBatch::append(ZoneId zone, unsigned zone_labels, const wire::Name& name,
                       std::span<const BodyImage> bodies, Traits traits) {
    const auto is_too_large = [](const BodyImage& body) {
        return body.bytes.size() > wire::max_body_size || body.arcount > Body::max_arcount;
    };
    if (std::ranges::any_of(bodies, is_too_large)) return false;
    const std::uint32_t zone_and_traits =
        zone | (traits.cut ? Node::trait_cut : 0) | (traits.dname ? Node::trait_dname : 0) |
        (traits.wildcard ? Node::trait_wildcard : 0) | (traits.cname ? Node::trait_cname : 0);
    const std::string_view bytes = name.wire();
    return lay_out({.zone_and_traits = zone_and_traits,
                    .units = 0,
                    .name_size = static_cast<std::uint8_t>(bytes.size()),
                    .zone_labels = static_cast<std::uint8_t>(zone_labels),
                    .type_count = 0,
                    .labels = static_cast<std::uint8_t>(name.label_count())},
                   {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()},
                   Images(bodies));
}

bool NodeBatch::append_changed(const Node& node, wire::RrType type, const BodyImage* body) {
    if (body != nullptr && body->bytes.size() > wire::max_body_size) return false;
    std::size_t old = 0;
    while (old < node.type_count() && node.ref(old).type != type) ++old;
    if (body != nullptr && old < node.type_count() && fits_over(node, old, *body)) {
        write_over(node, old, *body);
        return true;
    }
    return lay_out(node.header(), node.name(), Changed(node, old, body));
}

/// Adds a copy of the node with `body` where its number `old` is.
void NodeBatch::write_over(const Node& node, std::size_t old, const BodyImage& body) {
    const auto* words = reinterpret_cast<const std::uint64_t*>(&node);
    offsets_.push_back(words_.size());
    words_.insert(words_.end(), words, words + node.size() / sizeof(std::uint64_t));
    auto* base = reinterpret_cast<std::uint8_t*>(words_.data() + offsets_.back());
    const std::size_t offset = std::size_t{4} * node.ref(old).offset;
    write_ref(base, node.header(), old, reference(body, offset));
    std::memcpy(base + offset, body.bytes.data(), body.bytes.size());
}

void NodeBatch::clear() {
    words_.clear();
    offsets_.clear();
}

const Node& NodeBatch::operator[](std::size_t n) const {
    return *reinterpret_cast<const Node*>(words_.data() + offsets_[n]);
}

}  // namespace apex::table
