// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Which health checks each ALIAS owner asks for, and who asks for each. Keeps the board
// checking what somebody asks for. Control thread.
#pragma once

#include <map>
#include <set>

#include "control/alias/flattened_set.hh"
#include "control/alias/health.hh"
#include "control/publish/followers.hh"

namespace apex::control {

class OwnerChecks {
  public:
    /// `board` must outlive the object.
    explicit OwnerChecks(HealthBoard& board) : board_(board) {}

    /// From now on `owner` asks for these, and no longer for others.
    void ask(const Follower& owner, const std::set<HealthKey>& wanted);
    std::set<Follower> owners_of(const HealthKey& key) const;

    /// Leaves those addresses in `set` that `check` calls healthy, or all when it calls none so.
    void leave_healthy(FlattenedSet& set, const HealthCheck& check) const;

  private:
    HealthBoard& board_;
    std::map<Follower, std::set<HealthKey>> checks_;   // that an owner asks for
    std::map<HealthKey, std::set<Follower>> checked_;  // who asks for a check
};

}  // namespace apex::control
