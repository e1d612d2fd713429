// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/publish/owner_checks.hh"

#include <algorithm>

namespace apex::control {

void OwnerChecks::ask(const Follower& owner, const std::set<HealthKey>& wanted) {
    const auto found = checks_.find(owner);
    if (found == checks_.end() && wanted.empty()) return;
    const std::set<HealthKey> before =
        found != checks_.end() ? std::move(found->second) : std::set<HealthKey>();
    for (const HealthKey& key : wanted) {
        if (before.contains(key)) continue;
        board_.follow(key);
        checked_[key].insert(owner);
    }
    for (const HealthKey& key : before) {
        if (wanted.contains(key)) continue;
        board_.unfollow(key);
        const auto owners = checked_.find(key);
        owners->second.erase(owner);
        if (owners->second.empty()) checked_.erase(owners);
    }
    if (wanted.empty()) {
        checks_.erase(owner);
    } else {
        checks_[owner] = wanted;
    }
}

std::set<Follower> OwnerChecks::owners_of(const HealthKey& key) const {
    const auto found = checked_.find(key);
    return found != checked_.end() ? found->second : std::set<Follower>();
}

void OwnerChecks::leave_healthy(FlattenedSet& set, const HealthCheck& check) const {
    for (const std::string& address : set.addresses) {
        const HealthState* state = board_.find({check, address});
        if (state != nullptr && !state->healthy) set.unhealthy.push_back(address);
    }
    if (set.unhealthy.size() == set.addresses.size()) return;
    std::erase_if(set.addresses, [&set](const std::string& address) {
        return std::ranges::find(set.unhealthy, address) != set.unhealthy.end();
    });
}

}  // namespace apex::control
