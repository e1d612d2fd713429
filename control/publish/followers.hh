// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Which ALIAS owners follow which outside target, and which look into which of our zones: who
// has to be published when one of these changes. Keeps the engine following what somebody
// follows. Control thread.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "control/alias/engine.hh"
#include "control/config/alias_policy.hh"
#include "control/publish/flattener.hh"
#include "dataplane/table/node.hh"
#include "dataplane/wire/name.hh"

namespace apex::control {

struct ZoneEntry;

/// An ALIAS owner anywhere: its zone and its name.
using Follower = std::pair<wire::Name, wire::Name>;

/// What a change of a target has to know of an owner that follows it, and what that has in common
/// with others. Valid while its zone stays in service as it is. By value what every change needs:
/// ten thousand zones are ten thousand places in memory.
struct Likeness {
    /// What the answers depend on besides the target.
    struct Kind {
        std::uint32_t alias_ttl = 0;  ///< seconds
        TtlBound ttl_min, ttl_max;
        Siblings siblings{};
        Targets targets{};
        bool operator==(const Kind&) const = default;
    };
    ZoneEntry* entry = nullptr;  ///< its zone
    table::ZoneId zone = 0;
    bool is_simple = false;   ///< the answers for the target's type depend on nothing but `kind`
    bool is_checked = false;  ///< its addresses are
    const Owner* records = nullptr;       ///< the owner's
    std::span<const wire::Name> aliases;  ///< CNAME owners whose chains end there
    Kind kind{};
};

class Followers {
  public:
    struct Use {
        unsigned times = 0;  ///< twice while a zone is replaced
        /// Whatever is put here; empty again when the owner's zone was replaced.
        std::optional<Likeness> likeness = {};
    };
    using Uses = std::map<Follower, Use>;

    /// Both must outlive the object.
    Followers(AliasEngine& engine, const Flattener& flattener)
        : engine_(engine), flattener_(flattener) {}

    /// `follower` depends on `what` from now on.
    void add(const Follower& follower, const Dependencies& what);
    /// Takes away what one add() gave.
    void remove(const Follower& follower, const Dependencies& what);

    /// Of an outside target; null: nobody. Valid until the next add() or remove().
    Uses* of(const TargetKey& key);

    /// Looks anew where the chain of a followed target leads: true when it leads into one of
    /// our zones, or did when it was looked at last.
    bool leads_back(const TargetKey& key);

    /// Owners whose way to their targets leads through one of `zones`, or would now.
    std::set<Follower> affected_by(const std::set<wire::Name>& zones) const;

  private:
    bool leads_back_now(const TargetKey& key) const;

    AliasEngine& engine_;
    const Flattener& flattener_;
    std::map<TargetKey, Uses> followers_;  // of targets outside our zones
    std::set<TargetKey> leading_back_;     // of these, the ones whose chain leads into them
    std::map<wire::Name, Uses> users_;     // of our zones, by apex
};

}  // namespace apex::control
