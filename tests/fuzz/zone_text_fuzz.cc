// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Feeds arbitrary text to the zone reader, and what it accepts to everything
// that reads a Zone. Any accepted zone must have its apex, SOA and ancestors.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "control/zone/name_text.hh"
#include "control/zone/zone.hh"

namespace {

using namespace apex;

void require(bool holds) {
    if (!holds) std::abort();
}

void read_everything(const control::Zone& zone, wire::RrType alias_type) {
    static_cast<void>(zone.serial());
    static_cast<void>(zone.negative_ttl());
    for (const auto& [name, owner] : zone.owners) {
        require(name.is_at_or_below(zone.apex) && !control::to_text(name).empty());
        require(name == zone.apex || zone.owners.contains(name.parent()));
        for (const control::Rrset& set : owner.rrsets) {
            require(!set.rdata.empty() && !control::type_text(set.type, alias_type).empty());
            for (const std::string& rdata : set.rdata) {
                require(!control::rdata_text(set.type, rdata, alias_type).empty());
            }
        }
        const control::Rrset* alias = owner.find(alias_type);
        const std::size_t count = alias == nullptr ? 0 : alias->rdata.size();
        require(control::alias_targets(owner, alias_type).size() == count);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const wire::Name apex_name = *control::parse_name("example.com");
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const auto flatten :
         {control::Flatten::none, control::Flatten::apex, control::Flatten::all}) {
        control::ZoneConfig config;
        config.name = apex_name;
        config.file = "fuzz.zone";
        config.flatten = flatten;
        const auto zone = control::parse_zone(text, config, wire::RrType::alias);
        if (zone) {
            read_everything(*zone, wire::RrType::alias);
        } else {
            require(zone.error().file == "fuzz.zone" &&
                    zone.error().to_string().find('\n') == std::string::npos);
        }
    }
    return 0;
}
