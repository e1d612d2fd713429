// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/zone/zone.hh"

#include <algorithm>

#include "control/config/read_file.hh"
#include "control/zone/entry_reader.hh"
#include "control/zone/record_parser.hh"
#include "control/zone/zone_builder.hh"

namespace apex::control {

namespace {

constexpr std::size_t max_zone_text = std::size_t{4} << 30;
constexpr std::size_t octets_per_owner = 32;  // of text; an estimate to size the table with

std::uint32_t read_32_bits(std::string_view octets, std::size_t at) {
    std::uint32_t value = 0;
    for (const char c : octets.substr(at, 4)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

}  // namespace

std::uint32_t Zone::serial() const {
    // SERIAL, REFRESH, RETRY, EXPIRE and MINIMUM end the RDATA, 32 bits each.
    const std::string& soa = apex_owner().find(wire::RrType::soa)->rdata[0];
    return read_32_bits(soa, soa.size() - 20);
}

std::uint32_t Zone::negative_ttl() const {
    const Rrset& soa = *apex_owner().find(wire::RrType::soa);
    return std::min(soa.ttl, read_32_bits(soa.rdata[0], soa.rdata[0].size() - 4));
}

std::vector<wire::Name> alias_targets(const Owner& owner, wire::RrType alias_type) {
    std::vector<wire::Name> targets;
    const Rrset* set = owner.find(alias_type);
    if (set == nullptr) return targets;
    targets.reserve(set->rdata.size());
    for (const std::string& rdata : set->rdata) {
        if (auto target = wire::Name::from_wire(rdata)) targets.push_back(std::move(*target));
    }
    return targets;
}

Result<Zone> parse_zone(std::string_view text, const ZoneConfig& config, wire::RrType alias_type) {
    EntryReader reader(text);
    RecordParser parser(config.name, alias_type);
    ZoneBuilder builder(config, alias_type, text.size() / octets_per_owner);
    Entry entry;
    Record record;
    const auto located = [&](Error error, unsigned line) {
        error.file = config.file.string();
        if (error.line == 0) error.line = line;
        return std::unexpected(std::move(error));
    };
    for (;;) {
        auto more = reader.next(entry);
        if (!more) return located(std::move(more.error()), 0);
        if (!*more) break;
        auto is_record = parser.parse(entry, record);
        if (!is_record) return located(std::move(is_record.error()), entry.line);
        if (!*is_record) continue;
        auto added = builder.add(record, entry.line);
        if (!added) return located(std::move(added.error()), entry.line);
    }
    auto zone = builder.finish();
    if (!zone) return located(std::move(zone.error()), 0);
    return zone;
}

Result<Zone> load_zone(const ZoneConfig& config, wire::RrType alias_type) {
    const auto text = read_file(config.file, max_zone_text);
    if (!text) return std::unexpected(text.error());
    return parse_zone(*text, config, alias_type);
}

}  // namespace apex::control
