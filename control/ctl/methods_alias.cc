// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "control/alias/flattened_set.hh"
#include "control/ctl/alias_json.hh"
#include "control/ctl/methods.hh"
#include "control/zone/name_text.hh"

namespace apex::control {

namespace {

using nlohmann::json;
using std::chrono::duration_cast;
using std::chrono::seconds;
using std::chrono::system_clock;

constexpr std::size_t max_aliases_shown = 1000;

/// Its set is older than it should be, or there is none.
bool is_late(const TargetState& state) {
    return state.failures > 0 || state.restored || state.rung == Rung::stale ||
           state.rung == Rung::expired;
}

std::string_view state_text(const TargetSet& set) {
    if (set.ede == wire::Ede::no_reachable_authority) return "failing";
    const bool late = set.state != nullptr && is_late(*set.state);
    if (set.ready) return late ? "stale" : "ok";
    return late ? "failing" : "pending";
}

std::string_view rung_text(Rung rung) {
    switch (rung) {
        case Rung::none:
            return "none";
        case Rung::fresh:
            return "fresh";
        case Rung::stale:
            return "stale";
        case Rung::expired:
            return "expired";
    }
    return {};
}

std::string bound_text(const char* what, const char* key, PolicyLevel level) {
    const std::string start = std::string(what) + ", ";
    switch (level) {
        case PolicyLevel::server:
            return start + "alias." + key;
        case PolicyLevel::zone:
            return start + key + " of the zone";
        case PolicyLevel::record:
            return start + key + " of the record";
    }
    return {};
}

std::string rule_text(const FlattenedSet& set) {
    switch (set.ttl_rule) {
        case TtlRule::chain_minimum:
            return "minimum over the chain";
        case TtlRule::floor:
            return bound_text("floor", "ttl-min", set.ttl_level);
        case TtlRule::ceiling:
            return bound_text("ceiling", "ttl-max", set.ttl_level);
        case TtlRule::learned:
            return "learned, what was received is the rest of a cached TTL";
        case TtlRule::alias_record:
            return "the ALIAS record's own TTL";
        case TtlRule::own_records:
            return "the owner's own records";
        case TtlRule::stale:
            return "the set is stale (RFC 8767)";
    }
    return {};
}

/// Seconds, rounded up, and never below zero: "due" shows as 0.
json seconds_until(const std::optional<system_clock::time_point>& time) {
    if (!time) return nullptr;
    return std::max<std::int64_t>(0,
                                  std::chrono::ceil<seconds>(*time - system_clock::now()).count());
}

/// What the target gives; null: nothing, as `reason` says.
json answer_json(const TargetSet& set) {
    if (!set.ready) return nullptr;
    return answer_text(!set.addresses.empty(), set.nxdomain);
}

void add_hops(const std::vector<Hop>& hops, wire::RrType alias_type, json& chain) {
    for (const Hop& hop : hops) {
        chain.push_back({{"owner", to_text(hop.owner)},
                         {"type", type_text(hop.type, alias_type)},
                         {"ttl", hop.ttl},
                         {"next", hop.next.is_root() ? json(nullptr) : json(to_text(hop.next))}});
    }
}

json validation_json(Validation validation) {
    switch (validation) {
        case Validation::unknown:
            return nullptr;
        case Validation::off:
            return "off";
        case Validation::insecure:
            return "insecure";
        case Validation::secure:
            return "secure";
    }
    return nullptr;
}

/// What the engine knows of where the way leaves our own zones.
void add_resolution(const TargetState& state, json& type) {
    type["next_refresh"] = state.next_refresh ? json(time_text(*state.next_refresh)) : json();
    type["next_refresh_in"] = seconds_until(state.next_refresh);
    if (!state.last_error.empty()) type["last_error"] = state.last_error;
    type["failures"] = state.failures;
    type["denials"] = state.unconfirmed_empty;
    type["resolutions"] = state.resolutions;
    type["changes"] = state.changes;
    type["restored"] = state.restored;
    if (!state.last_good) return;
    const ResolvedSet& good = *state.last_good;
    type["resolver"] = good.resolver;
    type["validation"] = validation_json(good.validation);
    type["resolved_at"] = time_text(good.resolved_at);
    type["age_seconds"] = duration_cast<seconds>(system_clock::now() - good.resolved_at).count();
}

json refused_json(const ResolvedSet& set, wire::RrType type, wire::RrType alias_type) {
    json refused = json::array();
    for (const RefusedAddress& one : set.refused) {
        refused.push_back({{"address", rdata_text(type, one.rdata, alias_type)}, {"why", one.why}});
    }
    return refused;
}

json alarms_about(const TargetKey& key, const AlarmBoard& board, wire::RrType alias_type) {
    json alarms = json::array();
    for (const AlarmKind kind : alarm_kinds) {
        const auto found = board.alarms().find({key, kind});
        if (found == board.alarms().end()) continue;
        json alarm = alarm_json(found->second, alias_type);
        alarm.erase("target");
        alarm.erase("type");
        alarms.push_back(std::move(alarm));
    }
    return alarms;
}

json explain_type(const TargetSet& set, const FlattenedSet& flattened, wire::RrType rr_type,
                  const Services& services) {
    const wire::RrType alias_type = services.config.alias.type;
    json chain = json::array();
    add_hops(set.chain, alias_type, chain);
    const bool ends_outside = set.state != nullptr && !set.comes_back;
    if (set.ready && ends_outside) add_hops(set.state->last_good->chain, alias_type, chain);
    json type{{"type", type_text(rr_type, alias_type)},
              {"state", state_text(set)},
              {"at_home", !set.outside.has_value()},
              {"rung", set.state != nullptr ? json(rung_text(set.state->rung)) : json(nullptr)},
              {"answer", answer_json(set)},
              {"reason", set.reason.empty() ? json(nullptr) : json(set.reason)},
              {"addresses", address_list(set.addresses, rr_type, alias_type)},
              {"alarms", json::array()},
              {"refused", json::array()},
              {"left_out", flattened.left_out},
              {"served_ttl", set.ready ? json(flattened.ttl) : json(nullptr)},
              {"ttl_rule", set.ready ? json(rule_text(flattened)) : json(nullptr)},
              {"chain", std::move(chain)},
              {"resolver", nullptr},
              {"validation", nullptr},
              {"resolved_at", nullptr},
              {"age_seconds", nullptr},
              {"next_refresh", nullptr},
              {"next_refresh_in", nullptr},
              {"last_error", nullptr},
              {"failures", 0},
              {"denials", 0},
              {"resolutions", 0},
              {"changes", 0},
              {"restored", false}};
    if (set.state == nullptr) return type;
    add_resolution(*set.state, type);
    type["alarms"] = alarms_about(*set.outside, services.engine.alarms(), alias_type);
    if (set.state->last_good) {
        type["refused"] = refused_json(*set.state->last_good, rr_type, alias_type);
    }
    return type;
}

json health_json(const FlattenedSet& flattened, const HealthCheck& check, wire::RrType type,
                 const Services& services) {
    std::set<std::string> addresses(flattened.addresses.begin(), flattened.addresses.end());
    addresses.insert(flattened.unhealthy.begin(), flattened.unhealthy.end());
    json list = json::array();
    for (const std::string& address : addresses) {
        const HealthState* state = services.health.find({check, address});
        const bool is_known = state != nullptr && state->attempts > 0;
        list.push_back({{"address", rdata_text(type, address, services.config.alias.type)},
                        {"healthy", is_known ? json(state->healthy) : json(nullptr)},
                        {"since", is_known ? json(time_text(state->since)) : json(nullptr)},
                        {"error", is_known && !state->last_error.empty() ? json(state->last_error)
                                                                         : json(nullptr)}});
    }
    const bool all_unhealthy = !addresses.empty() && flattened.unhealthy.size() == addresses.size();
    return {
        {"check", text(check)}, {"all_unhealthy", all_unhealthy}, {"addresses", std::move(list)}};
}

json source_json(const FlattenedSet& flattened) {
    if (!flattened.ready) return nullptr;
    switch (flattened.source) {
        case Source::targets:
            return "targets";
        case Source::next_target:
            return "next-target";
        case Source::own_records:
            return "own-records";
    }
    return nullptr;
}

json served_json(const FlattenedSet& flattened, wire::RrType type, wire::RrType alias_type) {
    json served{{"type", type_text(type, alias_type)},
                {"addresses", address_list(flattened.addresses, type, alias_type)},
                {"ttl", nullptr},
                {"ttl_rule", nullptr},
                {"source", source_json(flattened)},
                {"source_target", nullptr},
                {"ede", nullptr},
                {"reason", nullptr}};
    if (flattened.ready) {
        served["ttl"] = flattened.ttl;
        served["ttl_rule"] = rule_text(flattened);
    }
    if (flattened.ede != wire::Ede::none) {
        served["ede"] = wire::to_int(flattened.ede);
        served["reason"] = flattened.reason;
    }
    return served;
}

constexpr std::string_view text(Siblings siblings) {
    return siblings == Siblings::override ? "override"
           : siblings == Siblings::merge  ? "merge"
                                          : "fallback";
}

json explain(const Services& services, const AliasOwner& owner) {
    const auto& [name, entry, records] = owner;
    const wire::RrType alias_type = services.config.alias.type;
    const AliasPolicy& policy = entry.config.alias_at(name);
    json targets = json::array();
    for (const wire::Name& target : alias_targets(records, alias_type)) {
        targets.push_back({{"target", to_text(target)}, {"types", json::array()}});
    }
    json served = json::array();
    for (const wire::RrType type : address_types) {
        const FlattenedSet flattened = services.zones.flatten(entry, name, type);
        served.push_back(served_json(flattened, type, alias_type));
        if (flattened.ready && flattened.source == Source::next_target) {
            served.back()["source_target"] = targets[flattened.target]["target"];
        }
        served.back()["health"] =
            policy.health ? health_json(flattened, *policy.health, type, services) : json(nullptr);
        const auto sets = services.zones.targets(entry, name, type);
        for (std::size_t n = 0; n < sets.size(); ++n) {
            targets[n]["types"].push_back(explain_type(sets[n], flattened, type, services));
        }
    }
    return {{"owner", to_text(name)},
            {"zone", to_text(entry.config.name)},
            {"alias_ttl", records.find(alias_type)->ttl},
            {"siblings", text(policy.siblings)},
            {"merged", policy.targets == Targets::merge},
            {"served", std::move(served)},
            {"targets", std::move(targets)}};
}

/// Which rows `alias.list` is asked for.
struct ListFilter {
    bool stale = false;
    bool failing = false;  ///< with `stale`: either
    std::optional<wire::Name> target;
    std::set<TargetKey> late{};  ///< with either of the first two: of all targets

    static Result<ListFilter> read(const json& params, const AliasEngine& engine) {
        ListFilter filter;
        const auto stale = flag_parameter(params, "stale");
        if (!stale) return std::unexpected(stale.error());
        const auto failing = flag_parameter(params, "failing");
        if (!failing) return std::unexpected(failing.error());
        filter.stale = *stale;
        filter.failing = *failing;
        if (filter.stale || filter.failing) {
            engine.for_each([&filter](const TargetState& state) {
                if (is_late(state)) filter.late.insert(state.key);
            });
        }
        if (!params.contains("target")) return filter;
        auto target = name_parameter(params, "target");
        if (!target) return std::unexpected(target.error());
        filter.target = std::move(*target);
        return filter;
    }

    /// Whether an owner with these targets can have a row: cheap, without following them.
    bool may_match(const std::vector<wire::Name>& targets, const Dependencies& what) const {
        const auto has_late = [this, &what] {
            return std::ranges::any_of(what.outside,
                                       [this](const TargetKey& key) { return late.contains(key); });
        };
        // In our zones the way may fail without a target that does.
        if ((stale || failing) && what.zones.empty() && !has_late()) return false;
        if (!target || std::ranges::find(targets, *target) != targets.end()) return true;
        return std::ranges::find(what.outside, *target, &TargetKey::target) != what.outside.end();
    }
    bool matches(const wire::Name& alias_target, const TargetSet& set) const {
        if (target && alias_target != *target && (!set.outside || set.outside->target != *target)) {
            return false;
        }
        if (!stale && !failing) return true;
        const std::string_view state = state_text(set);
        return (stale && state == "stale") || (failing && state == "failing");
    }
};

/// Rows of one owner, appended until there are max_aliases_shown. False: there are more.
bool list_owner(const Services& services, const ListFilter& filter, const ZoneEntry& entry,
                const std::pair<const wire::Name, Dependencies>& alias, json& rows) {
    const wire::RrType alias_type = services.config.alias.type;
    const wire::Name& owner = alias.first;
    const auto targets = alias_targets(entry.zone->owners.at(owner), alias_type);
    if (!filter.may_match(targets, alias.second)) return true;
    for (const wire::RrType type : address_types) {
        const auto sets = services.zones.targets(entry, owner, type);
        std::optional<FlattenedSet> flattened;
        for (std::size_t n = 0; n < sets.size(); ++n) {
            const TargetSet& set = sets[n];
            if (!filter.matches(targets[n], set)) continue;
            if (rows.size() == max_aliases_shown) return false;
            if (!flattened) flattened = services.zones.flatten(entry, owner, type);
            rows.push_back(
                {{"owner", to_text(owner)},
                 {"zone", to_text(entry.config.name)},
                 {"target", to_text(targets[n])},
                 {"type", type_text(type, alias_type)},
                 {"state", state_text(set)},
                 {"answer", answer_json(set)},
                 {"addresses", address_list(set.addresses, type, alias_type)},
                 {"ttl", set.ready ? json(flattened->ttl) : json(nullptr)},
                 {"next_refresh_in",
                  set.state != nullptr ? seconds_until(set.state->next_refresh) : json(nullptr)}});
        }
    }
    return true;
}

json list(const Services& services, const ListFilter& filter) {
    json rows = json::array();
    bool all = true;
    for (const auto& [zone_name, entry] : services.zones.zones()) {
        for (const auto& alias : entry.aliases) {
            all = all && list_owner(services, filter, entry, alias, rows);
        }
    }
    return {{"aliases", std::move(rows)}, {"truncated", !all}};
}

}  // namespace

Result<AliasOwner> alias_owner(const Services& services, const json& params) {
    auto name = name_parameter(params, "name");
    if (!name) return std::unexpected(name.error());
    const ZoneEntry* entry = services.zones.enclosing(*name);
    if (entry == nullptr) {
        return fail("no zone that is served here encloses \"" + to_text(*name) +
                    "\"; \"zone list\" shows those that are");
    }
    const auto owner = entry->zone->owners.find(*name);
    if (owner == entry->zone->owners.end() ||
        owner->second.find(services.config.alias.type) == nullptr) {
        return fail("\"" + to_text(*name) + "\" has no ALIAS record in zone \"" +
                    to_text(entry->config.name) + "\"; \"alias list\" shows those that do");
    }
    if (!entry->aliases.contains(*name)) {
        return fail("the ALIAS of \"" + to_text(*name) +
                    "\" is not served: a delegation or a DNAME above it in zone \"" +
                    to_text(entry->config.name) + "\" hides it");
    }
    return AliasOwner{std::move(*name), *entry, owner->second};
}

Handlers alias_methods(Services& services) {
    return {
        {"alias.list",
         [&services](const json& params, const Reply& reply) {
             const auto filter = ListFilter::read(params, services.engine);
             if (!filter) return reply(std::unexpected(filter.error()));
             reply(list(services, *filter));
         }},
        {"alias.explain",
         [&services](const json& params, const Reply& reply) {
             const auto owner = alias_owner(services, params);
             if (!owner) return reply(std::unexpected(owner.error()));
             reply(explain(services, *owner));
         }},
    };
}

}  // namespace apex::control
