// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/publish/zone_set.hh"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <new>

#include "control/publish/target_change.hh"
#include "control/zone/name_text.hh"

namespace apex::control {

namespace {

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

ZoneSet::ZoneSet(table::Publisher& publisher, wire::RrType alias_type)
    : publisher_(publisher), alias_type_(alias_type) {}

void ZoneSet::attach(AliasEngine& engine) {
    flattener_.emplace(engine, alias_type_,
                       [this](const wire::Name& name) { return enclosing_view(name); });
    followers_.emplace(engine, *flattener_);
}

table::ZoneId ZoneSet::id_for(const wire::Name& name) {
    if (const auto found = zones_.find(name); found != zones_.end()) return found->second.id;
    const auto [entry, is_new] = reserved_.try_emplace(name);
    if (is_new) entry->second = publisher_.new_zone();
    return entry->second;
}

ZoneView ZoneSet::view_of(const wire::Name& zone) const {
    if (const auto coming = coming_.find(zone); coming != coming_.end()) {
        const PreparedZone& next = *coming->second;
        if (next.zone == nullptr) return {};  // it goes
        return {&next.config, next.zone.get(), next.compiler.get()};
    }
    const auto found = zones_.find(zone);
    if (found == zones_.end() || !found->second.served()) return {};
    const ZoneEntry& entry = found->second;
    return {&entry.config, entry.zone.get(), entry.compiler.get()};
}

ZoneView ZoneSet::enclosing_view(const wire::Name& name) const {
    for (wire::Name at = name;; at = at.parent()) {
        const ZoneView view = view_of(at);
        if (view.config != nullptr || at.is_root()) return view;
    }
}

AliasOwners ZoneSet::aliases_of(const ZoneView& zone) const {
    AliasOwners aliases;
    for (const wire::Name& owner : zone.compiler->alias_owners()) {
        aliases.emplace(owner,
                        flattener_->dependencies({zone, owner, zone.zone->owners.at(owner)}));
    }
    return aliases;
}

void ZoneSet::unfollow_all(const wire::Name& zone, const AliasOwners& aliases) {
    for (const auto& [owner, what] : aliases) followers_->remove({zone, owner}, what);
}

FlattenOwner ZoneSet::flatten_in(const ZoneView& zone) const {
    return [this, zone](const wire::Name& owner, const Owner& records, wire::RrType type) {
        return flatten(AliasPlace{zone, owner, records}, type);
    };
}

/// Of all addresses of the owner those that its check calls healthy, or all when none is.
FlattenedSet ZoneSet::flatten(const AliasPlace& place, wire::RrType type) const {
    FlattenedSet set = flattener_->flatten(place, type);
    const AliasPolicy& policy = place.in.config->alias_at(place.owner);
    if (checks_ && policy.health) checks_->leave_healthy(set, *policy.health);
    return set;
}

/// Asks for the checks of what the owner would answer with now, and no longer for others.
void ZoneSet::check_health(const Follower& follower, bool is_followed) {
    if (!checks_) return;
    std::set<HealthKey> wanted;
    const auto& [zone, owner] = follower;
    const ZoneView view = is_followed ? view_of(zone) : ZoneView{};
    if (view.config != nullptr && view.config->alias_at(owner).health) {
        const HealthCheck& check = *view.config->alias_at(owner).health;
        for (const wire::RrType type : address_types) {
            const FlattenedSet set =
                flattener_->flatten({view, owner, view.zone->owners.at(owner)}, type);
            for (const std::string& address : set.addresses) wanted.insert({check, address});
        }
    }
    checks_->ask(follower, wanted);
}

void ZoneSet::on_health_change(const HealthKey& key) {
    for (const auto& [zone, owner] : checks_->owners_of(key)) publish(zones_.at(zone), owner);
}

/// Adds the owners that depend on an ALIAS to the nodes of a prepared zone.
std::optional<Error> ZoneSet::compile_dependent(PreparedZone& prepared) const {
    const FlattenOwner flatten = flatten_in(view_of(prepared.config.name));
    for (const wire::Name& owner : prepared.compiler->alias_dependent()) {
        auto done = prepared.compiler->compile_owner(owner, flatten, prepared.nodes);
        if (!done) return done.error();
    }
    return std::nullopt;
}

void ZoneSet::loaded(const ZoneEntry& entry) const {
    log_loaded(entry);
    if (on_zone_) on_zone_(entry, entry.error ? ZoneFate::failed : ZoneFate::loaded);
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
    entry.attempted = zone.config;
    if (!entry.served()) entry.config = zone.config;
    entry.id = zone.id;
    if (!zone.error) {
        // First the new targets, then (when it is in service) the end of the old ones:
        // what both need keeps its state.
        zone.aliases = aliases_of(view_of(zone.config.name));
        for (const auto& [owner, what] : zone.aliases) {
            followers_->add({zone.config.name, owner}, what);
        }
        zone.error = compile_dependent(zone);
        if (zone.error) unfollow_all(zone.config.name, zone.aliases);
    }
    entry.error = zone.error;
    if (zone.error) loaded(entry);
    return !zone.error;
}

/// The table did not take the zones: their entries say so, what was followed stays.
void ZoneSet::give_up(std::span<PreparedZone* const> steps, const std::string& why) {
    for (const PreparedZone* step : steps) {
        ZoneEntry& entry = zones_.at(step->config.name);
        unfollow_all(step->config.name, step->aliases);
        entry.error = Error{"read, but the table did not take it: " + why};
        loaded(entry);
    }
}

void ZoneSet::apply(std::vector<PreparedZone>& prepared) {
    const Coming coming(coming_, prepared);
    std::vector<PreparedZone*> steps;
    std::vector<table::ZoneChange> changes;
    std::set<wire::Name> changed;
    bool all_accepted = true;
    for (PreparedZone& zone : prepared) {
        changed.insert(zone.config.name);
        const bool ends = zone.zone == nullptr && !zone.error;
        if (!ends && !accept(zone)) {
            coming_.erase(zone.config.name);
            all_accepted = false;
            continue;
        }
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
    coming_.clear();
    for (std::size_t n = 0; n < steps.size(); ++n) put_in_service(*steps[n], changes[n]);
    for (const PreparedZone* step : steps) {
        check_zone_health(*step);
        note_zone_sources(*step);
    }
    follow_anew(changed, all_accepted);
}

/// The last of apply() for one zone: what was in service leaves through `step`.
void ZoneSet::put_in_service(PreparedZone& step, table::ZoneChange& change) {
    ZoneEntry& entry = zones_.at(step.config.name);
    const bool ends = step.zone == nullptr;
    entry.config = step.config;
    entry.changed_names = change.changed_names;
    step.gone = std::move(change.remove);
    unfollow_all(step.config.name, entry.aliases);
    entry.zone.swap(step.zone);
    entry.compiler.swap(step.compiler);
    entry.aliases.swap(step.aliases);
    stuck_ -= entry.stuck.size();
    entry.stuck.clear();
    entry.loaded_at = std::chrono::system_clock::now();
    compare_owners(entry);
    if (ends) {
        spdlog::info("zone {}: out of service", to_text(step.config.name));
        if (on_zone_) on_zone_(entry, ZoneFate::gone);
        forget(step.config.name);
    } else {
        loaded(entry);
    }
}

/// Now, rather than when the first change of a target is to be published.
void ZoneSet::compare_owners(ZoneEntry& entry) {
    for (const auto& [owner, what] : entry.aliases) {
        for (const TargetKey& key : what.outside) {
            Followers::Uses& uses = *followers_->of(key);
            if (uses.size() == 1) continue;
            uses.at({entry.config.name, owner}).likeness =
                TargetChange::likeness(entry, owner, key, alias_type_);
        }
    }
}

/// After put_in_service(), which leaves the owners that there were in `step`.
void ZoneSet::check_zone_health(const PreparedZone& step) {
    const wire::Name& zone = step.config.name;
    for (const auto& [owner, what] : step.aliases) {
        const auto entry = zones_.find(zone);
        check_health({zone, owner}, entry != zones_.end() && entry->second.aliases.contains(owner));
    }
    if (!zones_.contains(zone)) return;
    for (const auto& [owner, policy] : zones_.at(zone).config.records) {
        if (policy.health && zones_.at(zone).aliases.contains(owner)) {
            check_health({zone, owner}, true);
        }
    }
}

/// The owner can answer with other addresses than the ALIAS says.
bool ZoneSet::can_fall_back(const AliasPlace& place, wire::RrType type) {
    const AliasPolicy& policy = place.in.config->alias_at(place.owner);
    return place.records.find(type) != nullptr ? policy.siblings != Siblings::override
                                               : policy.targets != Targets::merge;
}

/// Whose addresses the owner answers with.
void ZoneSet::note_sources(const Follower& follower) {
    const auto& [zone, owner] = follower;
    const auto entry = zones_.find(zone);
    if (entry == zones_.end() || !entry->second.aliases.contains(owner)) {
        return fallbacks_.forget(follower);
    }
    const AliasPlace place{view_of(zone), owner, entry->second.zone->owners.at(owner)};
    for (const wire::RrType type : address_types) {
        fallbacks_.note(
            follower, type,
            can_fall_back(place, type) ? flattener_->flatten(place, type).source : Source::targets);
    }
}

/// What an owner answers with now that a target of it changed.
FlattenedBody ZoneSet::prepare_body(const Follower& follower, const Likeness& likeness,
                                    wire::RrType type) {
    const ZoneEntry& entry = *likeness.entry;
    const AliasPlace place{{&entry.config, entry.zone.get(), entry.compiler.get()},
                           follower.second,
                           *likeness.records};
    const FlattenedSet set = flatten(place, type);
    if (can_fall_back(place, type)) fallbacks_.note(follower, type, set.source);
    if (likeness.is_checked) check_health(follower, true);
    return entry.compiler->flattened_body(place.owner, type, set);
}

/// After put_in_service(), likewise.
void ZoneSet::note_zone_sources(const PreparedZone& step) {
    const wire::Name& zone = step.config.name;
    for (const auto& [owner, what] : step.aliases) note_sources({zone, owner});
    if (!zones_.contains(zone)) return;
    for (const auto& [owner, what] : zones_.at(zone).aliases) note_sources({zone, owner});
}

/// Lets those follow that depend on zones which were changed: owners in other zones, and,
/// unless every zone was accepted, those in the changed ones too, since they were
/// compiled for what has not come.
void ZoneSet::follow_anew(const std::set<wire::Name>& changed, bool all_accepted) {
    for (const Follower& follower : followers_->affected_by(changed)) {
        if (all_accepted && changed.contains(follower.first)) continue;
        follow_anew(follower);
    }
}

/// The way to the targets of an owner is another one now.
void ZoneSet::follow_anew(const Follower& follower) {
    const auto& [zone, owner] = follower;
    ZoneEntry& entry = zones_.at(zone);
    Dependencies& what = entry.aliases.at(owner);
    Dependencies now =
        flattener_->dependencies({view_of(zone), owner, entry.zone->owners.at(owner)});
    followers_->add(follower, now);
    followers_->remove(follower, what);
    what = std::move(now);
    publish(entry, owner);
}

/// Adds an owner's node to `batch`. A failure is kept on the entry and logged once:
/// records and ALIAS together exceed what one name can have.
void ZoneSet::compile_changed(ZoneEntry& entry, const wire::Name& owner, table::NodeBatch& batch) {
    auto done = entry.compiler->compile_owner(owner, flatten_in(view_of(entry.config.name)), batch);
    const bool was_stuck = done && entry.stuck.erase(owner) > 0;
    if (done && !was_stuck) return;
    if (was_stuck) --stuck_;
    const std::string zone = to_text(entry.config.name);
    if (done) {
        spdlog::info("zone {}: \"{}\" follows its ALIAS again", zone, to_text(owner));
        return;
    }
    Error error = std::move(done.error());
    error.message += "; \"" + to_text(owner) + "\" is answered as before its ALIAS changed";
    const auto [stuck, is_new] = entry.stuck.insert_or_assign(owner, std::move(error));
    if (!is_new) return;
    ++stuck_;
    spdlog::error(
        "zone {}: {}; give it fewer records or fewer ALIAS targets, then run "
        "\"apexctl zone reload {}\"",
        zone, stuck->second.to_string(), zone);
}

/// Publishes what the ALIAS at `owner` changes.
void ZoneSet::publish(ZoneEntry& entry, const wire::Name& owner) {
    table::NodeBatch batch;
    compile_changed(entry, owner, batch);
    for (const wire::Name& name : entry.compiler->dependents_of(owner)) {
        compile_changed(entry, name, batch);
    }
    for (std::size_t n = 0; n < batch.count(); ++n) publisher_.replace(batch[n]);
    check_health({entry.config.name, owner}, true);
    note_sources({entry.config.name, owner});
}

void ZoneSet::on_alias_change(const TargetKey& key) {
    try {
        publish_change(key);
    } catch (const std::bad_alloc&) {
        spdlog::error(
            "target {}: no memory to publish what it gives now at every owner; when there is some, "
            "run \"apexctl zone reload\"",
            to_text(key.target));
    }
}

void ZoneSet::publish_change(const TargetKey& key) {
    Followers::Uses* uses = followers_->of(key);
    if (uses == nullptr) return;
    if (followers_->leads_back(key)) {
        std::vector<Follower> followers;
        for (const auto& [follower, use] : *uses) followers.push_back(follower);
        for (const Follower& follower : followers) follow_anew(follower);
        return;
    }
    TargetChange change(
        publisher_, key.type,
        [&](const Follower& follower, const Likeness& likeness) {
            return prepare_body(follower, likeness, key.type);
        },
        [this](const Follower& follower, const Likeness& likeness) {
            publish(*likeness.entry, follower.second);
        });
    for (auto& [follower, use] : *uses) {
        const auto& [zone, owner] = follower;
        if (!use.likeness) {
            use.likeness = TargetChange::likeness(zones_.at(zone), owner, key, alias_type_);
        }
        // One that is stuck is to be heard of when it no longer is.
        if (stuck_ > 0 && !use.likeness->entry->stuck.empty()) {
            publish(*use.likeness->entry, owner);
        } else {
            change.add(follower, *use.likeness);
        }
    }
    change.finish();
}

FlattenedSet ZoneSet::flatten(const ZoneEntry& entry, const wire::Name& owner,
                              wire::RrType type) const {
    return flatten(AliasPlace{view_of(entry.config.name), owner, entry.zone->owners.at(owner)},
                   type);
}

std::vector<TargetSet> ZoneSet::targets(const ZoneEntry& entry, const wire::Name& owner,
                                        wire::RrType type) const {
    return flattener_->targets({view_of(entry.config.name), owner, entry.zone->owners.at(owner)},
                               type);
}

const ZoneEntry* ZoneSet::enclosing(const wire::Name& name) const {
    for (wire::Name at = name;; at = at.parent()) {
        const auto found = zones_.find(at);
        if (found != zones_.end() && found->second.served()) return &found->second;
        if (at.is_root()) return nullptr;
    }
}

}  // namespace apex::control
