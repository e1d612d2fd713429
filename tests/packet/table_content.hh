// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Record tables filled by hand: bodies written out octet by octet, so that what
// reads the table is tested without what compiles zones.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/table/node_builder.hh"
#include "dataplane/table/publisher.hh"
#include "dataplane/table/table.hh"
#include "dataplane/wire/query_name.hh"

namespace apex::test {

/// One A record, owned by the question's name.
std::string a_record(std::uint32_t address, std::uint32_t ttl = 300);

/// A body of the octets given.
table::BodyImage body_of(wire::RrType type, std::string bytes, unsigned ancount = 1);

/// NOERROR/NXDOMAIN body of a zone: its SOA, mname ns1.APEX, rname hostmaster.APEX,
/// serial as given, names compressed against a question that is the apex.
table::BodyImage soa_body(std::uint32_t serial);
inline constexpr std::uint32_t soa_ttl = 3600;

/// The content of one zone, and the changes that publish it.
class ZoneImage {
  public:
    ZoneImage(table::ZoneId id, std::string_view apex, std::uint32_t serial = 1);

    ZoneImage& add(std::string_view name, const std::vector<table::BodyImage>& bodies,
                   table::Traits traits = {});
    ZoneImage& add(const wire::Name& name, const std::vector<table::BodyImage>& bodies,
                   table::Traits traits = {});

    /// Valid while this object lives and is not added to.
    table::ZoneChange put(std::vector<wire::Name> remove = {}) const;
    /// Takes out the zone with every name that this object has.
    table::ZoneChange take_out() const;

    const wire::Name& apex() const { return apex_; }
    const std::vector<wire::Name>& names() const { return names_; }
    const table::NodeBatch& nodes() const { return nodes_; }

  private:
    table::ZoneId id_;
    wire::Name apex_;
    std::vector<wire::Name> names_;
    table::NodeBatch nodes_;
    table::NodeBatch negative_;
};

/// A key for tests, the same for the same seed.
wire::HashKey key_of(std::uint64_t seed);

/// A name as a question holds it, parsed with the table's key.
wire::QueryName question(std::string_view wire_octets, const wire::HashKey& key);

/// What the table says of `name` (text). The caller is a reader that is online.
table::Lookup find(const table::Table& table, std::string_view name);
table::Lookup find(const table::Table& table, const wire::Name& name);

/// The octets of the answer for a type; "none" when the node has none.
std::string body_bytes(const table::Node& node, wire::RrType type = wire::RrType::a);

}  // namespace apex::test
