// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What is kept of a target's sets, and how they differ.
#include "control/alias/history.hh"

#include <gtest/gtest.h>

namespace apex::control {
namespace {

using Addresses = std::vector<std::string>;
using std::chrono::seconds;
using std::chrono::system_clock;

class TargetHistoryTest : public testing::Test {
  protected:
    TargetHistoryTest() {
        state_.key.type = wire::RrType::a;
        state_.last_good.emplace().resolver = "forward 192.0.2.1@53";
    }
    void record(Addresses addresses, std::uint32_t ttl = 60, bool nxdomain = false) {
        now_ += seconds(1);
        state_.last_good->addresses = std::move(addresses);
        state_.last_good->nxdomain = nxdomain;
        state_.last_good->resolved_at = now_;
        state_.served_ttl = ttl;
        history_.record(state_);
    }

    TargetState state_;
    system_clock::time_point now_;
    TargetHistory history_;
};

TEST_F(TargetHistoryTest, NothingBeforeTheFirstSuccess) {
    EXPECT_FALSE(history_.newest());
    EXPECT_TRUE(history_.newest_first().empty());
}

TEST_F(TargetHistoryTest, EachSetTellsWhatItAddedAndRemoved) {
    record({"aaaa", "bbbb"});
    record({"bbbb", "cccc"}, 30);
    const auto sets = history_.newest_first();
    ASSERT_EQ(sets.size(), 2U);
    EXPECT_EQ(sets[0].since, now_);
    EXPECT_EQ(sets[0].addresses, (Addresses{"bbbb", "cccc"}));
    EXPECT_EQ(sets[0].added, Addresses{"cccc"});
    EXPECT_EQ(sets[0].removed, Addresses{"aaaa"});
    EXPECT_EQ(sets[0].ttl, 30U);
    EXPECT_EQ(sets[0].resolver, "forward 192.0.2.1@53");
    EXPECT_EQ(sets[1].added, (Addresses{"aaaa", "bbbb"})) << "the first set adds all";
    EXPECT_EQ(sets[1].removed, Addresses{});
    EXPECT_EQ(history_.newest()->added, Addresses{"cccc"});
}

TEST_F(TargetHistoryTest, AnotherTtlIsNoOtherSet) {
    record({"aaaa"}, 60);
    const auto since = now_;
    record({"aaaa"}, 30);
    const auto sets = history_.newest_first();
    ASSERT_EQ(sets.size(), 1U);
    EXPECT_EQ(sets[0].ttl, 30U);
    EXPECT_EQ(sets[0].since, since);
    EXPECT_EQ(sets[0].added, Addresses{"aaaa"});
    EXPECT_EQ(history_.newest()->added, Addresses{}) << "it was served before";
}

TEST_F(TargetHistoryTest, TellsAMissingNameFromAMissingType) {
    record({"aaaa"});
    record({});
    record({}, 60, true);
    const auto sets = history_.newest_first();
    ASSERT_EQ(sets.size(), 3U);
    EXPECT_TRUE(sets[0].nxdomain);
    EXPECT_FALSE(sets[1].nxdomain);
    EXPECT_EQ(sets[1].removed, Addresses{"aaaa"});
    EXPECT_EQ(sets[0].removed, Addresses{});
}

TEST_F(TargetHistoryTest, KeepsTheLastSixteenAndComparesTheOldestToo) {
    for (char n = 'a'; n < 'a' + 20; ++n) record({std::string(4, n)});
    const auto sets = history_.newest_first();
    ASSERT_EQ(sets.size(), TargetHistory::max_sets);
    EXPECT_EQ(sets.front().addresses, Addresses{"tttt"});
    EXPECT_EQ(sets.back().addresses, Addresses{"eeee"});
    EXPECT_EQ(sets.back().removed, Addresses{"dddd"});
}

TEST_F(TargetHistoryTest, KnowsTheSizeOfAnAddress) {
    state_.key.type = wire::RrType::aaaa;
    record({std::string(16, 'a'), std::string(16, 'b')});
    EXPECT_EQ(history_.newest()->addresses.size(), 2U);
}

}  // namespace
}  // namespace apex::control
