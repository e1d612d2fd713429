// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// A zone on its way into service: read, checked and compiled on a helper thread, as far as no
// ALIAS is concerned; what the zone set puts into service, and gets back when it is replaced.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

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

/// Reads and compiles one zone. `before` is what is in service of it when the
/// result is applied; null: nothing. Blocking and long; any thread.
PreparedZone prepare_zone(ZoneConfig config, table::ZoneId id, wire::RrType alias_type,
                          const std::shared_ptr<const Zone>& before = nullptr);
/// The same for a zone that goes out of service.
PreparedZone prepare_end(ZoneConfig config, table::ZoneId id,
                         const std::shared_ptr<const Zone>& before);

}  // namespace apex::control
