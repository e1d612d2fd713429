// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/publish/zone_set.hh"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>

#include "control/zone/name_text.hh"

namespace apex::control {

namespace {

constexpr std::array address_types{wire::RrType::a, wire::RrType::aaaa};

/// Names of the old zone that the new one (null: none) does not have.
std::vector<wire::Name> names_gone(const Zone* before, const Zone* after) {
    std::vector<wire::Name> gone;
    if (before == nullptr) return gone;
    for (const auto& [name, records] : before->owners) {
        if (after == nullptr || !after->owners.contains(name)) gone.push_back(name);
    }
    return gone;
}

}  // namespace

ZoneSet::ZoneSet(table::Publisher& publisher, const AliasConfig& alias)
    : publisher_(publisher), alias_(alias) {}

table::ZoneId ZoneSet::id_for(const wire::Name& name) {
    if (const auto found = zones_.find(name); found != zones_.end()) return found->second.id;
    const auto [entry, is_new] = reserved_.try_emplace(name);
    if (is_new) entry->second = publisher_.new_zone();
    return entry->second;
}

PreparedZone ZoneSet::prepare(ZoneConfig config, table::ZoneId id, wire::RrType alias_type) {
    PreparedZone prepared;
    prepared.id = id;
    auto zone = load_zone(config, alias_type);
    prepared.config = std::move(config);
    if (!zone) {
        prepared.error = std::move(zone.error());
        return prepared;
    }
    prepared.zone = std::make_unique<Zone>(std::move(*zone));
    prepared.compiler = std::make_unique<Compiler>(*prepared.zone, id, alias_type);
    auto nodes = prepared.compiler->compile_static();
    if (!nodes) {
        prepared.error = std::move(nodes.error());
        return prepared;
    }
    prepared.nodes = std::move(*nodes);
    prepared.negative = prepared.compiler->compile_negative();
    return prepared;
}

FlattenedSet ZoneSet::flatten_owner(const Owner& records, wire::RrType type) const {
    return flatten(*engine_, alias_, records, type);
}

/// Every (target, type) that the zone's ALIAS owners need, with the owner.
std::vector<std::pair<TargetKey, wire::Name>> ZoneSet::targets_of(const Zone& zone) const {
    std::vector<std::pair<TargetKey, wire::Name>> targets;
    for (const auto& [owner, records] : zone.owners) {
        for (const wire::Name& target : alias_targets(records, alias_.type)) {
            for (const wire::RrType type : address_types) {
                // The owner's own records win, so nobody needs the target's.
                if (records.find(type) == nullptr) targets.push_back({{target, type}, owner});
            }
        }
    }
    return targets;
}

void ZoneSet::follow(ZoneEntry& entry, const Zone& zone) {
    entry.followed = targets_of(zone);
    for (const auto& [key, owner] : entry.followed) {
        engine_->follow(key);
        owners_[key].emplace(entry.config.name, owner);
    }
}

void ZoneSet::unfollow(ZoneEntry& entry, std::vector<std::pair<TargetKey, wire::Name>> targets) {
    std::sort(entry.followed.begin(), entry.followed.end());
    for (const auto& target : targets) {
        const auto& [key, owner] = target;
        engine_->unfollow(key);
        if (std::binary_search(entry.followed.begin(), entry.followed.end(), target)) continue;
        const auto owners = owners_.find(key);
        if (owners == owners_.end()) continue;  // the owner named one target twice
        owners->second.erase({entry.config.name, owner});
        if (owners->second.empty()) owners_.erase(owners);
    }
}

/// Adds the owners that depend on an ALIAS to the nodes of a prepared zone.
std::optional<Error> ZoneSet::compile_dependent(PreparedZone& prepared) const {
    const auto flatten_one = [this](const wire::Name&, const Owner& records, wire::RrType type) {
        return flatten_owner(records, type);
    };
    for (const wire::Name& owner : prepared.compiler->alias_dependent()) {
        auto done = prepared.compiler->compile_owner(owner, flatten_one, prepared.nodes);
        if (!done) return done.error();
    }
    return std::nullopt;
}

void ZoneSet::forget(const wire::Name& name) {
    const auto found = zones_.find(name);
    publisher_.release_zone(found->second.id);
    zones_.erase(found);
}

/// One zone on its way through apply().
struct ZoneSet::Step {
    ZoneEntry* entry = nullptr;
    PreparedZone prepared;  // no zone: the entry goes out of service
    std::vector<std::pair<TargetKey, wire::Name>> followed_before;
};

void ZoneSet::apply(std::vector<PreparedZone> prepared, std::span<const wire::Name> removed) {
    std::vector<Step> steps;
    for (PreparedZone& zone : prepared) {
        ZoneEntry& entry = zones_[zone.config.name];
        reserved_.erase(zone.config.name);
        entry.config = zone.config;
        entry.id = zone.id;
        if (!zone.error) {
            Step step{&entry, std::move(zone), std::move(entry.followed)};
            // First the new targets, then (below) the end of the old ones: what
            // both need keeps its state.
            follow(entry, *step.prepared.zone);
            step.prepared.error = compile_dependent(step.prepared);
            if (!step.prepared.error) {
                entry.error.reset();
                steps.push_back(std::move(step));
                continue;
            }
            std::swap(step.followed_before, entry.followed);
            unfollow(entry, std::move(step.followed_before));
            zone = std::move(step.prepared);
        }
        entry.error = std::move(zone.error);
    }
    for (const wire::Name& name : removed) {
        const auto found = zones_.find(name);
        if (found == zones_.end()) continue;
        ZoneEntry& entry = found->second;
        steps.push_back({&entry, {}, std::move(entry.followed)});
        entry.followed.clear();
    }

    std::vector<table::ZoneChange> changes;
    for (const Step& step : steps) {
        const bool stays = step.prepared.zone != nullptr;
        if (!stays && !step.entry->served()) continue;
        changes.push_back({step.entry->id, step.entry->config.name,
                           stays ? &step.prepared.nodes : nullptr,
                           names_gone(step.entry->zone.get(), step.prepared.zone.get()),
                           stays ? &step.prepared.negative : nullptr});
    }
    publisher_.apply(changes);
    for (const table::ZoneChange& change : changes) {
        zones_.at(change.apex).changed_names = change.changed_names;
    }

    const auto now = std::chrono::system_clock::now();
    for (Step& step : steps) {
        ZoneEntry& entry = *step.entry;
        unfollow(entry, std::move(step.followed_before));
        if (step.prepared.zone == nullptr) {
            forget(wire::Name(entry.config.name));
            continue;
        }
        entry.compiler = std::move(step.prepared.compiler);
        entry.zone = std::move(step.prepared.zone);
        entry.stuck.clear();
        entry.loaded_at = now;
    }
}

/// Adds an owner's node to `batch`. A failure is kept on the entry and logged once:
/// records and ALIAS together exceed what one name can have.
void ZoneSet::compile_changed(ZoneEntry& entry, const wire::Name& owner, table::NodeBatch& batch) {
    const auto flatten_one = [this](const wire::Name&, const Owner& records, wire::RrType type) {
        return flatten_owner(records, type);
    };
    auto done = entry.compiler->compile_owner(owner, flatten_one, batch);
    const std::string zone = to_text(entry.config.name);
    if (done) {
        if (entry.stuck.erase(owner) == 0) return;
        spdlog::info("zone {}: \"{}\" follows its ALIAS again", zone, to_text(owner));
        return;
    }
    Error error = std::move(done.error());
    error.message += "; \"" + to_text(owner) + "\" is answered as before its ALIAS changed";
    const auto [stuck, is_new] = entry.stuck.insert_or_assign(owner, std::move(error));
    if (!is_new) return;
    spdlog::error(
        "zone {}: {}; give it fewer records or fewer ALIAS targets, then run "
        "\"apexctl zone reload {}\"",
        zone, stuck->second.to_string(), zone);
}

void ZoneSet::on_alias_change(const TargetKey& key) {
    const auto owners = owners_.find(key);
    if (owners == owners_.end()) return;
    for (const auto& [zone_name, owner] : owners->second) {
        ZoneEntry& entry = zones_.at(zone_name);
        if (!entry.served()) continue;
        table::NodeBatch batch;
        for (const wire::Name& name : entry.compiler->dependents_of(owner)) {
            compile_changed(entry, name, batch);
        }
        for (std::size_t n = 0; n < batch.count(); ++n) publisher_.replace(batch[n]);
    }
}

const ZoneEntry* ZoneSet::enclosing(const wire::Name& name) const {
    for (wire::Name at = name;; at = at.parent()) {
        const auto found = zones_.find(at);
        if (found != zones_.end() && found->second.served()) return &found->second;
        if (at.is_root()) return nullptr;
    }
}

}  // namespace apex::control
