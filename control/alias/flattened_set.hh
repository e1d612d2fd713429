// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What an ALIAS owner answers with, from the states of its targets. Control thread.
// The union of many targets is bounded: an RRset has to fit a DNS message, and
// whoever controls a target must not be able to make the owner's answer fail.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "control/alias/engine.hh"
#include "control/zone/zone.hh"

namespace apex::control {

/// What a query for an address type at an ALIAS owner gets.
struct FlattenedSet {
    bool ready = false;  ///< false: no target was ever resolved
    /// RDATA, sorted, at most max_addresses; empty when ready means NODATA.
    std::vector<std::string> addresses;
    std::uint32_t ttl = 0;  ///< seconds; min(ALIAS TTL, every hop), then floor, ceiling
    TtlRule ttl_rule = TtlRule::chain_minimum;  ///< what `ttl` is in the end
    std::size_t left_out = 0;  ///< addresses that the targets have beyond max_addresses
};

/// Unites the sets of the targets that were ever resolved; null stands for a target
/// that nobody follows. Beyond max_addresses each target in turn gives one address,
/// so that none is lost altogether. `alias_ttl`: of the ALIAS RRset, seconds.
FlattenedSet flatten(std::span<const TargetState* const> targets, std::uint32_t alias_ttl,
                     const AliasConfig& config);

/// The same for the ALIAS RRset in `records`, which must have one, with the states
/// that the engine has; `type` is a or aaaa.
FlattenedSet flatten(const AliasEngine& engine, const AliasConfig& config, const Owner& records,
                     wire::RrType type);

}  // namespace apex::control
