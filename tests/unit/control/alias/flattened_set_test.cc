// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What an owner answers with when its targets say this and that: which TTL, by
// which rule, and which addresses.
#include "control/alias/flattened_set.hh"

#include <gtest/gtest.h>

#include <algorithm>

#include "control/alias/answer_reader.hh"

namespace apex::control {
namespace {

constexpr AliasConfig limits{.ttl_min = 5, .ttl_max = 300};

/// A target whose set is served with `ttl`, which `rule` set.
TargetState target(std::uint32_t ttl, TtlRule rule, std::vector<std::string> addresses) {
    TargetState state;
    state.last_good.emplace().addresses = std::move(addresses);
    state.served_ttl = ttl;
    state.ttl_rule = rule;
    return state;
}

/// `count` addresses, all of which begin with `first`.
std::vector<std::string> addresses(char first, std::size_t count) {
    std::vector<std::string> all;
    for (std::size_t n = 0; n < count; ++n) all.push_back({first, 0, 0, static_cast<char>(n)});
    return all;
}

FlattenedSet flattened(const std::vector<TargetState>& targets, std::uint32_t alias_ttl) {
    std::vector<const TargetState*> pointers;
    for (const TargetState& state : targets) pointers.push_back(&state);
    return flatten(pointers, alias_ttl, limits);
}

struct TtlCase {
    const char* name;
    std::uint32_t alias_ttl;
    std::vector<ServedTtl> targets;
    ServedTtl expected;
};

class FlattenedTtl : public testing::TestWithParam<TtlCase> {};

TEST_P(FlattenedTtl, ComesWithTheRuleThatSetIt) {
    std::vector<TargetState> targets;
    for (const ServedTtl& served : GetParam().targets) {
        targets.push_back(target(served.ttl, served.rule, addresses(1, 1)));
    }
    const FlattenedSet set = flattened(targets, GetParam().alias_ttl);
    EXPECT_EQ(set.ttl, GetParam().expected.ttl);
    EXPECT_EQ(set.ttl_rule, GetParam().expected.rule);
}

INSTANTIATE_TEST_SUITE_P(
    Alias, FlattenedTtl,
    testing::Values(
        TtlCase{"Chain", 100, {{20, TtlRule::chain_minimum}}, {20, TtlRule::chain_minimum}},
        TtlCase{"AliasRecord", 10, {{20, TtlRule::chain_minimum}}, {10, TtlRule::alias_record}},
        TtlCase{"EqualIsTheChains", 20, {{20, TtlRule::learned}}, {20, TtlRule::learned}},
        TtlCase{"AliasRecordBelowTheFloor", 1, {{20, TtlRule::learned}}, {5, TtlRule::floor}},
        TtlCase{"ChainBelowTheFloor", 100, {{5, TtlRule::floor}}, {5, TtlRule::floor}},
        TtlCase{"AboveTheCeiling", 3600, {{300, TtlRule::ceiling}}, {300, TtlRule::ceiling}},
        TtlCase{"TheShortestTargetsRule",
                100,
                {{50, TtlRule::chain_minimum}, {30, TtlRule::learned}, {300, TtlRule::ceiling}},
                {30, TtlRule::learned}}),
    [](const auto& one) { return one.param.name; });

TEST(FlattenedSet, IsNotReadyUntilATargetWasResolved) {
    EXPECT_FALSE(flattened({TargetState{}, TargetState{}}, 60).ready);
    const TargetState* const nobody = nullptr;
    EXPECT_FALSE(flatten(std::span(&nobody, 1), 60, limits).ready);
    const FlattenedSet set =
        flattened({TargetState{}, target(9, TtlRule::chain_minimum, addresses(1, 2))}, 60);
    EXPECT_TRUE(set.ready);
    EXPECT_EQ(set.addresses, addresses(1, 2));
    EXPECT_EQ(set.ttl, 9U);
}

TEST(FlattenedSet, UnitesAndSortsWithoutDuplicates) {
    const FlattenedSet set = flattened({target(9, TtlRule::chain_minimum, addresses(2, 2)),
                                        target(9, TtlRule::chain_minimum, addresses(1, 1)),
                                        target(9, TtlRule::chain_minimum, addresses(2, 1))},
                                       60);
    auto expected = addresses(1, 1);
    for (std::string& address : addresses(2, 2)) expected.push_back(std::move(address));
    EXPECT_EQ(set.addresses, expected);
    EXPECT_EQ(set.left_out, 0U);
}

TEST(FlattenedSet, TakesOfEveryTargetWhenTheyHaveTooMany) {
    std::vector<TargetState> targets;
    for (char first = 0; first < 37; ++first) {
        targets.push_back(target(9, TtlRule::chain_minimum, addresses(first, max_addresses)));
    }
    const FlattenedSet set = flattened(targets, 60);
    EXPECT_EQ(set.addresses.size(), max_addresses);
    EXPECT_EQ(set.left_out, 36 * max_addresses);
    EXPECT_TRUE(std::ranges::is_sorted(set.addresses));
    for (char first = 0; first < 37; ++first) {
        EXPECT_TRUE(std::ranges::binary_search(set.addresses, std::string{first, 0, 0, 0}));
    }
}

TEST(FlattenedSet, FillsUpWithTheGreaterSet) {
    const FlattenedSet set =
        flattened({target(9, TtlRule::chain_minimum, addresses(1, 1)),
                   target(9, TtlRule::chain_minimum, addresses(2, max_addresses))},
                  60);
    EXPECT_EQ(set.addresses.size(), max_addresses);
    EXPECT_EQ(set.left_out, 1U);
    EXPECT_EQ(set.addresses.front(), addresses(1, 1).front());
}

}  // namespace
}  // namespace apex::control
