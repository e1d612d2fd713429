// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What the configuration says of flattening: for the server, a zone, one owner. Each
// level takes what it does not say from the one above. Values; any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "control/config/health_check.hh"

namespace apex::control {

/// Where a setting was made.
enum class PolicyLevel : std::uint8_t { server, zone, record };

/// What becomes of the A or AAAA records that an ALIAS owner has itself.
enum class Siblings : std::uint8_t {
    override,  ///< they win, the ALIAS is not followed for their type
    merge,     ///< both are served
    fallback,  ///< served when no target has a set
};

/// What becomes of several ALIAS at one owner.
enum class Targets : std::uint8_t {
    merge,     ///< the union of their sets
    failover,  ///< the first one's set; the next one's when that has none
};

struct TtlBound {
    std::uint32_t seconds = 0;
    PolicyLevel level = PolicyLevel::server;
    bool operator==(const TtlBound&) const = default;
};

struct AliasPolicy {
    TtlBound ttl_min{5};
    TtlBound ttl_max{86400};  ///< not below ttl_min
    Siblings siblings = Siblings::override;
    Targets targets = Targets::merge;
    std::optional<HealthCheck> health{};  ///< of the addresses; of a record only
    bool operator==(const AliasPolicy&) const = default;
};

}  // namespace apex::control
