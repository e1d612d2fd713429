// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/config/zones_reader.hh"

#include <optional>
#include <string_view>

#include "control/config/dname_text.hh"
#include "control/config/health_check_reader.hh"
#include "control/config/in_quotes.hh"

namespace apex::control {

namespace {

std::optional<Flatten> parse_flatten(std::string_view text) {
    if (text == "none") return Flatten::none;
    if (text == "apex") return Flatten::apex;
    if (text == "all") return Flatten::all;
    return std::nullopt;
}

}  // namespace

void ZonesReader::read(const YAML::Node& node, const YamlPlace& place) {
    if (node.IsNull()) return;  // "zones:" with every entry commented out
    const auto add = [this](const YAML::Node& item, const YamlPlace& at) { read_zone(item, at); };
    yaml_.read_list(node, place, "a map with \"name\" and \"file\"", add);
}

void ZonesReader::read_zone(const YAML::Node& node, const YamlPlace& place) {
    using enum Presence;
    ZoneConfig zone;
    zone.line = place.line;
    Changes changes;
    const auto name = [&](const YAML::Node& value, const YamlPlace& at) {
        read_name(value, at, zone);
    };
    const auto path = [&](const YAML::Node& value, const YamlPlace& at) {
        const auto text = yaml_.read_text(value, at);
        if (text) zone.file = folder_ / *text;
    };
    const auto policy = [&](const YAML::Node& value, const YamlPlace& at) {
        changes.zone.line = at.line;
        yaml_.read_map(value, at, policy_keys(yaml_, changes.zone));
    };
    const auto records = [&](const YAML::Node& value, const YamlPlace& at) {
        yaml_.read_entries(
            value, at, "an owner name",
            [&](const std::string& owner, const YAML::Node& settings, const YamlPlace& where) {
                read_record(owner, settings, where, changes);
            });
    };
    yaml_.read_map(
        node, place,
        {
            {"name", "a domain name", required, name},
            {"file", "a path", required, path},
            {"flatten", "none, apex or all", optional, store(yaml_, zone.flatten, parse_flatten)},
            {"alias", "a map", optional, policy},
            {"records", "a map from owner names to their settings", optional, records},
        });
    zones_.push_back(std::move(zone));
    changes_.push_back(std::move(changes));
}

void ZonesReader::read_name(const YAML::Node& node, const YamlPlace& place, ZoneConfig& zone) {
    const auto text = yaml_.read_text(node, place);
    if (!text) return;
    const auto octets = dname_wire(*text, root_wire);
    if (!octets) return yaml_.fail_at(place.line, octets.error().message);
    zone.name = *wire::Name::from_wire(*octets);
    const auto [first, fresh] = lines_.emplace(zone.name, place.line);
    if (!fresh) {
        yaml_.fail_at(place.line, "zone " + in_quotes(*text) + " is already on line " +
                                      std::to_string(first->second) + "; expected each zone once");
    }
}

void ZonesReader::read_record(const std::string& owner, const YAML::Node& node,
                              const YamlPlace& place, Changes& changes) {
    PolicyChanges& record = changes.records.emplace_back(owner, PolicyChanges{}).second;
    record.line = place.line;
    std::vector<Key> keys = policy_keys(yaml_, record);
    keys.push_back({"health", "a map with \"check\"", Presence::optional,
                    [&](const YAML::Node& check, const YamlPlace& at) {
                        read_health_check(yaml_, check, at, record.health);
                    }});
    yaml_.read_map(node, place, keys);
}

void ZonesReader::settle_policies(const AliasPolicy& server) {
    for (std::size_t n = 0; n < zones_.size() && !yaml_.failed(); ++n) {
        ZoneConfig& zone = zones_[n];
        zone.alias = changes_[n].zone.applied_to(server, PolicyLevel::zone);
        check_bounds(yaml_, zone.alias, changes_[n].zone.line);
        for (const auto& [owner, record] : changes_[n].records) settle_record(zone, owner, record);
    }
}

void ZonesReader::settle_record(ZoneConfig& zone, const std::string& owner,
                                const PolicyChanges& changes) {
    const auto octets = dname_wire(owner, zone.name.wire());
    if (!octets) return yaml_.fail_at(changes.line, octets.error().message);
    const wire::Name name = owner == "@" ? zone.name : *wire::Name::from_wire(*octets);
    if (!name.is_at_or_below(zone.name)) {
        return yaml_.fail_at(changes.line, "owner " + in_quotes(owner) +
                                               " in \"records\" is not in its zone; expected a "
                                               "name at or below the zone's");
    }
    AliasPolicy policy = changes.applied_to(zone.alias, PolicyLevel::record);
    if (policy.health && policy.health->kind != HealthCheck::Kind::tcp) {
        std::string& host = policy.health->host;
        if (host.empty()) host = host_of(name);
        if (host.empty()) {
            return yaml_.fail_at(changes.line, "owner " + in_quotes(owner) +
                                                   " is no host name; expected a \"host\" in its "
                                                   "\"health\"");
        }
    }
    const auto [record, is_new] = zone.records.emplace(name, std::move(policy));
    if (!is_new) {
        return yaml_.fail_at(changes.line, "owner " + in_quotes(owner) +
                                               " in \"records\" is there twice; expected each "
                                               "once");
    }
    check_bounds(yaml_, record->second, changes.line);
}

}  // namespace apex::control
