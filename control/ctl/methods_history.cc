// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// `alias history`: which sets the targets of an owner had.
#include <utility>

#include "control/ctl/alias_json.hh"
#include "control/ctl/methods.hh"
#include "control/zone/name_text.hh"

namespace apex::control {

namespace {

using nlohmann::json;

json sets_of(const TargetHistory* history, wire::RrType type, wire::RrType alias_type) {
    json sets = json::array();
    if (history == nullptr) return sets;
    for (const PublishedSet& set : history->newest_first()) {
        json one = set_json(set, type, alias_type);
        one["since"] = time_text(set.since);
        sets.push_back(std::move(one));
    }
    return sets;
}

json history_of(const Services& services, const AliasOwner& owner) {
    const wire::RrType alias_type = services.config.alias.type;
    json targets = json::array();
    for (const TargetKey& key : owner.zone.aliases.at(owner.name).outside) {
        targets.push_back({{"target", to_text(key.target)},
                           {"type", type_text(key.type, alias_type)},
                           {"sets", sets_of(services.engine.history(key), key.type, alias_type)}});
    }
    return {{"owner", to_text(owner.name)},
            {"zone", to_text(owner.zone.config.name)},
            {"targets", std::move(targets)}};
}

}  // namespace

Handlers history_methods(Services& services) {
    return {{"alias.history", [&services](const json& params, const Reply& reply) {
                 const auto owner = alias_owner(services, params);
                 if (!owner) return reply(std::unexpected(owner.error()));
                 reply(history_of(services, *owner));
             }}};
}

}  // namespace apex::control
