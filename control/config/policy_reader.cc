// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/config/policy_reader.hh"

#include <string>
#include <string_view>

#include "control/config/period.hh"

namespace apex::control {

namespace {

std::optional<Siblings> parse_siblings(std::string_view text) {
    if (text == "override") return Siblings::override;
    if (text == "merge") return Siblings::merge;
    if (text == "fallback") return Siblings::fallback;
    return std::nullopt;
}

std::optional<Targets> parse_targets(std::string_view text) {
    if (text == "merge") return Targets::merge;
    if (text == "failover") return Targets::failover;
    return std::nullopt;
}

}  // namespace

std::optional<std::uint32_t> parse_ttl(std::string_view text) {
    const auto seconds = parse_period(text);
    return seconds && *seconds <= max_ttl ? seconds : std::nullopt;
}

AliasPolicy PolicyChanges::applied_to(AliasPolicy above, PolicyLevel level) const {
    if (ttl_min) above.ttl_min = {*ttl_min, level};
    if (ttl_max) above.ttl_max = {*ttl_max, level};
    above.siblings = siblings.value_or(above.siblings);
    above.targets = targets.value_or(above.targets);
    if (health) above.health = health;
    return above;
}

std::vector<Key> policy_keys(YamlReader& reader, PolicyChanges& changes) {
    return {
        {"ttl-min", period_expected, Presence::optional, store(reader, changes.ttl_min, parse_ttl)},
        {"ttl-max", period_expected, Presence::optional, store(reader, changes.ttl_max, parse_ttl)},
        {"siblings", "override, merge or fallback", Presence::optional,
         store(reader, changes.siblings, parse_siblings)},
        {"targets", "merge or failover", Presence::optional,
         store(reader, changes.targets, parse_targets)},
    };
}

void check_bounds(YamlReader& reader, const AliasPolicy& policy, unsigned line) {
    const auto [floor, ceiling] = std::pair(policy.ttl_min.seconds, policy.ttl_max.seconds);
    if (floor <= ceiling) return;
    reader.fail_at(line, "\"ttl-min\" is " + std::to_string(floor) + " s, above \"ttl-max\", " +
                             std::to_string(ceiling) + " s; expected at most that");
}

}  // namespace apex::control
