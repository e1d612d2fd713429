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

constexpr AliasPolicy limits{.ttl_min = {5}, .ttl_max = {300, PolicyLevel::zone}};

/// A target whose set has `ttl`, which `rule` set; the addresses must outlive it.
TargetSet target(std::uint32_t ttl, TtlRule rule, std::span<const std::string> addresses) {
    TargetSet set;
    set.ready = true;
    set.ttl = {ttl, rule};
    set.addresses = addresses;
    return set;
}

TargetSet lost(std::uint32_t ttl) {
    TargetSet set = target(ttl, TtlRule::chain_minimum, {});
    set.nxdomain = true;
    return set;
}

TargetSet without(wire::Ede ede, std::string reason) {
    TargetSet set;
    set.ede = ede;
    set.reason = std::move(reason);
    return set;
}

TargetSet pending() {
    return without(wire::Ede::not_ready, "pending");
}

TargetSet failing(std::string reason) {
    return without(wire::Ede::no_reachable_authority, std::move(reason));
}

constexpr std::size_t max_addresses = 64;

/// `count` addresses, all of which begin with `first`.
std::vector<std::string> addresses(char first, std::size_t count) {
    std::vector<std::string> all;
    for (std::size_t n = 0; n < count; ++n) all.push_back({first, 0, 0, static_cast<char>(n)});
    return all;
}

const std::vector<std::string> one = addresses(1, 1), two = addresses(2, 2);

std::vector<std::string> joined(std::vector<std::string> a, const std::vector<std::string>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

FlattenedSet flattened(const std::vector<TargetSet>& targets, std::uint32_t alias_ttl,
                       AliasPolicy policy = limits, const Rrset* own = nullptr) {
    return flatten(targets, own, alias_ttl, policy, max_addresses);
}

struct TtlCase {
    const char* name;
    std::uint32_t alias_ttl;
    std::vector<ServedTtl> targets;
    ServedTtl expected;
};

class FlattenedTtl : public testing::TestWithParam<TtlCase> {};

TEST_P(FlattenedTtl, ComesWithTheRuleThatSetIt) {
    std::vector<TargetSet> targets;
    for (const ServedTtl& served : GetParam().targets) {
        targets.push_back(target(served.ttl, served.rule, one));
    }
    const FlattenedSet set = flattened(targets, GetParam().alias_ttl);
    EXPECT_EQ(set.ttl, GetParam().expected.ttl);
    EXPECT_EQ(set.ttl_rule, GetParam().expected.rule);
    EXPECT_EQ(set.ttl_level, GetParam().expected.rule == TtlRule::ceiling ? PolicyLevel::zone
                                                                          : PolicyLevel::server);
}

INSTANTIATE_TEST_SUITE_P(
    Alias, FlattenedTtl,
    testing::Values(
        TtlCase{"Chain", 100, {{20, TtlRule::chain_minimum}}, {20, TtlRule::chain_minimum}},
        TtlCase{"AliasRecord", 10, {{20, TtlRule::chain_minimum}}, {10, TtlRule::alias_record}},
        TtlCase{"EqualIsTheChains", 20, {{20, TtlRule::learned}}, {20, TtlRule::learned}},
        TtlCase{"AliasRecordBelowTheFloor", 1, {{20, TtlRule::learned}}, {5, TtlRule::floor}},
        TtlCase{"ChainBelowTheFloor", 100, {{4, TtlRule::learned}}, {5, TtlRule::floor}},
        TtlCase{"AboveTheCeiling", 3600, {{301, TtlRule::learned}}, {300, TtlRule::ceiling}},
        TtlCase{"TheShortestTargetsRule",
                100,
                {{50, TtlRule::chain_minimum}, {30, TtlRule::learned}, {400, TtlRule::learned}},
                {30, TtlRule::learned}}),
    [](const auto& tested) { return tested.param.name; });

TEST(FlattenedSet, IsNotReadyUntilATargetIs) {
    const FlattenedSet waiting = flattened({failing("a loop"), pending()}, 60);
    EXPECT_FALSE(waiting.ready);
    EXPECT_EQ(waiting.ede, wire::Ede::not_ready);
    EXPECT_EQ(waiting.reason, "pending");
    const FlattenedSet failed = flattened({failing("a loop"), failing("another")}, 60);
    EXPECT_EQ(failed.ede, wire::Ede::no_reachable_authority);
    EXPECT_EQ(failed.reason, "a loop");
    const FlattenedSet set =
        flattened({pending(), failing("a loop"), target(9, TtlRule::chain_minimum, two)}, 60);
    EXPECT_TRUE(set.ready);
    EXPECT_EQ(set.addresses, two);
    EXPECT_EQ(set.ttl, 9U);
    EXPECT_EQ(set.ede, wire::Ede::none);
}

TEST(FlattenedSet, AStaleTargetMakesItStale) {
    TargetSet stale = target(9, TtlRule::chain_minimum, two);
    stale.ede = wire::Ede::stale_answer;
    stale.reason = "cdn.";
    const FlattenedSet set =
        flattened({target(200, TtlRule::chain_minimum, one), stale}, 250, {.ttl_min = {100}});
    EXPECT_EQ(set.addresses, joined(one, two));
    EXPECT_EQ(set.ttl, 30U) << "whatever the floor is";
    EXPECT_EQ(set.ttl_rule, TtlRule::stale);
    EXPECT_EQ(set.ede, wire::Ede::stale_answer);
    EXPECT_EQ(set.reason, "cdn.");
    EXPECT_EQ(flattened({stale}, 60, {.ttl_min = {1}, .ttl_max = {10}}).ttl, 10U);
    EXPECT_EQ(flattened({stale, pending()}, 60, {.targets = Targets::failover}).addresses, two);
}

TEST(FlattenedSet, UnitesAndSortsWithoutDuplicates) {
    const auto again = addresses(2, 1);
    const FlattenedSet set =
        flattened({target(9, TtlRule::chain_minimum, two), target(9, TtlRule::chain_minimum, one),
                   target(9, TtlRule::chain_minimum, again)},
                  60);
    EXPECT_EQ(set.addresses, joined(one, two));
    EXPECT_EQ(set.left_out, 0U);
}

TEST(FlattenedSet, FailoverTakesTheFirstThatHasSomething) {
    const AliasPolicy failover{.targets = Targets::failover};
    const auto first_of = [&](const std::vector<TargetSet>& targets) {
        return flattened(targets, 60, failover);
    };
    const TargetSet has_one = target(9, TtlRule::chain_minimum, one);
    const TargetSet has_two = target(20, TtlRule::chain_minimum, two);
    const TargetSet nodata = target(30, TtlRule::chain_minimum, {});
    EXPECT_EQ(first_of({has_one, has_two}).addresses, one);
    EXPECT_EQ(first_of({has_two, has_one}).ttl, 20U);
    EXPECT_EQ(first_of({pending(), failing("a loop"), has_two, has_one}).addresses, two);
    EXPECT_EQ(first_of({lost(7), has_two}).addresses, two) << "no such name";
    EXPECT_EQ(first_of({nodata, has_two}).addresses, std::vector<std::string>())
        << "the name has other addresses, which may be in use";
    const FlattenedSet all_lost = first_of({lost(7), lost(8)});
    EXPECT_TRUE(all_lost.ready);
    EXPECT_EQ(all_lost.ttl, 7U);
    EXPECT_FALSE(first_of({pending(), failing("a loop")}).ready);
}

TEST(FlattenedSet, TellsWhoseAddressesItHas) {
    const Rrset own{.type = wire::RrType::a, .ttl = 60, .rdata = two};
    const TargetSet has_one = target(9, TtlRule::chain_minimum, one);
    const AliasPolicy failover{.siblings = Siblings::fallback, .targets = Targets::failover};
    const auto source = [&](const std::vector<TargetSet>& targets, const AliasPolicy& policy) {
        return flattened(targets, 60, policy, &own).source;
    };
    EXPECT_EQ(source({has_one, has_one}, failover), Source::targets);
    EXPECT_EQ(source({failing("a loop"), has_one}, failover), Source::next_target);
    EXPECT_EQ(source({pending(), lost(7)}, failover), Source::own_records);
    EXPECT_EQ(flattened({lost(7), pending(), has_one}, 60, failover).target, 2U);
    EXPECT_EQ(source({pending(), has_one}, {.siblings = Siblings::merge}), Source::targets);
    EXPECT_EQ(source({has_one}, {.siblings = Siblings::override}), Source::own_records);
}

TEST(FlattenedSet, SaysThatThereIsNoneOnlyWhenAllWhoMayHaveOneAreKnown) {
    const TargetSet nodata = target(30, TtlRule::chain_minimum, {});
    const auto reason = [](const std::vector<TargetSet>& targets, Targets how) {
        const FlattenedSet set = flattened(targets, 60, {.targets = how});
        EXPECT_EQ(set.ready, set.ede == wire::Ede::none);
        EXPECT_TRUE(set.addresses.empty());
        return set.reason;
    };
    EXPECT_EQ(reason({nodata, lost(7)}, Targets::merge), "");
    EXPECT_EQ(reason({nodata, pending()}, Targets::merge), "pending");
    EXPECT_EQ(reason({lost(7), failing("expired")}, Targets::merge), "expired");
    EXPECT_EQ(reason({nodata, pending()}, Targets::failover), "") << "the first has the say";
    EXPECT_EQ(reason({pending(), nodata}, Targets::failover), "pending");
    EXPECT_EQ(reason({lost(7), pending()}, Targets::failover), "pending");
    EXPECT_EQ(reason({lost(7), nodata, pending()}, Targets::failover), "");
}

TEST(FlattenedSet, SiblingsOverrideMergeOrFallBack) {
    const Rrset own{.type = wire::RrType::a, .ttl = 2, .rdata = two};
    const TargetSet has_one = target(9, TtlRule::chain_minimum, one);
    const auto with = [&](Siblings siblings, const std::vector<TargetSet>& targets) {
        return flattened(targets, 60, {.siblings = siblings}, &own);
    };
    const auto is_own = [&](const FlattenedSet& set) {
        return set.ready && set.addresses == two && set.ttl == 2 &&
               set.ttl_rule == TtlRule::own_records;
    };
    EXPECT_TRUE(is_own(with(Siblings::override, {has_one})));

    const FlattenedSet merged = with(Siblings::merge, {has_one});
    EXPECT_EQ(merged.addresses, joined(one, two));
    EXPECT_EQ(merged.ttl, 5U) << "the owner's 2 s, and the floor";
    EXPECT_EQ(
        flattened({has_one}, 60, {.ttl_min = {1}, .siblings = Siblings::merge}, &own).ttl_rule,
        TtlRule::own_records);

    const FlattenedSet followed = with(Siblings::fallback, {has_one});
    EXPECT_EQ(followed.addresses, one);
    EXPECT_EQ(followed.ttl, 9U);

    for (const Siblings siblings : {Siblings::merge, Siblings::fallback}) {
        EXPECT_TRUE(is_own(with(siblings, {pending()})));
        EXPECT_TRUE(is_own(with(siblings, {failing("a loop")})));
        EXPECT_TRUE(is_own(with(siblings, {lost(7)})));
    }
    const TargetSet nodata = target(30, TtlRule::chain_minimum, {});
    EXPECT_TRUE(with(Siblings::fallback, {nodata}).addresses.empty());
    EXPECT_EQ(with(Siblings::merge, {nodata}).addresses, two);
}

TEST(FlattenedSet, TakesOfEveryTargetWhenTheyHaveTooMany) {
    std::vector<std::vector<std::string>> sets;
    for (char first = 0; first < 37; ++first) sets.push_back(addresses(first, max_addresses));
    std::vector<TargetSet> targets;
    for (const auto& set : sets) targets.push_back(target(9, TtlRule::chain_minimum, set));
    const FlattenedSet set = flattened(targets, 60);
    EXPECT_EQ(set.addresses.size(), max_addresses);
    EXPECT_EQ(set.left_out, 36 * max_addresses);
    EXPECT_TRUE(std::ranges::is_sorted(set.addresses));
    for (char first = 0; first < 37; ++first) {
        EXPECT_TRUE(std::ranges::binary_search(set.addresses, std::string{first, 0, 0, 0}));
    }
}

TEST(FlattenedSet, FillsUpWithTheGreaterSet) {
    const auto many = addresses(2, max_addresses);
    const FlattenedSet set = flattened(
        {target(9, TtlRule::chain_minimum, one), target(9, TtlRule::chain_minimum, many)}, 60);
    EXPECT_EQ(set.addresses.size(), max_addresses);
    EXPECT_EQ(set.left_out, 1U);
    EXPECT_EQ(set.addresses.front(), one.front());
}

TEST(FlattenedSet, TheOwnersRecordsAreNeverLeftOut) {
    const auto many = addresses(2, max_addresses);
    const Rrset own{.type = wire::RrType::a, .ttl = 60, .rdata = addresses(9, 100)};
    const FlattenedSet set = flattened({target(9, TtlRule::chain_minimum, many)}, 60,
                                       {.siblings = Siblings::merge}, &own);
    EXPECT_EQ(set.addresses, own.rdata);
    EXPECT_EQ(set.left_out, many.size());
}

}  // namespace
}  // namespace apex::control
