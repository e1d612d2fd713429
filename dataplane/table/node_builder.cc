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

/// What is behind a body's bytes, as table::Body expects to find it.
std::vector<std::uint16_t> appendix(const BodyImage& body) {
    std::vector<std::uint16_t> words;
    if (!body.ede.empty()) {
        words.push_back(static_cast<std::uint16_t>(body.ede.size()));
        words.resize(words.size() + round_up(body.ede.size(), 2) / 2);
        std::memcpy(&words[1], body.ede.data(), body.ede.size());
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
    ref.head = wire::pack16(flags, body.ancount, body.nscount, body.arcount) |
               (body.authoritative ? Body::aa : 0) | (body.ede.empty() ? 0 : Body::mark_ede) |
               (body.essential_length != 0 ? Body::mark_optional : 0) |
               (body.open ? Body::mark_open : 0) | (body.fixups.empty() ? 0 : Body::mark_fixups);
    return ref;
}

void write_body(std::uint8_t* to, const BodyImage& body) {
    std::memcpy(to, body.bytes.data(), body.bytes.size());
    to += round_up(body.bytes.size(), 2);
    const std::vector<std::uint16_t> words = appendix(body);
    if (!words.empty()) std::memcpy(to, words.data(), 2 * words.size());
}

}  // namespace

bool NodeBatch::append(ZoneId zone, unsigned zone_labels, const wire::Name& name,
                       std::span<const BodyImage> bodies, Traits traits) {
    if (bodies.size() > 255) return false;
    const std::size_t names_at = Node::refs_offset + sizeof(Node::BodyRef) * bodies.size();
    std::size_t size = names_at + name.size();
    for (const BodyImage& body : bodies) {
        if (body.bytes.size() > wire::max_message_size || body.arcount > Body::max_arcount) {
            return false;
        }
        size = round_up(size, 4) + body_size(body);
    }
    size = round_up(size, Node::alignment);
    if (size > max_node_size) return false;

    const std::size_t start = words_.size();
    words_.resize(start + size / sizeof(std::uint64_t));
    auto* base = reinterpret_cast<std::uint8_t*>(words_.data() + start);
    const std::uint32_t zone_and_traits =
        zone | (traits.cut ? Node::trait_cut : 0) | (traits.dname ? Node::trait_dname : 0) |
        (traits.wildcard ? Node::trait_wildcard : 0) | (traits.cname ? Node::trait_cname : 0);
    const Node::Header header{zone_and_traits,
                              static_cast<std::uint16_t>(size / Node::alignment),
                              static_cast<std::uint8_t>(name.size()),
                              static_cast<std::uint8_t>(zone_labels),
                              static_cast<std::uint8_t>(bodies.size()),
                              static_cast<std::uint8_t>(name.label_count())};
    std::memcpy(base, &header, Node::refs_offset);
    std::memcpy(base + names_at, name.wire().data(), name.size());
    std::size_t offset = names_at + name.size();
    std::uint8_t* ref_at = base + Node::refs_offset;
    for (const BodyImage& body : bodies) {
        offset = round_up(offset, 4);
        const Node::BodyRef ref = reference(body, offset);
        std::memcpy(ref_at, &ref, sizeof ref);
        write_body(base + offset, body);
        ref_at += sizeof ref;
        offset += body_size(body);
    }
    offsets_.push_back(start);
    return true;
}

const Node& NodeBatch::operator[](std::size_t n) const {
    return *reinterpret_cast<const Node*>(words_.data() + offsets_[n]);
}

}  // namespace apex::table
