// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What an ALIAS owner answers with, from the states of its targets. Control thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/alias/engine.hh"
#include "control/zone/zone.hh"

namespace apex::control {

/// What a query for an address type at an ALIAS owner gets.
struct FlattenedSet {
    bool ready = false;                  ///< false: no target was ever resolved
    std::vector<std::string> addresses;  ///< RDATA, sorted; empty when ready means NODATA
    std::uint32_t ttl = 0;           ///< seconds; min(ALIAS TTL, every hop), then floor, ceiling
    bool alias_ttl_decides = false;  ///< the ALIAS record's own TTL was the smallest
};

/// Unites the sets of all targets of the ALIAS RRset in `records` that were ever
/// resolved. `records` must have such an RRset; `type` is a or aaaa.
FlattenedSet flatten(const AliasEngine& engine, const AliasConfig& config, const Owner& records,
                     wire::RrType type);

}  // namespace apex::control
