// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "tests/packet/table_content.hh"

#include <random>
#include <stdexcept>

#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"

namespace apex::test {

using table::BodyImage;

std::string a_record(std::uint32_t address, std::uint32_t ttl) {
    return be16(0xc00c) + be16(1) + be16(1) + be32(ttl) + be16(4) + be32(address);
}

BodyImage body_of(wire::RrType type, std::string bytes, unsigned ancount) {
    BodyImage body;
    body.type = type;
    body.bytes = std::move(bytes);
    body.ancount = static_cast<std::uint16_t>(ancount);
    return body;
}

BodyImage soa_body(std::uint32_t serial) {
    const std::string mname = octet(3) + "ns1" + be16(0xc00c);
    const std::string rname = octet(10) + "hostmaster" + be16(0xc00c);
    const std::string numbers =
        be32(serial) + be32(7200) + be32(3600) + be32(1209600) + be32(soa_ttl);
    const std::size_t rdlength = mname.size() + rname.size() + numbers.size();
    BodyImage body;
    body.type = table::Node::any_other_type;
    body.bytes = be16(0xc00c) + be16(6) + be16(1) + be32(soa_ttl) +
                 be16(static_cast<unsigned>(rdlength)) + mname + rname + numbers;
    body.nscount = 1;
    body.fixups = {0, 16, 29};  // two at even offsets, one at an odd
    return body;
}

ZoneImage::ZoneImage(table::ZoneId id, std::string_view apex, std::uint32_t serial)
    : id_(id), apex_(name_of(apex)) {
    const BodyImage soa = soa_body(serial);
    if (!negative_.append(id, apex_.label_count(), apex_, std::span(&soa, 1))) {
        throw std::length_error("negative");
    }
}

ZoneImage& ZoneImage::add(std::string_view name, const std::vector<BodyImage>& bodies,
                          table::Traits traits) {
    return add(name_of(name), bodies, traits);
}

ZoneImage& ZoneImage::add(const wire::Name& name, const std::vector<BodyImage>& bodies,
                          table::Traits traits) {
    if (!nodes_.append(id_, apex_.label_count(), name, bodies, traits))
        throw std::length_error("node");
    names_.push_back(name);
    return *this;
}

table::ZoneChange ZoneImage::put(std::vector<wire::Name> remove) const {
    return {id_, apex_, &nodes_, std::move(remove), &negative_};
}

table::ZoneChange ZoneImage::take_out() const {
    return {id_, apex_, nullptr, names_, nullptr};
}

wire::HashKey key_of(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    wire::HashKey key;
    for (std::uint32_t& word : key.words) word = static_cast<std::uint32_t>(random());
    key.mask = random();
    key.multiplier = random() | 1;
    return key;
}

wire::QueryName question(std::string_view wire_octets, const wire::HashKey& key) {
    std::string padded(wire_octets);
    padded.append(wire::QueryName::overread, '\0');
    wire::QueryName name;
    if (!name.parse(bytes_of(padded).first(wire_octets.size()), key)) {
        throw std::invalid_argument("not a name");
    }
    return name;
}

table::Lookup find(const table::Table& table, const wire::Name& name) {
    const table::Snapshot snapshot = table.snapshot();
    return snapshot.find(question(name.wire(), snapshot.hash_key()));
}

table::Lookup find(const table::Table& table, std::string_view name) {
    return find(table, name_of(name));
}

std::string body_bytes(const table::Node& node, wire::RrType type) {
    table::Body body;
    if (!node.find(type, body)) return "none";
    return {reinterpret_cast<const char*>(body.bytes()), body.length()};
}

}  // namespace apex::test
