// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/publish/alike_owners.hh"

#include <algorithm>
#include <utility>

#include "control/publish/zone_entry.hh"

namespace apex::control {

AlikeOwners::AlikeOwners(Prepare prepare) : prepare_(std::move(prepare)) {
    prepared_.reserve(most);  // body_of() gives pointers into it
}

Likeness AlikeOwners::likeness(ZoneEntry& entry, const wire::Name& owner, const TargetKey& key,
                               wire::RrType alias_type) {
    const Owner& records = entry.zone->owners.at(owner);
    const Rrset& alias = *records.find(alias_type);
    const AliasPolicy& policy = entry.config.alias_at(owner);
    const bool is_simple = alias.rdata.size() == 1 && alias.rdata.front() == key.target.wire() &&
                           records.find(key.type) == nullptr && !owner.is_wildcard() &&
                           entry.compiler->dependents_of(owner).empty() && !policy.health;
    return {&entry,
            entry.id,
            is_simple,
            {alias.ttl, policy.ttl_min, policy.ttl_max, policy.siblings, policy.targets}};
}

const FlattenedBody* AlikeOwners::body_of(const Likeness& likeness, const wire::Name& owner) {
    if (!likeness.is_simple) return nullptr;
    auto found = std::ranges::find(prepared_, likeness.kind, &Prepared::kind);
    if (found == prepared_.end()) {
        if (prepared_.size() == most) return nullptr;
        prepared_.push_back({likeness.kind, prepare_(*likeness.entry, owner)});
        found = prepared_.end() - 1;
    }
    return found->body.is_shared ? &found->body : nullptr;
}

}  // namespace apex::control
