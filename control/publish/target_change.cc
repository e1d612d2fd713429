// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/publish/target_change.hh"

#include <algorithm>
#include <utility>

#include "control/publish/zone_entry.hh"

namespace apex::control {

namespace {

constexpr std::size_t most_kinds = 16;
// So many and what is prepared for them stays in the near caches.
constexpr std::size_t at_once = 128;

}  // namespace

TargetChange::TargetChange(table::Publisher& publisher, wire::RrType type, Prepare prepare,
                           PublishWhole publish_whole)
    : publisher_(publisher),
      type_(type),
      prepare_(std::move(prepare)),
      publish_whole_(std::move(publish_whole)) {
    alike_.reserve(most_kinds);  // body_of() gives references into it
}

Likeness TargetChange::likeness(ZoneEntry& entry, const wire::Name& owner, const TargetKey& key,
                                wire::RrType alias_type) {
    const Owner& records = entry.zone->owners.at(owner);
    const Rrset& alias = *records.find(alias_type);
    const AliasPolicy& policy = entry.config.alias_at(owner);
    const bool is_simple = alias.rdata.size() == 1 && alias.rdata.front() == key.target.wire() &&
                           records.find(key.type) == nullptr && !policy.health;
    return {.entry = &entry,
            .zone = entry.id,
            .is_simple = is_simple,
            .is_checked = policy.health.has_value(),
            .records = &records,
            .aliases = entry.compiler->dependents_of(owner),
            .kind = {alias.ttl, policy.ttl_min, policy.ttl_max, policy.siblings, policy.targets}};
}

const FlattenedBody& TargetChange::body_of(const Follower& follower, const Likeness& likeness) {
    if (likeness.is_simple) {
        const auto found = std::ranges::find(alike_, likeness.kind, &Prepared::kind);
        if (found != alike_.end() && found->body.is_shared) return found->body;
        if (found == alike_.end() && alike_.size() < most_kinds) {
            return alike_.emplace_back(likeness.kind, prepare_(follower, likeness)).body;
        }
    }
    return own_.emplace_back(prepare_(follower, likeness));
}

void TargetChange::add(const Follower& follower, const Likeness& likeness) {
    const FlattenedBody& body = body_of(follower, likeness);
    const auto change = [&](const wire::Name& name, bool is_behind_chain) {
        __builtin_prefetch(&name);
        changes_.push_back({.zone = likeness.zone,
                            .name = &name,
                            .type = type_,
                            .body = body.image ? &*body.image : nullptr,
                            .is_behind_chain = is_behind_chain});
        steps_.push_back({&follower, &likeness});
    };
    change(follower.second, false);
    for (const wire::Name& alias : likeness.aliases) change(alias, true);
    if (changes_.size() >= at_once) finish();
}

void TargetChange::finish() {
    publisher_.replace_bodies(changes_);
    const Follower* whole = nullptr;
    for (std::size_t n = 0; n < changes_.size(); ++n) {
        const auto& [follower, likeness] = steps_[n];
        if (changes_[n].is_done || follower == whole) continue;
        whole = follower;
        publish_whole_(*follower, *likeness);
    }
    changes_.clear();
    steps_.clear();
    own_.clear();
}

}  // namespace apex::control
