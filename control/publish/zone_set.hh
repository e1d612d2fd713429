// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The zones in service: which ones, from which file, what is published of each,
// what its ALIAS owners follow. Between the engine, which says what changed,
// and the table's publisher, which makes it visible. Control thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "control/alias/engine.hh"
#include "control/alias/health.hh"
#include "control/publish/fallbacks.hh"
#include "control/publish/flattener.hh"
#include "control/publish/followers.hh"
#include "control/publish/owner_checks.hh"
#include "control/publish/prepared_zone.hh"
#include "control/publish/zone_entry.hh"
#include "dataplane/table/publisher.hh"

namespace apex::control {

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
    void attach(HealthBoard& health) { checks_.emplace(health); }
    /// Before the first apply(), too.
    void tell(OnZone on_zone) { on_zone_ = std::move(on_zone); }

    /// The id under which a zone is, or will be, published. For prepare_zone().
    table::ZoneId id_for(const wire::Name& name);

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
    const Fallbacks& fallbacks() const { return fallbacks_; }
    /// The zone served here that is nearest above or at `name`; null without one.
    const ZoneEntry* enclosing(const wire::Name& name) const;

  private:
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
    void unfollow_all(const wire::Name& zone, const AliasOwners& aliases);
    bool accept(PreparedZone& zone);
    void give_up(std::span<PreparedZone* const> steps, const std::string& why);
    std::optional<Error> compile_dependent(PreparedZone& prepared) const;
    void put_in_service(PreparedZone& step, table::ZoneChange& change);
    void compare_owners(ZoneEntry& entry);
    void follow_anew(const std::set<wire::Name>& changed, bool all_accepted);
    void follow_anew(const Follower& follower);
    FlattenedSet flatten(const AliasPlace& place, wire::RrType type) const;
    void check_health(const Follower& follower, bool is_followed);
    void check_zone_health(const PreparedZone& step);
    static bool can_fall_back(const AliasPlace& place, wire::RrType type);
    void note_sources(const Follower& follower);
    FlattenedBody prepare_body(const Follower& follower, const Likeness& likeness,
                               wire::RrType type);
    void note_zone_sources(const PreparedZone& step);
    void publish_change(const TargetKey& key);
    void publish(ZoneEntry& entry, const wire::Name& owner);
    void compile_changed(ZoneEntry& entry, const wire::Name& owner, table::NodeBatch& batch);
    void forget(const wire::Name& name);
    void loaded(const ZoneEntry& entry) const;

    table::Publisher& publisher_;
    wire::RrType alias_type_;
    OnZone on_zone_;
    std::optional<Flattener> flattener_;
    std::optional<Followers> followers_;
    std::optional<OwnerChecks> checks_;
    std::map<wire::Name, ZoneEntry> zones_;
    std::map<wire::Name, table::ZoneId> reserved_;  // ids of zones not in zones_ yet
    ComingZones coming_;
    Fallbacks fallbacks_;
    std::size_t stuck_ = 0;  // owners, of all zones: ZoneEntry::stuck
};

}  // namespace apex::control
