// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What can be checked only once every record of a zone is in: data below a DNAME,
// and where NS, MX and SRV point (docs/zone-checks.md lists every check). Called
// by the zone builder on a helper thread; no state.
#pragma once

#include <vector>

#include "control/error.hh"
#include "control/zone/sources.hh"
#include "control/zone/warnings.hh"
#include "control/zone/zone.hh"
#include "dataplane/wire/name.hh"
#include "dataplane/wire/types.hh"

namespace apex::control {

/// An RRset that is looked at again when the zone is complete.
struct PendingCheck {
    const wire::Name* name = nullptr;  ///< the owner, in the zone
    const Owner* owner = nullptr;
    wire::RrType type{};
};

/// True when RRsets of this type belong into check_zone's list.
bool is_checked_later(wire::RrType type);

/// The error has file and line; warnings name the first record of an RRset.
Result<void> check_zone(const Zone& zone, const std::vector<PendingCheck>& pending,
                        wire::RrType alias_type, const Sources& sources, Warnings& warnings);

}  // namespace apex::control
