// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What happens to ALIAS targets, as lines of the log: the first failure of a row, the
// recovery, a change. When a resolver dies all targets fail at once, so lines are
// bounded and the rest is summed up. Fed by the engine; control thread only.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

#include "control/alias/guards.hh"
#include "control/alias/health.hh"
#include "control/alias/target_state.hh"
#include "control/alias/timer.hh"

struct event_base;

namespace apex::control {

class AliasLog {
  public:
    /// Lines of one kind in one period; the period's end sums up what is beyond.
    static constexpr std::size_t lines_a_period = 10;
    static constexpr std::chrono::milliseconds usual_period{10'000};

    /// `base` must outlive the object.
    AliasLog(event_base* base, wire::RrType alias_type,
             std::chrono::milliseconds period = usual_period);

    /// What is published for the target has changed.
    void changed(const TargetState& state);
    /// Its resolution failed for the first time in a row, or succeeded after that.
    void health_changed(const TargetState& state);
    /// An address became unhealthy, or healthy again.
    void health_changed(const HealthKey& key, const HealthState& state);
    /// An alarm began or is over.
    void alarm(const Alarm& alarm, bool raised);

  private:
    enum Kind { change, failure, recovery, alarm_began, alarm_over, health, kinds };

    bool may_write(Kind kind);
    void end_period();

    wire::RrType alias_type_;
    std::chrono::milliseconds period_;
    std::array<std::size_t, kinds> seen_{};  ///< in this period
    Timer timer_;                            ///< armed by the first event of a period
    bool in_period_ = false;
};

}  // namespace apex::control
