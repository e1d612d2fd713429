// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The zones in service: which ones, from which file, what is published of each,
// which owners follow which target. Between the engine, which says what changed,
// and the table's publisher, which makes it visible. Control thread, except for
// prepare().
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "control/alias/engine.hh"
#include "control/config/config.hh"
#include "control/publish/compiler.hh"
#include "control/zone/zone.hh"
#include "dataplane/table/publisher.hh"

namespace apex::control {

/// A target and the ALIAS owner that follows it.
using Following = std::pair<TargetKey, wire::Name>;

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
    std::vector<Following> followed;  ///< sorted
    std::vector<wire::Name> gone;     ///< names in service that the zone does not have
};

/// A configured zone, served or not.
struct ZoneEntry {
    ZoneConfig config;
    table::ZoneId id = 0;
    /// What is in service; null: nothing. Shared with the helper thread, which compares
    /// what comes with it and frees it when it went.
    std::shared_ptr<const Zone> zone;
    std::unique_ptr<Compiler> compiler;
    std::optional<Error> error;  ///< of the last attempt to load; empty after a success
    std::chrono::system_clock::time_point loaded_at;
    std::size_t changed_names = 0;    ///< by the last load
    std::vector<Following> followed;  ///< sorted
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

class ZoneSet {
  public:
    /// All of these must outlive the object.
    ZoneSet(table::Publisher& publisher, const AliasConfig& alias);

    /// Where sets come from; before the first apply(). The engine calls back
    /// into on_alias_change(), so the two are made one after the other.
    void attach(AliasEngine& engine) { engine_ = &engine; }

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
    /// that failed keeps what it had before. Returns when every query is answered from
    /// the new state; `prepared` then holds what was replaced, for the caller to destroy
    /// where nobody waits for it. Logs what became of each.
    void apply(std::vector<PreparedZone>& prepared);

    /// Publishes what the new state of `key` changes, at every owner that follows it.
    void on_alias_change(const TargetKey& key);

    const std::map<wire::Name, ZoneEntry>& zones() const { return zones_; }
    /// The zone served here that is nearest above or at `name`; null without one.
    const ZoneEntry* enclosing(const wire::Name& name) const;

  private:
    FlattenedSet flatten_owner(const Owner& records, wire::RrType type) const;
    void follow(const wire::Name& zone, const std::vector<Following>& targets);
    void unfollow(const wire::Name& zone, const std::vector<Following>& targets,
                  const std::vector<Following>& kept);
    bool accept(PreparedZone& zone);
    void give_up(std::span<PreparedZone* const> steps, const std::string& why);
    std::optional<Error> compile_dependent(PreparedZone& prepared) const;
    void compile_changed(ZoneEntry& entry, const wire::Name& owner, table::NodeBatch& batch);
    void forget(const wire::Name& name);

    table::Publisher& publisher_;
    const AliasConfig alias_;
    AliasEngine* engine_ = nullptr;
    std::map<wire::Name, ZoneEntry> zones_;
    std::map<wire::Name, table::ZoneId> reserved_;  // ids of zones not in zones_ yet
    std::map<TargetKey, std::set<std::pair<wire::Name, wire::Name>>> owners_;  // zone, owner
};

}  // namespace apex::control
