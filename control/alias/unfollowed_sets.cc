// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Implements unfollowed_sets.hh.
#include "control/alias/unfollowed_sets.hh"

#include <algorithm>
#include <utility>

namespace apex::control {

using std::chrono::system_clock;

void UnfollowedSets::add(StoredSet stored) {
    TargetKey key = stored.key;
    sets_.insert_or_assign(std::move(key), std::move(stored));
}

std::optional<StoredSet> UnfollowedSets::take(const TargetKey& key) {
    auto node = sets_.extract(key);
    if (node.empty()) return std::nullopt;
    return std::move(node.mapped());
}

std::vector<TargetKey> UnfollowedSets::sweep() {
    auto oldest_kept = system_clock::now() - keep_;
    if (sets_.size() > most_) {
        std::vector<system_clock::time_point> ages;
        for (const auto& [key, stored] : sets_) ages.push_back(stored.set.resolved_at);
        const auto at = ages.end() - static_cast<std::ptrdiff_t>(most_);
        std::nth_element(ages.begin(), at, ages.end());
        oldest_kept = std::max(oldest_kept, *at);
    }
    std::vector<TargetKey> gone;
    std::erase_if(sets_, [&](const auto& entry) {
        if (entry.second.set.resolved_at >= oldest_kept) return false;
        gone.push_back(entry.first);
        return true;
    });
    return gone;
}

std::vector<StoredSet> UnfollowedSets::behind(const std::optional<TargetKey>& after,
                                              std::size_t count) const {
    std::vector<StoredSet> sets;
    auto next = after ? sets_.upper_bound(*after) : sets_.begin();
    for (; next != sets_.end() && sets.size() < count; ++next) sets.push_back(next->second);
    return sets;
}

}  // namespace apex::control
