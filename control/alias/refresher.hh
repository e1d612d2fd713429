// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Keeps one (target, type) fresh: asks the resolver when its timer fires and
// gives the outcome to the target's state. One for each key that is followed,
// owned by the engine. Control thread only.
#pragma once

#include <functional>

#include "control/alias/resolver.hh"
#include "control/alias/store.hh"
#include "control/alias/target_state.hh"
#include "control/alias/timer.hh"

struct event_base;

namespace apex::control {

class Refresher {
  public:
    /// What all refreshers share; it must outlive them.
    struct Shared {
        event_base* base;
        Resolver& resolver;
        AliasTotals& totals;
        TtlLimits limits;
        std::function<double()> jitter;                   ///< uniform in 0 to 1
        std::function<void(const TargetKey&)> on_change;  ///< may destroy the refresher
        /// A row of failures began or ended; may be empty.
        std::function<void(const TargetState&)> on_health;
        AliasStore* store = nullptr;  ///< null: none
    };

    /// Starts with the stored set, if there is one, and the first resolution.
    Refresher(const Shared& shared, const TargetKey& key);
    /// Cancels the one under way.
    ~Refresher();
    Refresher(const Refresher&) = delete;
    Refresher& operator=(const Refresher&) = delete;

    const TargetState& state() const { return tracker_.state(); }

  private:
    void refresh();
    void finished(Result<ResolvedSet> result);
    void settle(TargetTracker next, const TargetTracker::Outcome& outcome);

    const Shared& shared_;
    TargetTracker tracker_;  ///< of what is published
    Timer timer_;
    Resolver::Id under_way_ = 0;  ///< 0: none
    AliasStore::Id writing_ = 0;  ///< 0: nothing
};

}  // namespace apex::control
