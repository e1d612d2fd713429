// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What happens, as the notifications of `watch` (docs/control-protocol.md). Fed by the
// engine and the set of zones; nothing is built while nobody watches. Control thread.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>

#include "control/alias/guards.hh"
#include "control/alias/health.hh"
#include "control/alias/history.hh"
#include "control/publish/zone_set.hh"

namespace apex::control {

class Watchers {
  public:
    /// Tells whoever watches; does not call its argument when nobody does.
    using Notify = std::function<void(const std::function<nlohmann::json()>&)>;

    explicit Watchers(wire::RrType alias_type) : alias_type_(alias_type) {}

    /// Until then nobody is told.
    void attach(Notify notify) { notify_ = std::move(notify); }

    /// What is published of the target has changed, to `set`.
    void changed(const TargetState& state, const PublishedSet& set) const;
    /// Its set is past its life, or past what can be served: the state's rung says which.
    void aged(const TargetState& state) const;
    /// Its resolution failed for the first time in a row, or succeeded after that.
    void health_changed(const TargetState& state) const;
    /// An address became unhealthy, or healthy again.
    void health_changed(const HealthKey& key, const HealthState& state) const;
    /// An alarm began or is over.
    void alarm(const Alarm& alarm, bool raised) const;
    void zone_changed(const ZoneEntry& entry, ZoneFate fate) const;

  private:
    void tell(const char* event, const std::function<nlohmann::json()>& what) const;
    nlohmann::json subject(const TargetKey& key) const;

    wire::RrType alias_type_;
    Notify notify_;
};

}  // namespace apex::control
