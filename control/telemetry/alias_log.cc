// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/telemetry/alias_log.hh"

#include <spdlog/spdlog.h>

#include <string>

#include "control/zone/name_text.hh"

namespace apex::control {

namespace {

std::string_view advice(AlarmKind kind) {
    switch (kind) {
        case AlarmKind::nxdomain:
            return "correct the ALIAS or take it out, for whoever gets the name gets its owners' "
                   "traffic";
        case AlarmKind::zone_gone:
            return "correct the ALIAS or take it out, for whoever registers the zone gets its "
                   "owners' traffic";
        case AlarmKind::replaced:
        case AlarmKind::unsteady:
            return "make sure that this is meant; \"apexctl alias history\" shows the sets";
        case AlarmKind::own:
            return "correct the ALIAS or its target unless something else listens there, for "
                   "clients come to this server";
    }
    return {};
}

}  // namespace

AliasLog::AliasLog(event_base* base, wire::RrType alias_type, std::chrono::milliseconds period)
    : alias_type_(alias_type), period_(period), timer_(base, [this] { end_period(); }) {}

void AliasLog::changed(const TargetState& state) {
    if (!state.last_good || !may_write(change)) return;
    const std::string target =
        to_text(state.key.target) + " " + type_text(state.key.type, alias_type_);
    if (state.rung == Rung::stale) {
        spdlog::warn("alias target {}: its set is past its TTL, served with TTL {} from now on",
                     target, stale_ttl);
    } else if (state.rung == Rung::expired) {
        spdlog::error(
            "alias target {}: its set is older than alias.stale-max and no longer served; its "
            "owners have what their other targets and records give, or SERVFAIL",
            target);
    } else {
        spdlog::info("alias target {}: {} addresses, TTL {}", target,
                     state.last_good->addresses.size(), state.served_ttl);
    }
}

void AliasLog::health_changed(const TargetState& state) {
    if (state.failures == 0) {
        if (!may_write(recovery)) return;
        spdlog::info("alias target {} {}: resolves again", to_text(state.key.target),
                     type_text(state.key.type, alias_type_));
        return;
    }
    if (!may_write(failure)) return;
    spdlog::warn("alias target {}; {}; check the resolver and the target if it stays so",
                 state.last_error,
                 is_served(state.rung) ? "its last good set stays in service"
                                       : "its owners are answered SERVFAIL until it resolves");
}

void AliasLog::health_changed(const HealthKey& key, const HealthState& state) {
    if (!may_write(health)) return;
    const wire::RrType type = key.address.size() == 4 ? wire::RrType::a : wire::RrType::aaaa;
    const std::string address = rdata_text(type, key.address, alias_type_);
    if (state.healthy) {
        spdlog::info("health of {}, {}: healthy again", address, text(key.check));
    } else {
        spdlog::warn(
            "health of {}, {}: unhealthy: {}; it is not served while another address of the "
            "owner is healthy",
            address, text(key.check), state.last_error);
    }
}

void AliasLog::alarm(const Alarm& alarm, bool raised) {
    if (!may_write(raised ? alarm_began : alarm_over)) return;
    const std::string target =
        to_text(alarm.key.target) + ' ' + type_text(alarm.key.type, alias_type_);
    if (raised) {
        spdlog::warn("alias target {}: alarm {}: {}; {}", target, text(alarm.kind), alarm.why,
                     advice(alarm.kind));
    } else {
        spdlog::info("alias target {}: alarm {} is over", target, text(alarm.kind));
    }
}

bool AliasLog::may_write(Kind kind) {
    if (!in_period_) timer_.arm(period_);
    in_period_ = true;
    return ++seen_[kind] <= lines_a_period;
}

void AliasLog::end_period() {
    const auto beyond = [this](Kind kind) {
        return seen_[kind] > lines_a_period ? seen_[kind] - lines_a_period : 0;
    };
    if (beyond(failure) > 0 || beyond(recovery) > 0) {
        spdlog::warn(
            "alias targets: {} more failed and {} more resolve again in the last {} s; \"apexctl "
            "status\" counts those that fail, \"apexctl alias list\" shows them",
            beyond(failure), beyond(recovery),
            std::chrono::duration_cast<std::chrono::seconds>(period_).count());
    }
    if (beyond(alarm_began) > 0 || beyond(alarm_over) > 0) {
        spdlog::warn(
            "alias targets: {} more alarms began and {} are over in the last {} s; "
            "\"apexctl status\" lists them",
            beyond(alarm_began), beyond(alarm_over),
            std::chrono::duration_cast<std::chrono::seconds>(period_).count());
    }
    if (beyond(health) > 0) {
        spdlog::warn(
            "health: {} more addresses became healthy or unhealthy; \"apexctl status\" counts "
            "those that are not, \"apexctl alias explain\" shows them",
            beyond(health));
    }
    if (beyond(change) > 0) spdlog::info("alias targets: {} more changed", beyond(change));
    seen_ = {};
    in_period_ = false;
}

}  // namespace apex::control
