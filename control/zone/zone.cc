// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/zone/zone.hh"

#include <algorithm>

#include "control/config/read_file.hh"
#include "control/zone/zone_reader.hh"

namespace apex::control {

namespace {

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
    return ZoneReader(config, alias_type, false, text).read();
}

Result<Zone> load_zone(const ZoneConfig& config, wire::RrType alias_type) {
    const auto text = read_file(config.file, ZoneReader::max_text);
    if (!text) return std::unexpected(text.error());
    return ZoneReader(config, alias_type, true, *text).read();
}

}  // namespace apex::control
