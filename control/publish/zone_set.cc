// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/publish/zone_set.hh"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <exception>

#include "control/zone/name_text.hh"

namespace apex::control {

namespace {

constexpr std::array address_types{wire::RrType::a, wire::RrType::aaaa};

/// Every target and type that the zone's ALIAS owners need, with the owner; sorted.
std::vector<Following> targets_of(const Zone& zone, const Compiler& compiler,
                                  wire::RrType alias_type) {
    std::vector<Following> targets;
    for (const auto& [owner, records] : zone.owners) {
        if (records.find(alias_type) == nullptr || !compiler.is_published(owner)) continue;
        for (const wire::Name& target : alias_targets(records, alias_type)) {
            for (const wire::RrType type : address_types) {
                // The owner's own records win, so nobody needs the target's.
                if (records.find(type) == nullptr) targets.push_back({{target, type}, owner});
            }
        }
    }
    std::sort(targets.begin(), targets.end());
    // An owner may name one target in upper and in lower case.
    targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
    return targets;
}

/// Names of the old zone that the new one (null: none) does not publish.
std::vector<wire::Name> names_gone(const Zone* before, const Compiler* after) {
    std::vector<wire::Name> gone;
    if (before == nullptr) return gone;
    for (const auto& [name, records] : before->owners) {
        if (after == nullptr || !after->is_published(name)) gone.push_back(name);
    }
    return gone;
}

/// What an attempt to load a zone has come to.
void log_loaded(const ZoneEntry& entry) {
    const std::string name = to_text(entry.config.name);
    if (entry.error) {
        spdlog::error("zone {}: {}; {}; correct it, then run \"apexctl zone reload {}\"", name,
                      entry.error->to_string(),
                      entry.served() ? "the version in service stays" : "not served", name);
        return;
    }
    for (const Error& warning : entry.zone->warnings) spdlog::warn(warning.to_string());
    spdlog::info("zone {}: serial {}, {} records, {} names changed", name, entry.zone->serial(),
                 entry.zone->record_count, entry.changed_names);
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

PreparedZone ZoneSet::prepare(ZoneConfig config, table::ZoneId id, wire::RrType alias_type,
                              const std::shared_ptr<const Zone>& before) {
    PreparedZone prepared;
    prepared.id = id;
    auto zone = load_zone(config, alias_type);
    prepared.config = std::move(config);
    if (!zone) {
        prepared.error = std::move(zone.error());
        return prepared;
    }
    prepared.zone = std::make_shared<const Zone>(std::move(*zone));
    prepared.compiler = std::make_unique<Compiler>(*prepared.zone, id, alias_type);
    auto nodes = prepared.compiler->compile_static();
    if (!nodes) {
        prepared.error = std::move(nodes.error());
        return prepared;
    }
    prepared.nodes = std::move(*nodes);
    prepared.negative = prepared.compiler->compile_negative();
    prepared.followed = targets_of(*prepared.zone, *prepared.compiler, alias_type);
    prepared.gone = names_gone(before.get(), prepared.compiler.get());
    return prepared;
}

PreparedZone ZoneSet::prepare_end(ZoneConfig config, table::ZoneId id,
                                  const std::shared_ptr<const Zone>& before) {
    PreparedZone prepared;
    prepared.config = std::move(config);
    prepared.id = id;
    prepared.gone = names_gone(before.get(), nullptr);
    return prepared;
}

FlattenedSet ZoneSet::flatten_owner(const Owner& records, wire::RrType type) const {
    return flatten(*engine_, alias_, records, type);
}

void ZoneSet::follow(const wire::Name& zone, const std::vector<Following>& targets) {
    for (const auto& [key, owner] : targets) {
        engine_->follow(key);
        owners_[key].emplace(zone, owner);
    }
}

/// Ends what follow() began, except that the owners of those `kept` as well stay known.
void ZoneSet::unfollow(const wire::Name& zone, const std::vector<Following>& targets,
                       const std::vector<Following>& kept) {
    for (const Following& target : targets) {
        const auto& [key, owner] = target;
        engine_->unfollow(key);
        if (std::binary_search(kept.begin(), kept.end(), target)) continue;
        const auto owners = owners_.find(key);
        owners->second.erase({zone, owner});
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

/// Makes a prepared zone ready for the table. False when it cannot be served, which
/// its entry then says.
bool ZoneSet::accept(PreparedZone& zone) {
    ZoneEntry& entry = zones_[zone.config.name];
    reserved_.erase(zone.config.name);
    entry.config = zone.config;
    entry.id = zone.id;
    if (!zone.error) {
        // First the new targets, then (when it is in service) the end of the old ones:
        // what both need keeps its state.
        follow(zone.config.name, zone.followed);
        zone.error = compile_dependent(zone);
        if (zone.error) unfollow(zone.config.name, zone.followed, entry.followed);
    }
    entry.error = zone.error;
    if (zone.error) log_loaded(entry);
    return !zone.error;
}

/// The table did not take the zones: their entries say so, what was followed stays.
void ZoneSet::give_up(std::span<PreparedZone* const> steps, const std::string& why) {
    for (const PreparedZone* step : steps) {
        ZoneEntry& entry = zones_.at(step->config.name);
        unfollow(step->config.name, step->followed, entry.followed);
        entry.error = Error{"read, but the table did not take it: " + why};
        log_loaded(entry);
    }
}

void ZoneSet::apply(std::vector<PreparedZone>& prepared) {
    std::vector<PreparedZone*> steps;
    std::vector<table::ZoneChange> changes;
    for (PreparedZone& zone : prepared) {
        const bool ends = zone.zone == nullptr && !zone.error;
        if (!ends && !accept(zone)) continue;
        steps.push_back(&zone);
        changes.push_back({zone.id, zone.config.name, ends ? nullptr : &zone.nodes,
                           std::move(zone.gone), ends ? nullptr : &zone.negative});
    }
    try {
        publisher_.apply(changes);
    } catch (const std::exception& error) {
        give_up(steps, error.what());
        throw;
    }

    const auto now = std::chrono::system_clock::now();
    for (std::size_t n = 0; n < steps.size(); ++n) {
        PreparedZone* const step = steps[n];
        ZoneEntry& entry = zones_.at(step->config.name);
        const bool ends = step->zone == nullptr;
        entry.changed_names = changes[n].changed_names;
        step->gone = std::move(changes[n].remove);
        unfollow(step->config.name, entry.followed, step->followed);
        // What was in service leaves through `prepared`.
        entry.zone.swap(step->zone);
        entry.compiler.swap(step->compiler);
        entry.followed.swap(step->followed);
        entry.stuck.clear();
        entry.loaded_at = now;
        if (ends) {
            spdlog::info("zone {}: out of service", to_text(step->config.name));
            forget(step->config.name);
        } else {
            log_loaded(entry);
        }
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
