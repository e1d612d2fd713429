// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/alias/flattened_set.hh"

#include <algorithm>
#include <set>
#include <utility>

#include "control/alias/sort_unique.hh"

namespace apex::control {

namespace {

using Used = std::vector<const TargetSet*>;

/// The targets whose sets are served.
Used choose(std::span<const TargetSet> targets, Targets how) {
    Used used;
    for (const TargetSet& target : targets) {
        if (target.ready) used.push_back(&target);
    }
    if (how == Targets::merge || used.empty()) return used;
    const auto first = std::ranges::find(used, false, &TargetSet::nxdomain);
    return {first != used.end() ? *first : used.front()};
}

/// `most` in all: those in `set` already, then each target in turn gives its next address.
void take_turns(const Used& used, std::size_t most, std::vector<std::string>& set) {
    std::set<std::string> all(set.begin(), set.end());
    for (std::size_t n = 0; all.size() < most; ++n) {
        for (const TargetSet* target : used) {
            if (n < target->addresses.size() && all.size() < most) {
                all.insert(target->addresses[n]);
            }
        }
    }
    set.assign(all.begin(), all.end());
}

/// All of `own`, and of the targets what there is room for.
void unite(const Used& used, std::span<const std::string> own, std::size_t max_addresses,
           FlattenedSet& set) {
    set.addresses.assign(own.begin(), own.end());
    sort_unique(set.addresses);
    const std::size_t most = std::max(max_addresses, set.addresses.size());
    for (const TargetSet* target : used) {
        set.addresses.insert(set.addresses.end(), target->addresses.begin(),
                             target->addresses.end());
    }
    sort_unique(set.addresses);
    if (set.addresses.size() <= most) return;
    set.left_out = set.addresses.size() - most;
    set.addresses.assign(own.begin(), own.end());
    take_turns(used, most, set.addresses);
}

FlattenedSet only_own(const Rrset& own) {
    FlattenedSet set;
    set.ready = true;
    set.source = Source::own_records;
    set.addresses = own.rdata;
    set.ttl = own.ttl;
    set.ttl_rule = TtlRule::own_records;
    return set;
}

void blame(const TargetSet& target, FlattenedSet& set) {
    set.ede = target.ede;
    set.reason = target.reason;
}

/// Of targets of which at least one is not ready.
FlattenedSet not_ready(std::span<const TargetSet> targets) {
    const auto pending = std::ranges::find(targets, wire::Ede::not_ready, &TargetSet::ede);
    FlattenedSet set;
    blame(
        pending != targets.end() ? *pending : *std::ranges::find(targets, false, &TargetSet::ready),
        set);
    return set;
}

/// Those that have the say before it can be said that there are no addresses.
std::span<const TargetSet> deciding(std::span<const TargetSet> targets, const Used& used,
                                    Targets how) {
    if (how == Targets::merge || used.front()->nxdomain) return targets;
    return targets.first(static_cast<std::size_t>(used.front() - targets.data()));
}

}  // namespace

FlattenedSet flatten(std::span<const TargetSet> targets, const Rrset* own, std::uint32_t alias_ttl,
                     const AliasPolicy& policy, std::size_t max_addresses) {
    if (own != nullptr && policy.siblings == Siblings::override) return only_own(*own);
    const Used used = choose(targets, policy.targets);
    const bool has_nothing = std::ranges::all_of(used, &TargetSet::nxdomain);
    if (own != nullptr && has_nothing) return only_own(*own);
    if (policy.siblings != Siblings::merge) own = nullptr;

    if (used.empty()) return not_ready(targets);
    FlattenedSet set;
    set.ready = true;
    set.target = static_cast<std::size_t>(used.front() - targets.data());
    if (policy.targets == Targets::failover && set.target > 0) set.source = Source::next_target;
    unite(used, own != nullptr ? std::span(own->rdata) : std::span<const std::string>(),
          max_addresses, set);
    if (set.addresses.empty()) {
        const auto asked = deciding(targets, used, policy.targets);
        if (!std::ranges::all_of(asked, &TargetSet::ready)) return not_ready(asked);
    }
    ServedTtl served{alias_ttl, TtlRule::alias_record};
    for (const TargetSet* target : used) {
        if (target->ttl.ttl <= served.ttl) served = target->ttl;
    }
    const auto stale = std::ranges::find(used, wire::Ede::stale_answer, &TargetSet::ede);
    if (own != nullptr && own->ttl < served.ttl) served = {own->ttl, TtlRule::own_records};
    if (stale != used.end()) {
        blame(**stale, set);
        served = {stale_ttl, TtlRule::stale};
    } else if (served.ttl < policy.ttl_min.seconds) {
        served = {policy.ttl_min.seconds, TtlRule::floor};
        set.ttl_level = policy.ttl_min.level;
    }
    if (served.ttl > policy.ttl_max.seconds) {
        served = {policy.ttl_max.seconds, TtlRule::ceiling};
        set.ttl_level = policy.ttl_max.level;
    }
    set.ttl = served.ttl;
    set.ttl_rule = served.rule;
    return set;
}

}  // namespace apex::control
