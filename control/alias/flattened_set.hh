// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What an ALIAS owner answers with, from what its targets have. Control thread.
// The union of many targets is bounded: an RRset has to fit a DNS message, and
// whoever controls a target must not be able to make the owner's answer fail.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "control/alias/target_state.hh"
#include "control/config/alias_policy.hh"
#include "control/zone/zone.hh"

namespace apex::control {

/// Whose addresses an owner answers with.
enum class Source : std::uint8_t {
    targets,      ///< of all, or of the first in order
    next_target,  ///< of a later one in order, for those before it give nothing
    own_records,  ///< its own alone: they override, or no target gives anything
};

/// What a query for an address type at an ALIAS owner gets.
struct FlattenedSet {
    /// False: nothing can be answered with, and `ede` says why.
    bool ready = false;
    /// RDATA, sorted, but the owner's own alone as the zone has them; empty when ready means
    /// NODATA. At most max_addresses, but for the owner's own records.
    std::vector<std::string> addresses{};
    std::uint32_t ttl = 0;                        ///< seconds
    TtlRule ttl_rule = TtlRule::chain_minimum;    ///< what `ttl` is in the end
    PolicyLevel ttl_level = PolicyLevel::server;  ///< of a floor or ceiling
    Source source = Source::targets;
    std::size_t target = 0;                ///< the one in order that it is from
    std::size_t left_out = 0;              ///< addresses beyond the most
    std::vector<std::string> unhealthy{};  ///< not among `addresses`, unless all are
    /// Why it is not ready, or that it is stale, and which target's fault that is (RFC 8914).
    wire::Ede ede = wire::Ede::none;
    std::string reason{};
};

/// What one target of an owner has for one address type.
struct TargetSet {
    std::vector<Hop> chain;              ///< the way through our own zones, and back into them
    std::optional<TargetKey> outside;    ///< where it leaves them, to be resolved
    const TargetState* state = nullptr;  ///< the engine's, of that; null: not followed yet
    bool comes_back = false;             ///< from there, and ends in our zones
    bool ready = false;                  ///< there is a set, empty or not
    bool nxdomain = false;               ///< empty, for the name does not exist
    std::span<const std::string> addresses;
    ServedTtl ttl;  ///< minimum over the chain, no bounds applied
    wire::Ede ede = wire::Ede::none;
    std::string reason;  ///< of the EDE
    /// Of an ALIAS in our zones that the chain ends at: keeps `addresses` alive.
    std::shared_ptr<const FlattenedSet> inner;
};

/// `own`: the owner's records of the type; null: none. `alias_ttl`: of the ALIAS RRset,
/// seconds. Targets that give nothing, because nothing is known of them or there is no
/// such name, make room for what the policy puts behind them: the next target, the owner's
/// own records. An existing name without the type (NODATA) does not, for its other
/// addresses may be in use. There are no addresses only when every target with a say in it
/// is known to have none. Beyond max_addresses each target in turn gives one address, so
/// that none is lost altogether.
FlattenedSet flatten(std::span<const TargetSet> targets, const Rrset* own, std::uint32_t alias_ttl,
                     const AliasPolicy& policy, std::size_t max_addresses);

}  // namespace apex::control
