// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/alias/alarm_board.hh"

#include <set>
#include <utility>

namespace apex::control {

AlarmBoard::AlarmBoard(event_base* base, GuardOf guard_of, OnAlarm on_alarm,
                       std::chrono::milliseconds interval)
    : guard_of_(std::move(guard_of)),
      on_alarm_(std::move(on_alarm)),
      interval_(interval),
      timer_(base, [this] { pass_time(); }) {}

void AlarmBoard::update(const TargetKey& key) {
    const TargetGuard& guard = guard_of_(key);
    for (const AlarmKind kind : alarm_kinds) {
        auto why = guard.reason(kind);
        if (!why) {
            end(key, kind);
            continue;
        }
        const auto [entry, is_new] = alarms_.try_emplace({key, kind});
        Alarm& alarm = entry->second;
        alarm.why = std::move(*why);
        if (!is_new) continue;
        alarm.key = key;
        alarm.kind = kind;
        alarm.since = std::chrono::system_clock::now();
        ++raised_;
        if (on_alarm_) on_alarm_(alarm, true);
    }
    if (!alarms_.empty() && !std::exchange(is_armed_, true)) timer_.arm(interval_);
}

void AlarmBoard::forget(const TargetKey& key) {
    for (const AlarmKind kind : alarm_kinds) end(key, kind);
}

void AlarmBoard::end(const TargetKey& key, AlarmKind kind) {
    const auto alarm = alarms_.extract({key, kind});
    if (!alarm.empty() && on_alarm_) on_alarm_(alarm.mapped(), false);
}

void AlarmBoard::pass_time() {
    is_armed_ = false;
    std::set<TargetKey> keys;
    for (const auto& [place, alarm] : alarms_) keys.insert(alarm.key);
    for (const TargetKey& key : keys) {
        guard_of_(key).pass_time(std::chrono::steady_clock::now());
        update(key);
    }
}

}  // namespace apex::control
