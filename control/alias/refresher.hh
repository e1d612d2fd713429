// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Keeps one (target, type) fresh: asks the resolver when its timer fires and
// gives the outcome to the target's state. One for each key that is followed,
// owned by the engine. Control thread only.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "control/alias/resolver.hh"
#include "control/alias/store.hh"
#include "control/alias/target_state.hh"
#include "control/alias/timer.hh"

struct event_base;

namespace apex::control {

/// What a refresh that somebody asked for came to.
struct Refreshed {
    TargetKey key;
    std::string error;     ///< of the last resolution; empty: it succeeded
    bool changed = false;  ///< what is published is not what it was when it was asked for
};
using OnRefreshed = std::function<void(const Refreshed&)>;

class Refresher {
  public:
    /// What all refreshers share; it must outlive them.
    struct Shared {
        event_base* base;
        Resolver& resolver;
        Resolver* confirmer;  ///< who must agree before a live set is withdrawn; null: nobody
        AliasTotals& totals;
        AliasCounts& counts;
        TtlLimits limits;
        AddressLimits addresses;
        std::function<double()> jitter;  ///< uniform in 0 to 1
        /// After each success, before the others; `changed` as they say. Must not follow or
        /// unfollow.
        std::function<void(const TargetState&, bool changed)> on_success;
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

    /// Asks at once, or once more after the resolution that is under way,
    /// since that may have been answered already. `done` is called when the outcome is
    /// published, after on_change; an empty answer that takes a live set away is asked for
    /// again until it is confirmed. Dropped uncalled with the refresher.
    void refresh_now(OnRefreshed done);

  private:
    struct Waiter {
        std::uint64_t changes;  ///< of the state, when it was asked for
        OnRefreshed done;
    };

    void on_timer();
    void watch_rung();
    void refresh();
    void finished(Result<ResolvedSet> result);
    void confirm(ResolvedSet empty);
    void conclude(Result<ResolvedSet> result);
    void settle(TargetTracker next, const TargetTracker::Outcome& outcome, bool is_success);

    const Shared& shared_;
    TargetTracker tracker_;  ///< of what is published
    Timer timer_;
    Resolver* asked_ = nullptr;         ///< null: nobody
    Resolver::Id under_way_ = 0;        ///< of the one asked
    AliasStore::Id writing_ = 0;        ///< 0: nothing
    std::vector<Waiter> waiting_;       ///< for the outcome of the resolution under way
    std::vector<Waiter> waiting_next_;  ///< for that of the next one
};

}  // namespace apex::control
