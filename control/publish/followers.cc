// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/publish/followers.hh"

#include <algorithm>

namespace apex::control {

namespace {

template <typename Key>
void take(std::map<Key, Followers::Uses>& uses, const Key& key, const Follower& follower) {
    Followers::Use& use = uses[key][follower];
    ++use.times;
    use.likeness.reset();
}

template <typename Key>
void drop(std::map<Key, Followers::Uses>& uses, const Key& key, const Follower& follower) {
    const auto found = uses.find(key);
    const auto use = found->second.find(follower);
    use->second.likeness.reset();
    if (--use->second.times == 0) found->second.erase(use);
    if (found->second.empty()) uses.erase(found);
}

}  // namespace

void Followers::add(const Follower& follower, const Dependencies& what) {
    for (const TargetKey& key : what.outside) {
        engine_.follow(key);
        take(followers_, key, follower);
        if (leads_back_now(key)) leading_back_.insert(key);
    }
    for (const wire::Name& zone : what.zones) take(users_, zone, follower);
}

void Followers::remove(const Follower& follower, const Dependencies& what) {
    for (const TargetKey& key : what.outside) {
        engine_.unfollow(key);
        drop(followers_, key, follower);
        if (!followers_.contains(key)) leading_back_.erase(key);
    }
    for (const wire::Name& zone : what.zones) drop(users_, zone, follower);
}

Followers::Uses* Followers::of(const TargetKey& key) {
    const auto found = followers_.find(key);
    return found != followers_.end() ? &found->second : nullptr;
}

bool Followers::leads_back_now(const TargetKey& key) const {
    const TargetState* state = engine_.find(key);
    return state != nullptr && state->last_good &&
           flattener_.way_back(*state->last_good) != state->last_good->chain.end();
}

bool Followers::leads_back(const TargetKey& key) {
    const bool did = leading_back_.erase(key) > 0;
    const bool does = leads_back_now(key);
    if (does) leading_back_.insert(key);
    return did || does;
}

std::set<Follower> Followers::affected_by(const std::set<wire::Name>& zones) const {
    std::set<Follower> affected;
    const auto add = [&affected](const Uses& uses) {
        for (const auto& [follower, use] : uses) affected.insert(follower);
    };
    for (const wire::Name& zone : zones) {
        if (const auto users = users_.find(zone); users != users_.end()) add(users->second);
    }
    // From each name up, not zone by zone: at a start all zones are changed ones.
    const auto is_in_one = [&zones](wire::Name name) {
        while (!zones.contains(name)) {
            if (name.is_root()) return false;
            name = name.parent();
        }
        return true;
    };
    const auto leads_into_one = [&](const TargetKey& key) {
        const TargetState* state = engine_.find(key);
        return state != nullptr && state->last_good &&
               std::ranges::any_of(state->last_good->chain,
                                   [&](const Hop& hop) { return is_in_one(hop.next); });
    };
    for (const auto& [key, uses] : followers_) {
        if (is_in_one(key.target) || leads_into_one(key)) add(uses);
    }
    return affected;
}

}  // namespace apex::control
