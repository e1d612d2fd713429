// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Served TTLs, remembered TTLs and waits, by tables.
#include "control/alias/ttl_policy.hh"

#include <gtest/gtest.h>

#include <functional>
#include <queue>
#include <random>
#include <vector>

namespace apex::control {
namespace {

using std::chrono::milliseconds;

TEST(ServedTtl, TheDecidingRuleIsNamed) {
    constexpr TtlLimits limits{.floor = 5, .ceiling = 300};
    const struct {
        std::uint32_t received, learned;
        ServedTtl expected;
    } cases[] = {
        {60, 60, {60, TtlRule::chain_minimum}},
        {5, 5, {5, TtlRule::chain_minimum}},
        {4, 4, {5, TtlRule::floor}},
        {0, 0, {5, TtlRule::floor}},
        {301, 301, {300, TtlRule::ceiling}},
        {12, 60, {60, TtlRule::learned}},
        {0, 60, {60, TtlRule::learned}},
        {12, 900, {300, TtlRule::ceiling}},
        {1, 3, {5, TtlRule::floor}},
    };
    for (const auto& c : cases) {
        EXPECT_EQ(served_ttl(c.received, c.learned, limits), c.expected)
            << c.received << " of " << c.learned;
    }
    EXPECT_EQ(served_ttl(9, 9, {.floor = 20, .ceiling = 10}).ttl, 10U) << "the ceiling wins";
}

struct Seen {
    int at_ms;
    std::uint32_t ttl;
    std::uint32_t learned;
    bool proven;
};

void observe_all(const std::vector<Seen>& story) {
    TtlMemory memory;
    const TtlMemory::TimePoint start{};
    for (const Seen& seen : story) {
        memory.observe(seen.ttl, start + milliseconds(seen.at_ms));
        EXPECT_EQ(memory.learned(), seen.learned) << "at " << seen.at_ms << " ms";
        EXPECT_EQ(memory.is_proven(), seen.proven) << "at " << seen.at_ms << " ms";
    }
}

TEST(TtlMemory, ARemainderDoesNotLowerWhatWasLearned) {
    observe_all({{0, 5, 5, false},
                 {4300, 1, 5, false},
                 {4800, 0, 5, false},
                 {5050, 0, 5, false},
                 {5300, 5, 5, true},
                 {9500, 1, 5, true}});
}

TEST(TtlMemory, AFirstAnswerThatIsARemainderIsUnlearnedByTheNextLife) {
    observe_all({{0, 2, 2, false}, {1500, 1, 2, false}, {2000, 0, 2, false}, {2900, 60, 60, true}});
}

TEST(TtlMemory, ALoweredTtlIsFollowedAfterFourLives) {
    observe_all({{0, 300, 300, false},
                 {302000, 10, 300, true},
                 {320000, 10, 300, true},
                 {340000, 10, 300, true},
                 {360000, 10, 10, true}});
}

TEST(TtlMemory, SecondsRoundedDownDoNotLookLikeANewLife) {
    // 5 read at the very start of second 5, 1 at the very end of second 1.
    observe_all({{0, 5, 5, false}, {4990, 1, 5, false}, {5900, 0, 5, false}});
}

TEST(TtlMemory, AnAnswerThatTravelledLongDoesNotLookLikeANewLife) {
    observe_all({{0, 5, 5, false}, {5400, 1, 5, false}});
}

TEST(TtlMemory, ATtlOfZeroIsProvenOnceItsSecondIsOver) {
    observe_all({{0, 0, 0, false}, {250, 0, 0, false}, {1700, 0, 0, true}});
}

TEST(TtlMemory, OtherDataWithNearlyTheSameTtlKeepsIt) {
    TtlMemory memory;
    const TtlMemory::TimePoint start{};
    memory.observe(5, start);
    memory.restart(4, start + milliseconds(5300));
    EXPECT_EQ(memory.learned(), 5U);
    EXPECT_TRUE(memory.is_proven());
}

TEST(TtlMemory, OtherDataWithAnotherTtlIsBelieved) {
    for (const std::uint32_t ttl : {60U, 900U}) {
        TtlMemory memory;
        const TtlMemory::TimePoint start{};
        memory.observe(300, start);
        memory.restart(ttl, start + milliseconds(300500));
        EXPECT_EQ(memory.learned(), ttl);
        EXPECT_FALSE(memory.is_proven()) << "it may be a remainder";
    }
}

TEST(RefreshWait, TableOfCases) {
    constexpr TtlLimits limits{.floor = 5, .ceiling = 1000};
    const struct {
        const char* what;
        std::uint32_t received, learned;
        bool proven;
        unsigned short_steps;
        milliseconds at_jitter_0, at_jitter_1;
    } cases[] = {
        {"a whole TTL", 60, 60, true, 0, milliseconds(48000), milliseconds(54000)},
        {"a whole TTL below the floor", 1, 1, true, 0, milliseconds(4000), milliseconds(4500)},
        {"a TTL of zero", 0, 0, true, 0, milliseconds(4000), milliseconds(4500)},
        {"above the ceiling", 9000, 9000, true, 0, milliseconds(800000), milliseconds(900000)},
        {"perhaps a remainder", 1, 1, false, 0, milliseconds(800), milliseconds(900)},
        {"perhaps an expired remainder", 0, 0, false, 0, milliseconds(250), milliseconds(250)},
        {"a remainder", 12, 60, true, 0, milliseconds(11500), milliseconds(11500)},
        {"a remainder of one", 1, 5, true, 0, milliseconds(500), milliseconds(500)},
        {"a remainder of none", 0, 5, true, 0, milliseconds(250), milliseconds(250)},
        {"again none", 0, 5, true, 2, milliseconds(400), milliseconds(400)},
        {"none too often", 0, 5, true, 6, milliseconds(4000), milliseconds(4500)},
        {"a remainder above the ceiling", 5000, 9000, true, 0, milliseconds(800000),
         milliseconds(900000)},
    };
    for (const auto& c : cases) {
        RefreshInput input{.received = c.received,
                           .learned = c.learned,
                           .proven = c.proven,
                           .short_steps = c.short_steps,
                           .limits = limits,
                           .jitter = 0};
        EXPECT_EQ(refresh_wait(input), c.at_jitter_0) << c.what;
        input.jitter = 1;
        EXPECT_EQ(refresh_wait(input), c.at_jitter_1) << c.what;
    }
}

TEST(RefreshWait, WhatWasAskedForTogetherIsAskedForEvenlyFromThenOn) {
    constexpr std::uint32_t ttl = 60;
    constexpr std::size_t targets = 100'000;
    constexpr milliseconds end{4 * ttl * 1000};
    constexpr double answers = 6;  // in a millisecond, at most; a third of that is needed
    constexpr double mean = targets / (0.85 * ttl);  // a second
    struct Target {
        milliseconds due{};
        bool first = true;
        bool operator>(const Target& other) const { return due > other.due; }
    };
    std::mt19937 random(1);
    std::uniform_real_distribution<double> uniform;
    std::priority_queue<Target, std::vector<Target>, std::greater<>> waiting(
        {}, std::vector<Target>(targets));
    std::vector<int> in_second(end.count() / 1000);
    for (double at = 0; at < static_cast<double>(end.count());) {
        Target target = waiting.top();
        waiting.pop();
        const milliseconds now(static_cast<int>(at));
        ++in_second[static_cast<std::size_t>(now.count() / 1000)];
        target.due = now + refresh_wait({.received = ttl,
                                         .learned = ttl,
                                         .proven = !target.first,
                                         .first = target.first,
                                         .since_due = now - target.due,
                                         .limits = {},
                                         .jitter = uniform(random)});
        target.first = false;
        waiting.push(target);
        at = std::max(at + 1 / answers, static_cast<double>(waiting.top().due.count()));
    }
    constexpr std::size_t loaded = 25;  // seconds: all, and what fell due meanwhile
    for (std::size_t second = loaded; second < in_second.size(); ++second) {
        EXPECT_NEAR(in_second[second], mean, 0.15 * mean) << "second " << second;
    }
}

TEST(RefreshWait, WithoutAFloorNothingIsAskedFourTimesASecond) {
    RefreshInput input{.received = 0,
                       .learned = 0,
                       .proven = true,
                       .short_steps = 0,
                       .limits = {.floor = 0, .ceiling = 0},
                       .jitter = 0};
    EXPECT_EQ(refresh_wait(input), milliseconds(800));
}

TEST(RefreshWait, AFirstOneIsNeitherTooSoonNorTooOften) {
    RefreshInput input{.received = 600,
                       .learned = 600,
                       .proven = false,
                       .short_steps = 0,
                       .first = true,
                       .limits = {.floor = 5, .ceiling = 100},
                       .jitter = 0};
    EXPECT_EQ(refresh_wait(input), milliseconds(250));
    input.jitter = 0.5;
    EXPECT_EQ(refresh_wait(input), milliseconds(42500)) << "of the ceiling";
    input.jitter = 1;
    EXPECT_EQ(refresh_wait(input), milliseconds(90000));
    RefreshInput below = input;
    below.received = below.learned = 1;
    below.proven = true;
    below.jitter = 0.5;
    EXPECT_EQ(refresh_wait(below), milliseconds(2125)) << "of the floor";
    input.jitter = 0;
    input.short_steps = 6;
    EXPECT_EQ(refresh_wait(input), milliseconds(4000));
}

TEST(RetryWait, DoublesToTheCap) {
    const int expected[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000};
    for (std::uint32_t failures = 1; failures <= std::size(expected); ++failures) {
        EXPECT_EQ(retry_wait(failures, true, 0), milliseconds(expected[failures - 1]));
    }
    EXPECT_EQ(retry_wait(4'000'000'000U, true, 0), milliseconds(60000));
    EXPECT_EQ(retry_wait(1, false, 0), milliseconds(500));
    EXPECT_EQ(retry_wait(2, false, 0), milliseconds(1000));
    EXPECT_EQ(retry_wait(50, false, 0), milliseconds(60000));
    EXPECT_EQ(retry_wait(1, true, 1), milliseconds(800));
}

}  // namespace
}  // namespace apex::control
