// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/alias/flattened_set.hh"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "control/alias/answer_reader.hh"

namespace apex::control {

namespace {

using Addresses = std::vector<std::string>;

/// Each target in turn gives its next address until there are max_addresses.
Addresses in_turn(std::span<const Addresses* const> targets) {
    std::set<std::string> taken;
    for (std::size_t n = 0; n < max_addresses; ++n) {
        for (const Addresses* addresses : targets) {
            if (n < addresses->size() && taken.size() < max_addresses) {
                taken.insert((*addresses)[n]);
            }
        }
    }
    return {taken.begin(), taken.end()};
}

}  // namespace

FlattenedSet flatten(std::span<const TargetState* const> targets, std::uint32_t alias_ttl,
                     const AliasConfig& config) {
    FlattenedSet set;
    ServedTtl served{std::numeric_limits<std::uint32_t>::max(), TtlRule::chain_minimum};
    std::vector<const Addresses*> sets;
    for (const TargetState* state : targets) {
        if (state == nullptr || !state->last_good) continue;
        if (state->served_ttl < served.ttl) served = {state->served_ttl, state->ttl_rule};
        const Addresses& addresses = state->last_good->addresses;
        set.addresses.insert(set.addresses.end(), addresses.begin(), addresses.end());
        sets.push_back(&addresses);
    }
    set.ready = !sets.empty();
    if (!set.ready) return set;
    std::sort(set.addresses.begin(), set.addresses.end());
    set.addresses.erase(std::unique(set.addresses.begin(), set.addresses.end()),
                        set.addresses.end());
    if (set.addresses.size() > max_addresses) {
        set.left_out = set.addresses.size() - max_addresses;
        set.addresses = in_turn(sets);
    }
    if (alias_ttl < served.ttl) served = {alias_ttl, TtlRule::alias_record};
    if (served.ttl < config.ttl_min) served = {config.ttl_min, TtlRule::floor};
    if (served.ttl > config.ttl_max) served = {config.ttl_max, TtlRule::ceiling};
    set.ttl = served.ttl;
    set.ttl_rule = served.rule;
    return set;
}

FlattenedSet flatten(const AliasEngine& engine, const AliasConfig& config, const Owner& records,
                     wire::RrType type) {
    std::vector<const TargetState*> targets;
    for (const wire::Name& target : alias_targets(records, config.type)) {
        targets.push_back(engine.find({target, type}));
    }
    return flatten(targets, records.find(config.type)->ttl, config);
}

}  // namespace apex::control
