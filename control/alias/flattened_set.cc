// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/alias/flattened_set.hh"

#include <algorithm>
#include <limits>

namespace apex::control {

FlattenedSet flatten(const AliasEngine& engine, const AliasConfig& config, const Owner& records,
                     wire::RrType type) {
    FlattenedSet set;
    set.ttl = std::numeric_limits<std::uint32_t>::max();
    for (const wire::Name& target : alias_targets(records, config.type)) {
        const TargetState* state = engine.find({target, type});
        if (state == nullptr || !state->last_good) continue;
        set.ready = true;
        set.ttl = std::min(set.ttl, state->served_ttl);
        const auto& addresses = state->last_good->addresses;
        set.addresses.insert(set.addresses.end(), addresses.begin(), addresses.end());
    }
    std::sort(set.addresses.begin(), set.addresses.end());
    set.addresses.erase(std::unique(set.addresses.begin(), set.addresses.end()),
                        set.addresses.end());
    const std::uint32_t alias_ttl = records.find(config.type)->ttl;
    set.alias_ttl_decides = alias_ttl < set.ttl;
    set.ttl = std::clamp(std::min(set.ttl, alias_ttl), config.ttl_min, config.ttl_max);
    return set;
}

}  // namespace apex::control
