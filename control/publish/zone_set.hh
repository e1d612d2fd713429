// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The zones in service: which ones, from which file, what is published of each,
// which owners follow which target. Between the engine, which says what changed,
// and the table's publisher, which makes it visible. Control thread, except for
// prepare().
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "control/alias/engine.hh"
#include "control/alias/health.hh"
#include "control/config/config.hh"
#include "control/publish/compiler.hh"
#include "control/publish/flattener.hh"
#include "control/zone/zone.hh"
#include "dataplane/table/publisher.hh"

namespace apex::control {

/// By ALIAS owner.
using AliasOwners = std::map<wire::Name, Dependencies>;

/// A zone read and compiled as far as no ALIAS is concerned, or the end of one.
/// For a big zone long to make and long to destroy: both off the control loop.
struct PreparedZone {
    ZoneConfig config;
    table::ZoneId id = 0;
    /// Why it cannot be served; the members below are then unset.
    std::optional<Error> error;
    std::shared_ptr<const Zone> zone;    ///< null without an error: goes out of service
    std::unique_ptr<Compiler> compiler;  ///< refers to *zone
    table::NodeBatch nodes;
    table::NodeBatch negative;
    std::vector<wire::Name> gone;  ///< names in service that the zone does not have
    AliasOwners aliases;           ///< known when it is applied
};

/// A configured zone, served or not.
struct ZoneEntry {
    ZoneConfig config;     ///< that it is served by
    ZoneConfig attempted;  ///< of the last attempt to load; after a success the same
    table::ZoneId id = 0;
    /// What is in service; null: nothing. Shared with the helper thread, which compares
    /// what comes with it and frees it when it went.
    std::shared_ptr<const Zone> zone;
    std::unique_ptr<Compiler> compiler;
    std::optional<Error> error;  ///< of the last attempt to load; empty after a success
    std::chrono::system_clock::time_point loaded_at;
    std::size_t changed_names = 0;  ///< by the last load
    AliasOwners aliases;
    /// Owners whose answers stay as they were, because those that an ALIAS change
    /// asks for cannot be prepared; why, by owner.
    std::map<wire::Name, Error> stuck;

    bool served() const { return zone != nullptr; }
    /// What the operator should look at; null: nothing.
    const Error* problem() const {
        if (error) return &*error;
        return stuck.empty() ? nullptr : &stuck.begin()->second;
    }
};

enum class ZoneFate { loaded, failed, gone };

class ZoneSet {
  public:
    /// Told what has become of a zone, during apply(), so it must not call back.
    using OnZone = std::function<void(const ZoneEntry&, ZoneFate)>;

    /// All of these must outlive the object.
    ZoneSet(table::Publisher& publisher, wire::RrType alias_type);

    /// Where sets come from; before the first apply(). The engine calls back
    /// into on_alias_change(), so the two are made one after the other.
    void attach(AliasEngine& engine);
    /// Where checks of addresses are made; likewise. Without it nothing is checked.
    void attach(HealthBoard& health) { health_ = &health; }
    /// Before the first apply(), too.
    void tell(OnZone on_zone) { on_zone_ = std::move(on_zone); }

    /// The id under which a zone is, or will be, published. For prepare().
    table::ZoneId id_for(const wire::Name& name);

    /// Reads and compiles one zone. `before` is what is in service of it when the
    /// result is applied; null: nothing. Blocking and long; any thread.
    static PreparedZone prepare(ZoneConfig config, table::ZoneId id, wire::RrType alias_type,
                                const std::shared_ptr<const Zone>& before = nullptr);
    /// The same for a zone that goes out of service.
    static PreparedZone prepare_end(ZoneConfig config, table::ZoneId id,
                                    const std::shared_ptr<const Zone>& before);

    /// Puts the prepared zones into service, or takes them out, all in one step. A zone
    /// that failed keeps what it had before. ALIAS owners in other zones whose targets are
    /// in these follow at once. Returns when every query is answered from the new state;
    /// `prepared` then holds what was replaced, for the caller to destroy
    /// where nobody waits for it. Logs what became of each.
    void apply(std::vector<PreparedZone>& prepared);

    /// Publishes what the new state of `key` changes, at every owner that follows it.
    void on_alias_change(const TargetKey& key);

    /// Publishes what the new health of an address changes, at every owner with that check.
    void on_health_change(const HealthKey& key);

    /// What an owner with an ALIAS in the zone of `entry` answers with, and the sets of its
    /// targets; `type` is a or aaaa.
    FlattenedSet flatten(const ZoneEntry& entry, const wire::Name& owner, wire::RrType type) const;
    std::vector<TargetSet> targets(const ZoneEntry& entry, const wire::Name& owner,
                                   wire::RrType type) const;

    const std::map<wire::Name, ZoneEntry>& zones() const { return zones_; }
    /// The zone served here that is nearest above or at `name`; null without one.
    const ZoneEntry* enclosing(const wire::Name& name) const;

  private:
    /// An ALIAS owner anywhere: its zone and its name.
    using Follower = std::pair<wire::Name, wire::Name>;
    /// How often each uses a thing: twice while a zone is replaced.
    using Uses = std::map<Follower, unsigned>;
    /// Zones that are being put into service, or go: what is compiled meanwhile sees them
    /// as they will be.
    using ComingZones = std::map<wire::Name, const PreparedZone*>;
    /// Makes those of `prepared` known that can be served, for as long as it lives.
    class Coming {
      public:
        Coming(ComingZones& zones, const std::vector<PreparedZone>& prepared) : zones_(zones) {
            for (const PreparedZone& zone : prepared) {
                if (!zone.error) zones_.emplace(zone.config.name, &zone);
            }
        }
        ~Coming() { zones_.clear(); }
        Coming(const Coming&) = delete;
        Coming& operator=(const Coming&) = delete;

      private:
        ComingZones& zones_;
    };

    ZoneView view_of(const wire::Name& zone) const;
    ZoneView enclosing_view(const wire::Name& name) const;
    AliasOwners aliases_of(const ZoneView& zone) const;
    FlattenOwner flatten_in(const ZoneView& zone) const;
    void follow(const Follower& follower, const Dependencies& what);
    void unfollow(const Follower& follower, const Dependencies& what);
    void unfollow_all(const wire::Name& zone, const AliasOwners& aliases);
    bool accept(PreparedZone& zone);
    void give_up(std::span<PreparedZone* const> steps, const std::string& why);
    std::optional<Error> compile_dependent(PreparedZone& prepared) const;
    std::set<Follower> affected_by(const std::set<wire::Name>& zones) const;
    void put_in_service(PreparedZone& step, table::ZoneChange& change);
    void follow_anew(const std::set<wire::Name>& changed, bool all_accepted);
    void follow_anew(const Follower& follower);
    bool comes_back(const TargetKey& key) const;
    FlattenedSet flatten(const AliasPlace& place, wire::RrType type) const;
    void check_health(const Follower& follower, bool is_followed);
    void check_zone_health(const PreparedZone& step);
    class AlikeOwners;
    void publish(ZoneEntry& entry, const wire::Name& owner);
    void compile_changed(ZoneEntry& entry, const wire::Name& owner, table::NodeBatch& batch);
    void forget(const wire::Name& name);
    void loaded(const ZoneEntry& entry) const;

    table::Publisher& publisher_;
    wire::RrType alias_type_;
    AliasEngine* engine_ = nullptr;
    HealthBoard* health_ = nullptr;
    OnZone on_zone_;
    std::optional<Flattener> flattener_;
    std::map<wire::Name, ZoneEntry> zones_;
    std::map<wire::Name, table::ZoneId> reserved_;  // ids of zones not in zones_ yet
    ComingZones coming_;
    std::map<TargetKey, Uses> followers_;  // of targets outside our zones
    std::set<TargetKey> coming_back_;      // of these, the ones whose chain leads into them
    std::map<wire::Name, Uses> users_;     // of our zones, by apex
    std::map<Follower, std::set<HealthKey>> checks_;   // that an owner asks for
    std::map<HealthKey, std::set<Follower>> checked_;  // who asks for a check
};

}  // namespace apex::control
