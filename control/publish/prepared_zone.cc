// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/publish/prepared_zone.hh"

#include <string>
#include <utility>

#include "control/zone/name_text.hh"

namespace apex::control {

namespace {

/// Names of the old zone that the new one (null: none) does not publish.
std::vector<wire::Name> names_gone(const Zone* before, const Compiler* after) {
    std::vector<wire::Name> gone;
    if (before == nullptr) return gone;
    for (const auto& [name, records] : before->owners) {
        if (after == nullptr || !after->is_published(name)) gone.push_back(name);
    }
    return gone;
}

/// Settings that apply to nothing, a slip of the operator's.
void warn_of_unused(const std::map<wire::Name, AliasPolicy>& records, wire::RrType alias_type,
                    Zone& zone) {
    for (const auto& [owner, policy] : records) {
        const auto found = zone.owners.find(owner);
        if (found != zone.owners.end() && found->second.find(alias_type) != nullptr) continue;
        zone.warnings.push_back({"\"records\" in the configuration has \"" + to_text(owner) +
                                     "\", which has no ALIAS in the zone",
                                 zone.file.string()});
    }
}

}  // namespace

PreparedZone prepare_zone(ZoneConfig config, table::ZoneId id, wire::RrType alias_type,
                          const std::shared_ptr<const Zone>& before) {
    PreparedZone prepared;
    prepared.id = id;
    auto zone = load_zone(config, alias_type);
    prepared.config = std::move(config);
    if (!zone) {
        prepared.error = std::move(zone.error());
        return prepared;
    }
    warn_of_unused(prepared.config.records, alias_type, *zone);
    prepared.zone = std::make_shared<const Zone>(std::move(*zone));
    prepared.compiler = std::make_unique<Compiler>(*prepared.zone, id, alias_type);
    auto nodes = prepared.compiler->compile_static();
    if (!nodes) {
        prepared.error = std::move(nodes.error());
        return prepared;
    }
    prepared.nodes = std::move(*nodes);
    prepared.negative = prepared.compiler->compile_negative();
    prepared.gone = names_gone(before.get(), prepared.compiler.get());
    return prepared;
}

PreparedZone prepare_end(ZoneConfig config, table::ZoneId id,
                         const std::shared_ptr<const Zone>& before) {
    PreparedZone prepared;
    prepared.config = std::move(config);
    prepared.id = id;
    prepared.gone = names_gone(before.get(), nullptr);
    return prepared;
}

}  // namespace apex::control
