// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/ctl/watchers.hh"

#include "control/ctl/alias_json.hh"
#include "control/ctl/methods.hh"
#include "control/zone/name_text.hh"

namespace apex::control {

using nlohmann::json;

void Watchers::tell(const char* event, const std::function<json()>& what) const {
    if (!notify_) return;
    notify_([&] {
        json params = what();
        params["event"] = event;
        params["time"] = time_text(std::chrono::system_clock::now());
        return params;
    });
}

json Watchers::subject(const TargetKey& key) const {
    return {{"target", to_text(key.target)}, {"type", type_text(key.type, alias_type_)}};
}

void Watchers::changed(const TargetState& state, const PublishedSet& set) const {
    tell("changed", [&] {
        json params = subject(state.key);
        params.update(set_json(set, state.key.type, alias_type_));
        return params;
    });
}

void Watchers::aged(const TargetState& state) const {
    tell(state.rung == Rung::stale ? "stale" : "expired", [&] { return subject(state.key); });
}

void Watchers::health_changed(const TargetState& state) const {
    if (state.failures == 0) return tell("recovered", [&] { return subject(state.key); });
    tell("failing", [&] {
        json params = subject(state.key);
        params["error"] = state.last_error;
        params["served"] = is_served(state.rung);
        return params;
    });
}

void Watchers::health_changed(const HealthKey& key, const HealthState& state) const {
    const wire::RrType type = key.address.size() == 4 ? wire::RrType::a : wire::RrType::aaaa;
    tell(state.healthy ? "healthy" : "unhealthy", [&] {
        json params{{"address", rdata_text(type, key.address, alias_type_)},
                    {"check", text(key.check)}};
        if (!state.healthy) params["error"] = state.last_error;
        return params;
    });
}

void Watchers::alarm(const Alarm& alarm, bool raised) const {
    tell(raised ? "alarm" : "alarm-over", [&] { return alarm_json(alarm, alias_type_); });
}

void Watchers::zone_changed(const ZoneEntry& entry, ZoneFate fate) const {
    tell("zone", [&] {
        const bool is_gone = fate == ZoneFate::gone;
        const bool has_failed = fate == ZoneFate::failed;
        const bool is_served = entry.served() && !is_gone;
        return json{{"zone", to_text(entry.config.name)},
                    {"fate", is_gone      ? "gone"
                             : has_failed ? "failed"
                                          : "loaded"},
                    {"served", is_served},
                    {"serial", is_served ? json(entry.zone->serial()) : json(nullptr)},
                    {"error", has_failed ? json(entry.error->to_string()) : json(nullptr)}};
    });
}

}  // namespace apex::control
