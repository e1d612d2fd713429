// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/publish/zone_set.hh"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>

#include "control/zone/name_text.hh"

namespace apex::control {

namespace {

/// Names of the old zone that the new one (null: none) does not publish.
std::vector<wire::Name> names_gone(const Zone* before, const Compiler* after) {
    std::vector<wire::Name> gone;
    if (before == nullptr) return gone;
    for (const auto& [name, records] : before->owners) {
        if (after == nullptr || !after->is_published(name)) gone.push_back(name);
    }
    return gone;
}

/// Settings that apply to nothing, a slip of the operator's.
void warn_of_unused(const std::map<wire::Name, AliasPolicy>& records, wire::RrType alias_type,
                    Zone& zone) {
    for (const auto& [owner, policy] : records) {
        const auto found = zone.owners.find(owner);
        if (found != zone.owners.end() && found->second.find(alias_type) != nullptr) continue;
        zone.warnings.push_back({"\"records\" in the configuration has \"" + to_text(owner) +
                                     "\", which has no ALIAS in the zone",
                                 zone.file.string()});
    }
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

ZoneSet::ZoneSet(table::Publisher& publisher, wire::RrType alias_type)
    : publisher_(publisher), alias_type_(alias_type) {}

void ZoneSet::attach(AliasEngine& engine) {
    engine_ = &engine;
    flattener_.emplace(engine, alias_type_,
                       [this](const wire::Name& name) { return enclosing_view(name); });
}

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
    warn_of_unused(prepared.config.records, alias_type, *zone);
    prepared.zone = std::make_shared<const Zone>(std::move(*zone));
    prepared.compiler = std::make_unique<Compiler>(*prepared.zone, id, alias_type);
    auto nodes = prepared.compiler->compile_static();
    if (!nodes) {
        prepared.error = std::move(nodes.error());
        return prepared;
    }
    prepared.nodes = std::move(*nodes);
    prepared.negative = prepared.compiler->compile_negative();
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

void ZoneSet::follow(const Follower& follower, const Dependencies& what) {
    for (const TargetKey& key : what.outside) {
        engine_->follow(key);
        ++followers_[key][follower];
        if (comes_back(key)) coming_back_.insert(key);
    }
    for (const wire::Name& zone : what.zones) ++users_[zone][follower];
}

namespace {

/// Takes one use by `follower` away from `uses` of `key`.
template <typename Key, typename Uses>
void drop(std::map<Key, Uses>& uses, const Key& key, const typename Uses::key_type& follower) {
    const auto found = uses.find(key);
    const auto use = found->second.find(follower);
    if (--use->second == 0) found->second.erase(use);
    if (found->second.empty()) uses.erase(found);
}

}  // namespace

void ZoneSet::unfollow(const Follower& follower, const Dependencies& what) {
    for (const TargetKey& key : what.outside) {
        engine_->unfollow(key);
        drop(followers_, key, follower);
        if (!followers_.contains(key)) coming_back_.erase(key);
    }
    for (const wire::Name& zone : what.zones) drop(users_, zone, follower);
}

void ZoneSet::unfollow_all(const wire::Name& zone, const AliasOwners& aliases) {
    for (const auto& [owner, what] : aliases) unfollow({zone, owner}, what);
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
    if (health_ == nullptr || !policy.health) return set;
    for (const std::string& address : set.addresses) {
        const HealthState* state = health_->find({*policy.health, address});
        if (state != nullptr && !state->healthy) set.unhealthy.push_back(address);
    }
    if (set.unhealthy.size() == set.addresses.size()) return set;
    const auto is_unhealthy = [&set](const std::string& address) {
        return std::ranges::binary_search(set.unhealthy, address);
    };
    std::erase_if(set.addresses, is_unhealthy);
    return set;
}

/// Asks for the checks of what the owner would answer with now, and no longer for others.
void ZoneSet::check_health(const Follower& follower, bool is_followed) {
    if (health_ == nullptr) return;
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
    const auto before = checks_.find(follower);
    if (before == checks_.end() && wanted.empty()) return;
    for (const HealthKey& key : wanted) {
        if (before != checks_.end() && before->second.contains(key)) continue;
        health_->follow(key);
        checked_[key].insert(follower);
    }
    if (before != checks_.end()) {
        for (const HealthKey& key : before->second) {
            if (wanted.contains(key)) continue;
            health_->unfollow(key);
            const auto owners = checked_.find(key);
            owners->second.erase(follower);
            if (owners->second.empty()) checked_.erase(owners);
        }
        checks_.erase(before);
    }
    if (!wanted.empty()) checks_.emplace(follower, std::move(wanted));
}

void ZoneSet::on_health_change(const HealthKey& key) {
    const auto found = checked_.find(key);
    if (found == checked_.end()) return;
    const std::set<Follower> followers = found->second;
    for (const auto& [zone, owner] : followers) publish(zones_.at(zone), owner);
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
        for (const auto& [owner, what] : zone.aliases) follow({zone.config.name, owner}, what);
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
    for (const PreparedZone* step : steps) check_zone_health(*step);
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
    entry.stuck.clear();
    entry.loaded_at = std::chrono::system_clock::now();
    if (ends) {
        spdlog::info("zone {}: out of service", to_text(step.config.name));
        if (on_zone_) on_zone_(entry, ZoneFate::gone);
        forget(step.config.name);
    } else {
        loaded(entry);
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

/// ALIAS owners whose way to their targets leads through one of `zones`, or would now.
std::set<ZoneSet::Follower> ZoneSet::affected_by(const std::set<wire::Name>& zones) const {
    std::set<Follower> affected;
    const auto add = [&affected](const Uses& uses) {
        for (const auto& [follower, count] : uses) affected.insert(follower);
    };
    for (const wire::Name& zone : zones) {
        if (const auto users = users_.find(zone); users != users_.end()) add(users->second);
    }
    // From each name up, not zone by zone: at a start all zones are changed ones.
    const auto is_in_one = [&zones](wire::Name name) {
        while (!zones.contains(name)) {
            if (name.is_root()) return false;
            name = name.parent();
        }
        return true;
    };
    const auto leads_into_one = [&](const TargetKey& key) {
        const TargetState* state = engine_->find(key);
        return state != nullptr && state->last_good &&
               std::ranges::any_of(state->last_good->chain,
                                   [&](const Hop& hop) { return is_in_one(hop.next); });
    };
    for (const auto& [key, uses] : followers_) {
        if (is_in_one(key.target) || leads_into_one(key)) add(uses);
    }
    return affected;
}

/// Lets those follow that depend on zones which were changed: owners in other zones, and,
/// unless every zone was accepted, those in the changed ones too, since they were
/// compiled for what has not come.
void ZoneSet::follow_anew(const std::set<wire::Name>& changed, bool all_accepted) {
    for (const Follower& follower : affected_by(changed)) {
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
    follow(follower, now);
    unfollow(follower, what);
    what = std::move(now);
    publish(entry, owner);
}

/// The chain of an outside target leads into one of our zones.
bool ZoneSet::comes_back(const TargetKey& key) const {
    const TargetState* state = engine_->find(key);
    return state != nullptr && state->last_good &&
           flattener_->way_back(*state->last_good) != state->last_good->chain.end();
}

/// Adds an owner's node to `batch`. A failure is kept on the entry and logged once:
/// records and ALIAS together exceed what one name can have.
void ZoneSet::compile_changed(ZoneEntry& entry, const wire::Name& owner, table::NodeBatch& batch) {
    auto done = entry.compiler->compile_owner(owner, flatten_in(view_of(entry.config.name)), batch);
    if (done && entry.stuck.erase(owner) == 0) return;
    const std::string zone = to_text(entry.config.name);
    if (done) {
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

/// Publishes what the ALIAS at `owner` changes.
void ZoneSet::publish(ZoneEntry& entry, const wire::Name& owner) {
    table::NodeBatch batch;
    compile_changed(entry, owner, batch);
    for (const wire::Name& name : entry.compiler->dependents_of(owner)) {
        compile_changed(entry, name, batch);
    }
    for (std::size_t n = 0; n < batch.count(); ++n) publisher_.replace(batch[n]);
    check_health({entry.config.name, owner}, true);
}

/// Owners whose ALIAS leads to one target alone answer with the same octets when its TTL and
/// their policy are the same: prepared for the first of them, the others have it put into
/// their nodes. What else there is at an owner takes the long way.
class ZoneSet::AlikeOwners {
  public:
    AlikeOwners(const ZoneSet& set, const TargetKey& key) : set_(set), key_(key) {}

    /// What the owner answers with; null: that is for compile_owner() to say.
    const table::BodyImage* body_of(const ZoneEntry& entry, const wire::Name& owner) {
        const Owner& records = entry.zone->owners.at(owner);
        const Rrset* alias = records.find(set_.alias_type_);
        const bool is_simple = alias->rdata.size() == 1 &&
                               alias->rdata.front() == key_.target.wire() &&
                               records.find(key_.type) == nullptr && !owner.is_wildcard() &&
                               entry.compiler->dependents_of(owner).empty() && entry.stuck.empty();
        const AliasPolicy& policy = entry.config.alias_at(owner);
        if (!is_simple || policy.health) return nullptr;
        const auto found = std::ranges::find_if(kinds_, [&](const Kind& kind) {
            return kind.ttl == alias->ttl && kind.policy == policy;
        });
        if (found != kinds_.end()) return found->body ? &*found->body : nullptr;
        if (kinds_.size() == most) return nullptr;
        const Kind& made = kinds_.emplace_back(
            Kind{alias->ttl, policy,
                 entry.compiler->flattened_body(owner, records, key_.type,
                                                set_.flatten_in(set_.view_of(entry.config.name)))});
        return made.body ? &*made.body : nullptr;
    }

  private:
    struct Kind {
        std::uint32_t ttl;
        AliasPolicy policy;
        std::optional<table::BodyImage> body;
    };
    static constexpr std::size_t most = 16;

    const ZoneSet& set_;
    const TargetKey& key_;
    std::vector<Kind> kinds_;
};

void ZoneSet::on_alias_change(const TargetKey& key) {
    const auto uses = followers_.find(key);
    if (uses == followers_.end()) return;
    const bool did_come_back = coming_back_.erase(key) > 0;
    if (comes_back(key)) coming_back_.insert(key);
    if (did_come_back || coming_back_.contains(key)) {
        std::vector<Follower> followers;
        for (const auto& [follower, count] : uses->second) followers.push_back(follower);
        for (const Follower& follower : followers) follow_anew(follower);
        return;
    }
    AlikeOwners alike(*this, key);
    ZoneEntry* entry = nullptr;
    for (const auto& [follower, count] : uses->second) {
        const auto& [zone, owner] = follower;
        if (entry == nullptr || entry->config.name != zone) entry = &zones_.at(zone);
        if (!entry->served()) continue;
        const table::BodyImage* body = alike.body_of(*entry, owner);
        if (body == nullptr || !publisher_.replace_body(entry->id, owner, *body)) {
            publish(*entry, owner);
        }
    }
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
