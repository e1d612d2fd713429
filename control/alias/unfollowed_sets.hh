// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Last good sets of targets that nobody follows, kept in memory for a zone that comes back:
// for so long after their last resolution, and so many. Owned by the store; control loop.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "control/alias/stored_set.hh"

namespace apex::control {

class UnfollowedSets {
  public:
    UnfollowedSets(std::chrono::hours keep, std::size_t most) : keep_(keep), most_(most) {}

    /// In the place of an older one.
    void add(StoredSet stored);
    std::optional<StoredSet> take(const TargetKey& key);

    /// Forgets those that are too old, and the oldest of too many: these.
    std::vector<TargetKey> sweep();
    /// There are so many more than the most that it is time to; it costs a look at all.
    bool wants_sweep() const { return sets_.size() > most_ * 5 / 4; }

    std::size_t size() const { return sets_.size(); }
    /// Those behind a key (none: from the first one on) in the order of the keys, `count` at most.
    std::vector<StoredSet> behind(const std::optional<TargetKey>& after, std::size_t count) const;

  private:
    std::chrono::hours keep_;
    std::size_t most_;
    std::map<TargetKey, StoredSet> sets_;
};

}  // namespace apex::control
