// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The alarms of all targets: which there are, since when, how many there were. Keeps
// itself up to date with what the guards say and with time. Owned by the engine; control
// thread only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "control/alias/guards.hh"
#include "control/alias/timer.hh"

struct event_base;

namespace apex::control {

class AlarmBoard {
  public:
    /// An alarm began (`raised`) or is over. It must not follow or unfollow targets.
    using OnAlarm = std::function<void(const Alarm&, bool raised)>;
    /// The guard of a target that is followed.
    using GuardOf = std::function<TargetGuard&(const TargetKey&)>;
    using Alarms = std::map<std::pair<TargetKey, AlarmKind>, Alarm>;

    static constexpr std::chrono::milliseconds usual_interval{10'000};

    /// `base` must outlive the object. `interval`: between two looks at what time ends.
    AlarmBoard(event_base* base, GuardOf guard_of, OnAlarm on_alarm,
               std::chrono::milliseconds interval = usual_interval);

    /// The guard of `key` has seen something.
    void update(const TargetKey& key);
    /// Nobody follows `key` any more.
    void forget(const TargetKey& key);

    const Alarms& alarms() const { return alarms_; }
    /// Alarms begun since the start.
    std::uint64_t raised() const { return raised_; }

  private:
    void pass_time();
    void end(const TargetKey& key, AlarmKind kind);

    GuardOf guard_of_;
    OnAlarm on_alarm_;
    std::chrono::milliseconds interval_;
    Alarms alarms_;
    std::uint64_t raised_ = 0;
    Timer timer_;  ///< armed while there are alarms
    bool is_armed_ = false;
};

}  // namespace apex::control
