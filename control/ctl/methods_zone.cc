// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include <algorithm>
#include <utility>

#include "control/ctl/methods.hh"
#include "control/zone/name_text.hh"

namespace apex::control {

namespace {

using nlohmann::json;

constexpr std::size_t max_owners_shown = 1000;

json summary(const ZoneEntry& entry) {
    json zone{{"name", to_text(entry.config.name)},
              {"state", entry.served() ? "served" : "failed"},
              {"file", entry.config.file.string()},
              {"serial", nullptr},
              {"names", 0},
              {"records", 0},
              {"aliases", 0},
              {"loaded_at", nullptr},
              {"error", nullptr}};
    if (entry.served()) {
        zone["serial"] = entry.zone->serial();
        zone["names"] = entry.zone->owners.size();
        zone["records"] = entry.zone->record_count;
        zone["aliases"] = entry.aliases.size();
        zone["loaded_at"] = time_text(entry.loaded_at);
    }
    if (const Error* problem = entry.problem(); problem != nullptr) {
        zone["error"] = problem->to_string();
    }
    return zone;
}

json owner_json(const wire::Name& name, const Owner& owner, wire::RrType alias_type) {
    json rrsets = json::array();
    for (const Rrset& set : owner.rrsets) {
        json rdata = json::array();
        for (const std::string& one : set.rdata) {
            rdata.push_back(rdata_text(set.type, one, alias_type));
        }
        rrsets.push_back({{"type", type_text(set.type, alias_type)},
                          {"ttl", set.ttl},
                          {"rdata", std::move(rdata)}});
    }
    return {{"owner", to_text(name)}, {"rrsets", std::move(rrsets)}};
}

json details(const ZoneEntry& entry, wire::RrType alias_type) {
    json zone = summary(entry);
    json warnings = json::array();
    json owners = json::array();
    bool truncated = false;
    if (entry.served()) {
        for (const Error& warning : entry.zone->warnings) warnings.push_back(warning.to_string());
        std::vector<const wire::Name*> names;
        for (const auto& [name, owner] : entry.zone->owners) {
            if (!owner.rrsets.empty()) names.push_back(&name);
        }
        // The apex first, then by length and text: the few names of a small zone read well.
        const auto before = [](const wire::Name* a, const wire::Name* b) {
            return std::pair(a->label_count(), a->wire()) < std::pair(b->label_count(), b->wire());
        };
        truncated = names.size() > max_owners_shown;
        const auto shown = std::min(names.size(), max_owners_shown);
        std::ranges::partial_sort(names, names.begin() + static_cast<std::ptrdiff_t>(shown),
                                  before);
        names.resize(shown);
        for (const wire::Name* name : names) {
            owners.push_back(owner_json(*name, entry.zone->owners.at(*name), alias_type));
        }
    }
    zone["warnings"] = std::move(warnings);
    zone["owners"] = std::move(owners);
    zone["truncated"] = truncated;
    return zone;
}

Error unknown_zone(const wire::Name& name) {
    return {"no zone \"" + to_text(name) + "\" is configured; \"zone list\" shows those that are"};
}

json reload_result(const ZoneSet& zones, const std::vector<wire::Name>& names) {
    json list = json::array();
    bool ok = true;
    for (const wire::Name& name : names) {
        const auto found = zones.zones().find(name);
        if (found == zones.zones().end()) continue;  // a config reload took it away
        const ZoneEntry& entry = found->second;
        ok = ok && !entry.error;
        list.push_back({{"name", to_text(name)},
                        {"state", entry.served() ? "served" : "failed"},
                        {"serial", entry.served() ? json(entry.zone->serial()) : json(nullptr)},
                        {"changed_names", entry.error ? 0 : entry.changed_names},
                        {"error", entry.error ? json(entry.error->to_string()) : json(nullptr)}});
    }
    return {{"ok", ok}, {"zones", std::move(list)}};
}

void reload_zones(Services& services, const json& params, const Reply& reply) {
    auto names = std::make_shared<std::vector<wire::Name>>();
    if (params.contains("zone")) {
        auto name = name_parameter(params, "zone");
        if (!name) return reply(std::unexpected(name.error()));
        if (!services.zones.zones().contains(*name)) {
            return reply(std::unexpected(unknown_zone(*name)));
        }
        names->push_back(*name);
    } else {
        for (const auto& [name, entry] : services.zones.zones()) names->push_back(name);
    }
    services.reloader.submit(
        [&services, names] {
            Reloader::Plan plan;
            for (const wire::Name& name : *names) {
                const auto found = services.zones.zones().find(name);
                if (found != services.zones.zones().end())
                    plan.load.push_back(found->second.attempted);
            }
            return plan;
        },
        [&services, names, reply](const Result<void>& done) {
            if (!done) return reply(std::unexpected(done.error()));
            reply(reload_result(services.zones, *names));
        });
}

}  // namespace

Handlers zone_methods(Services& services) {
    const wire::RrType alias_type = services.config.alias.type;
    return {
        {"zone.list",
         [&services](const json&, const Reply& reply) {
             json list = json::array();
             for (const auto& [name, entry] : services.zones.zones()) {
                 list.push_back(summary(entry));
             }
             reply(json{{"zones", std::move(list)}});
         }},
        {"zone.show",
         [&services, alias_type](const json& params, const Reply& reply) {
             const auto name = name_parameter(params, "zone");
             if (!name) return reply(std::unexpected(name.error()));
             const auto found = services.zones.zones().find(*name);
             if (found == services.zones.zones().end()) {
                 return reply(std::unexpected(unknown_zone(*name)));
             }
             reply(details(found->second, alias_type));
         }},
        {"zone.reload", [&services](const json& params,
                                    const Reply& reply) { reload_zones(services, params, reply); }},
    };
}

}  // namespace apex::control
