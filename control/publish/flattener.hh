// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// From an ALIAS owner to what it answers with. Each target is followed through the zones
// that are served here, over CNAME, DNAME and further ALIAS; where the way leaves them the
// engine has the answer, unless it comes back into them. No query is sent, nothing is kept. Control
// thread.
#pragma once

#include <functional>
#include <vector>

#include "control/alias/engine.hh"
#include "control/alias/flattened_set.hh"
#include "control/config/config.hh"
#include "control/publish/compiler.hh"
#include "control/zone/zone.hh"

namespace apex::control {

/// A zone in service, or about to be.
struct ZoneView {
    const ZoneConfig* config = nullptr;  ///< null: there is no such zone
    const Zone* zone = nullptr;
    const Compiler* compiler = nullptr;
};

/// Where an ALIAS is.
struct AliasPlace {
    ZoneView in;
    const wire::Name& owner;  ///< as the zone has it: a wildcard's own name
    const Owner& records;     ///< with an ALIAS RRset
};

/// What the answers of an ALIAS owner depend on.
struct Dependencies {
    std::vector<TargetKey> outside;  ///< to be resolved; sorted, no duplicates
    std::vector<wire::Name> zones;   ///< of ours that were looked into; likewise
};

class Flattener {
  public:
    /// The zone that is nearest above or at a name.
    using Enclosing = std::function<ZoneView(const wire::Name&)>;

    /// `engine` must outlive the object.
    Flattener(const AliasEngine& engine, wire::RrType alias_type, Enclosing enclosing)
        : engine_(engine), alias_type_(alias_type), enclosing_(std::move(enclosing)) {}

    /// `type` is a or aaaa.
    FlattenedSet flatten(const AliasPlace& place, wire::RrType type) const;

    /// One for each target, in the order of the zone; none for a type that the owner's
    /// own records override.
    std::vector<TargetSet> targets(const AliasPlace& place, wire::RrType type) const;

    Dependencies dependencies(const AliasPlace& place) const;

    /// The first hop of a resolved chain that leads into one of our zones, or its end.
    std::vector<Hop>::const_iterator way_back(const ResolvedSet& set) const;

  private:
    class Walk;

    const AliasEngine& engine_;
    wire::RrType alias_type_;
    Enclosing enclosing_;
};

}  // namespace apex::control
