// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Reads the settings of an AliasPolicy at any of its levels. Used by load_config.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "control/config/alias_policy.hh"
#include "control/config/yaml_reader.hh"

namespace apex::control {

inline constexpr std::uint32_t max_ttl = 0x7fffffff;  ///< RFC 2181 §8

inline constexpr std::string_view period_expected =
    "seconds, or a duration such as 30s, 5m, 2h or 3d, of at most 2147483647 s";
/// Seconds of such a text.
std::optional<std::uint32_t> parse_ttl(std::string_view text);

/// What one level says; what it does not say is not set.
struct PolicyChanges {
    std::optional<std::uint32_t> ttl_min, ttl_max;
    std::optional<Siblings> siblings;
    std::optional<Targets> targets;
    std::optional<HealthCheck> health;
    unsigned line = 0;

    /// `above` with them.
    AliasPolicy applied_to(AliasPolicy above, PolicyLevel level) const;
};

/// The keys of a map whose values go to `changes`, which must outlive the reading.
std::vector<Key> policy_keys(YamlReader& reader, PolicyChanges& changes);

/// Complains, at the line of what was said last, of a floor above its ceiling.
void check_bounds(YamlReader& reader, const AliasPolicy& policy, unsigned line);

}  // namespace apex::control
