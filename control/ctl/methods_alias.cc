// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "control/alias/flattened_set.hh"
#include "control/ctl/methods.hh"
#include "control/zone/name_text.hh"

namespace apex::control {

namespace {

using nlohmann::json;
using std::chrono::duration_cast;
using std::chrono::seconds;
using std::chrono::system_clock;

constexpr std::size_t max_aliases_shown = 1000;

constexpr std::array address_types{wire::RrType::a, wire::RrType::aaaa};

std::string_view state_text(const TargetState& state) {
    if (!state.last_good) return state.failures > 0 ? "failing" : "pending";
    return state.failures > 0 ? "stale" : "ok";
}

std::string rule_text(TtlRule rule) {
    switch (rule) {
        case TtlRule::chain_minimum:
            return "minimum over the chain";
        case TtlRule::floor:
            return "floor, alias.ttl-min";
        case TtlRule::ceiling:
            return "ceiling, alias.ttl-max";
        case TtlRule::learned:
            return "learned, what was received is the rest of a cached TTL";
        case TtlRule::alias_record:
            return "the ALIAS record's own TTL";
    }
    return {};
}

json address_list(const std::vector<std::string>& addresses, wire::RrType type,
                  wire::RrType alias_type) {
    json list = json::array();
    for (const std::string& address : addresses) {
        list.push_back(rdata_text(type, address, alias_type));
    }
    return list;
}

/// Seconds, rounded up, and never below zero: "due" shows as 0.
json seconds_until(const std::optional<system_clock::time_point>& time) {
    if (!time) return nullptr;
    return std::max<std::int64_t>(0,
                                  std::chrono::ceil<seconds>(*time - system_clock::now()).count());
}

/// What the last good resolution gave; null when there was none (RFC 2308 §2.1, §2.2).
json answer_text(const TargetState& state) {
    if (!state.last_good) return nullptr;
    if (!state.last_good->addresses.empty()) return "addresses";
    return state.last_good->nxdomain ? "nxdomain" : "nodata";
}

json chain_json(const ResolvedSet& set, wire::RrType alias_type) {
    json chain = json::array();
    for (const Hop& hop : set.chain) {
        chain.push_back({{"owner", to_text(hop.owner)},
                         {"type", type_text(hop.type, alias_type)},
                         {"ttl", hop.ttl},
                         {"next", hop.next.is_root() ? json(nullptr) : json(to_text(hop.next))}});
    }
    return chain;
}

json explain_type(const TargetState& state, const FlattenedSet& flattened,
                  wire::RrType alias_type) {
    json type{{"type", type_text(state.key.type, alias_type)},
              {"state", state_text(state)},
              {"answer", answer_text(state)},
              {"addresses", json::array()},
              {"left_out", flattened.left_out},
              {"served_ttl", nullptr},
              {"ttl_rule", nullptr},
              {"chain", json::array()},
              {"resolver", nullptr},
              {"resolved_at", nullptr},
              {"age_seconds", nullptr},
              {"next_refresh", state.next_refresh ? json(time_text(*state.next_refresh)) : json()},
              {"next_refresh_in", seconds_until(state.next_refresh)},
              {"last_error", state.last_error.empty() ? json(nullptr) : json(state.last_error)},
              {"failures", state.failures},
              {"resolutions", state.resolutions},
              {"changes", state.changes}};
    if (!state.last_good) return type;
    const ResolvedSet& set = *state.last_good;
    type["addresses"] = address_list(set.addresses, state.key.type, alias_type);
    type["served_ttl"] = flattened.ttl;
    type["ttl_rule"] = rule_text(flattened.ttl_rule);
    type["chain"] = chain_json(set, alias_type);
    type["resolver"] = set.resolver;
    type["resolved_at"] = time_text(set.resolved_at);
    type["age_seconds"] = duration_cast<seconds>(system_clock::now() - set.resolved_at).count();
    return type;
}

json explain(const Services& services, const ZoneEntry& entry, const wire::Name& name,
             const Owner& owner) {
    const AliasConfig& alias = services.config.alias;
    json targets = json::array();
    for (const wire::Name& target : alias_targets(owner, alias.type)) {
        json types = json::array();
        for (const wire::RrType type : address_types) {
            const TargetState* state = services.engine.find({target, type});
            if (state == nullptr || owner.find(type) != nullptr) continue;
            types.push_back(
                explain_type(*state, flatten(services.engine, alias, owner, type), alias.type));
        }
        targets.push_back({{"target", to_text(target)}, {"types", std::move(types)}});
    }
    return {{"owner", to_text(name)},
            {"zone", to_text(entry.config.name)},
            {"alias_ttl", owner.find(alias.type)->ttl},
            {"targets", std::move(targets)}};
}

void explain_name(const Services& services, const json& params, const Reply& reply) {
    const auto name = name_parameter(params, "name");
    if (!name) return reply(std::unexpected(name.error()));
    const ZoneEntry* entry = services.zones.enclosing(*name);
    if (entry == nullptr) {
        return reply(fail("no zone that is served here encloses \"" + to_text(*name) +
                          "\"; \"zone list\" shows those that are"));
    }
    const auto owner = entry->zone->owners.find(*name);
    if (owner == entry->zone->owners.end() ||
        owner->second.find(services.config.alias.type) == nullptr) {
        return reply(fail("\"" + to_text(*name) + "\" has no ALIAS record in zone \"" +
                          to_text(entry->config.name) + "\"; \"alias list\" shows those that do"));
    }
    reply(explain(services, *entry, *name, owner->second));
}

json list(const Services& services) {
    const AliasConfig& alias = services.config.alias;
    json rows = json::array();
    bool truncated = false;
    for (const auto& [zone_name, entry] : services.zones.zones()) {
        if (truncated) break;
        for (const auto& [key, owner] : entry.followed) {
            const TargetState* state = services.engine.find(key);
            if (state == nullptr) continue;
            truncated = rows.size() == max_aliases_shown;
            if (truncated) break;
            const FlattenedSet flattened =
                flatten(services.engine, alias, entry.zone->owners.at(owner), key.type);
            rows.push_back(
                {{"owner", to_text(owner)},
                 {"zone", to_text(zone_name)},
                 {"target", to_text(key.target)},
                 {"type", type_text(key.type, alias.type)},
                 {"state", state_text(*state)},
                 {"answer", answer_text(*state)},
                 {"addresses", state->last_good
                                   ? address_list(state->last_good->addresses, key.type, alias.type)
                                   : json::array()},
                 {"ttl", state->last_good ? json(flattened.ttl) : json(nullptr)},
                 {"next_refresh_in", seconds_until(state->next_refresh)}});
        }
    }
    return {{"aliases", std::move(rows)}, {"truncated", truncated}};
}

}  // namespace

Handlers alias_methods(Services& services) {
    return {
        {"alias.list", [&services](const json&, const Reply& reply) { reply(list(services)); }},
        {"alias.explain",
         [&services](const json& params, const Reply& reply) {
             explain_name(services, params, reply);
         }},
    };
}

}  // namespace apex::control
