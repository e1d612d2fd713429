// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The ALIAS engine: keeps one state for each (target, type) that some owner
// follows, refreshes it before it expires, and says when it changed. Lives on
// the control loop's thread; nothing here blocks.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "control/alias/alarm_board.hh"
#include "control/alias/history.hh"
#include "control/alias/refresher.hh"
#include "control/alias/resolved_set.hh"
#include "control/alias/store.hh"
#include "control/alias/target_state.hh"
#include "control/config/config.hh"
#include "dataplane/wire/address.hh"

struct event_base;

namespace apex::control {

class AliasEngine {
  public:
    /// Called when what must be published for a key changed: its addresses, its
    /// served TTL, or its first success. On the loop's thread, from the loop; it
    /// may follow and unfollow, and must not destroy the engine.
    using OnChange = std::function<void(const TargetKey&)>;
    /// Called at the first failure of a row and at the success that ends it; before
    /// OnChange, on the same thread. It must not follow or unfollow.
    using OnHealth = std::function<void(const TargetState&)>;

    /// An alarm began or is over; likewise.
    using OnAlarm = AlarmBoard::OnAlarm;

    /// `base`, and the store if there is one, must outlive the engine. A resolver that cannot be
    /// set up shows as the failure of every resolution, and is tried again with each. `own`:
    /// the addresses that queries are answered at, which no target should have.
    AliasEngine(event_base* base, const ResolverConfig& resolver, const AliasConfig& alias,
                OnChange on_change, OnHealth on_health, AliasStore* store, OnAlarm on_alarm,
                std::vector<wire::IpAddress> own);
    /// Callbacks end here.
    ~AliasEngine();
    AliasEngine(const AliasEngine&) = delete;
    AliasEngine& operator=(const AliasEngine&) = delete;

    /// One more owner follows `key`. The first one starts its resolution.
    void follow(const TargetKey& key);
    /// One owner less. The last one ends refreshing and leaves the set to the store.
    void unfollow(const TargetKey& key);

    /// Asks for `key` at once, beside its usual refreshes; the resolver's bound on questions
    /// under way holds for these too. `done` as for Refresher::refresh_now(); it is dropped
    /// uncalled when nobody follows the key (any more).
    void refresh(const TargetKey& key, OnRefreshed done);

    /// The state of `key`, or null when nobody follows it. Valid until the next
    /// call of a non-const member or the next turn of the loop.
    const TargetState* find(const TargetKey& key) const;

    /// The last sets of `key`, valid as find() is; null when nobody follows it.
    const TargetHistory* history(const TargetKey& key) const;

    const AlarmBoard& alarms() const;

    const AliasTotals& totals() const;
    const AliasCounts& counts() const;
    /// Answers that failed DNSSEC validation, of both resolvers.
    std::uint64_t bogus_count() const;

    const AddressLimits& address_limits() const;

    /// Every followed key, in order.
    void for_each(const std::function<void(const TargetState&)>& visit) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apex::control
