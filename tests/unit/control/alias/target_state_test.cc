// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The state of one target under a clock of our own: what changes what is published, and
// what does not.
#include "control/alias/target_state.hh"

#include <gtest/gtest.h>

#include "tests/unit/control/alias/target_fixture.hh"

namespace apex::control {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using test::key;
using test::set_of;

class TargetTrackerTest : public testing::Test {
  protected:
    /// `after` it was due.
    TargetTracker::Outcome succeed(ResolvedSet set, milliseconds after = {}) {
        now_.steady += after;
        now_.wall += after;
        return advance(tracker_.succeeded(std::move(set), now_, 0));
    }
    TargetTracker::Outcome fail_once() { return advance(tracker_.failed({"SERVFAIL"}, now_, 0)); }
    TargetTracker::Outcome advance(TargetTracker::Outcome outcome) {
        EXPECT_EQ(tracker_.state().next_refresh, now_.wall + outcome.wait);
        now_.steady += outcome.wait;
        now_.wall += outcome.wait;
        return outcome;
    }

    TargetTracker tracker_{key, {.floor = 5, .ceiling = 3600}};
    TargetTracker::Now now_;
    const TargetState& state_ = tracker_.state();
};

TEST_F(TargetTrackerTest, TheFirstSuccessIsPublished) {
    EXPECT_FALSE(state_.last_good);
    EXPECT_TRUE(succeed(set_of({"aaaa"}, 60)).changed);
    EXPECT_EQ(state_.served_ttl, 60U);
    EXPECT_EQ(state_.changes, 1U);
}

TEST_F(TargetTrackerTest, WhatWasAskedForTogetherDoesNotStayTogether) {
    const auto first = milliseconds(250);  // at this jitter; a test of ttl_policy has the others
    const auto next = milliseconds(48000);
    EXPECT_EQ(succeed(set_of({"aaaa"}, 60)).wait, first);
    EXPECT_EQ(succeed(set_of({"aaaa"}, 60)).wait, next);
    fail_once();
    EXPECT_EQ(succeed(set_of({"aaaa"}, 60)).wait, first) << "after an outage";
    EXPECT_EQ(succeed(set_of({"aaaa"}, 60)).wait, next);

    TargetTracker restored{key, {.floor = 5, .ceiling = 3600}};
    restored.restore({.key = key, .set = set_of({"aaaa"}, 60), .learned_ttl = 60}, now_);
    EXPECT_EQ(restored.succeeded(set_of({"aaaa"}, 60), now_, 1).wait, milliseconds(54000));
    EXPECT_EQ(restored.succeeded(set_of({"aaaa"}, 60), now_, 0).wait, next);
}

TEST_F(TargetTrackerTest, WhatHadToWaitForItsTurnOrWasDemandedKeepsItsPlace) {
    succeed(set_of({"aaaa"}, 60));
    const auto usual = milliseconds(48000);
    EXPECT_EQ(succeed(set_of({"aaaa"}, 60)).wait, usual);
    EXPECT_EQ(succeed(set_of({"aaaa"}, 60), milliseconds(9000)).wait, milliseconds(39000));
    EXPECT_EQ(succeed(set_of({"aaaa"}, 60), milliseconds(-39000)).wait, milliseconds(39000));
    EXPECT_EQ(succeed(set_of({"aaaa"}, 60), milliseconds(-5000)).wait, milliseconds(5000));
    EXPECT_EQ(succeed(set_of({"aaaa"}, 60), milliseconds(-20)).wait, usual) << "an early timer";
    EXPECT_EQ(succeed(set_of({"aaaa"}, 60), milliseconds(24000)).wait, milliseconds(24000));
    EXPECT_EQ(succeed(set_of({"aaaa"}, 60), milliseconds(24001)).wait, milliseconds(250))
        << "spread anew";
    EXPECT_EQ(succeed(set_of({"aaaa"}, 60)).wait, usual);
    EXPECT_EQ(succeed(set_of({"bbbb"}, 10), milliseconds(-20000)).wait, milliseconds(8000))
        << "a shorter life";
}

TEST_F(TargetTrackerTest, AFailureBetweenEmptyAnswersEndsTheirRow) {
    succeed(set_of({"aaaa"}, 60));
    succeed(set_of({}, 60));
    succeed(set_of({}, 60));
    fail_once();
    EXPECT_FALSE(succeed(set_of({}, 60)).changed);
    EXPECT_FALSE(succeed(set_of({}, 60)).changed);
    EXPECT_EQ(state_.last_good->addresses, std::vector<std::string>{"aaaa"});
    EXPECT_TRUE(succeed(set_of({}, 60)).changed);
}

TEST_F(TargetTrackerTest, AFailureStaysUntilAnAnswerIsTaken) {
    succeed(set_of({"aaaa"}, 60));
    fail_once();
    succeed(set_of({}, 60));
    EXPECT_EQ(state_.failures, 1U);
    EXPECT_NE(state_.last_error, "");
    succeed(set_of({}, 60));
    fail_once();
    EXPECT_EQ(state_.failures, 2U);
    succeed(set_of({"aaaa"}, 60));
    EXPECT_EQ(state_.failures, 0U);
    EXPECT_EQ(state_.last_error, "");
}

TEST_F(TargetTrackerTest, WhatACacheStillHasConfirmsNothing) {
    succeed(set_of({"aaaa"}, 600));
    succeed(set_of({}, 20));
    EXPECT_EQ(succeed(set_of({}, 19)).wait, std::chrono::seconds(20));
    EXPECT_EQ(state_.unconfirmed_empty, 1U);
    now_.steady += std::chrono::seconds(19);
    EXPECT_FALSE(succeed(set_of({}, 20)).changed) << "of a new life";
    EXPECT_EQ(state_.unconfirmed_empty, 2U);
    EXPECT_FALSE(succeed(set_of({}, 19)).changed);
    now_.steady += std::chrono::seconds(20);
    EXPECT_TRUE(succeed(set_of({}, 7)).changed) << "with a lower TTL, after the life of the other";
}

TEST_F(TargetTrackerTest, ADenialOfAnotherKindIsAChange) {
    succeed(set_of({}, 60));
    ResolvedSet lost = set_of({}, 60);
    lost.nxdomain = true;
    EXPECT_TRUE(succeed(lost).changed);
    EXPECT_FALSE(succeed(lost).changed);
    EXPECT_TRUE(succeed(set_of({}, 60)).changed);
}

TEST_F(TargetTrackerTest, TimeAloneLeadsDownTheRungs) {
    EXPECT_FALSE(TargetTracker({}, {}).pass_time(now_)) << "nothing to lose";
    TargetTracker tracker({}, {.stale_max = 100});
    const TargetTracker::Now start = now_;
    tracker.succeeded(set_of({"aaaa"}, 60), start, 0);
    const auto at = [&](int seconds) {
        return TargetTracker::Now{start.steady + std::chrono::seconds(seconds), start.wall};
    };
    EXPECT_EQ(tracker.until_next_rung(at(1)), std::chrono::seconds(59));
    EXPECT_FALSE(tracker.pass_time(at(59)));
    EXPECT_TRUE(tracker.pass_time(at(60)));
    EXPECT_EQ(tracker.state().rung, Rung::stale);
    EXPECT_EQ(tracker.until_next_rung(at(60)), std::chrono::seconds(100));
    EXPECT_TRUE(tracker.pass_time(at(160)));
    EXPECT_EQ(tracker.state().rung, Rung::expired);
    EXPECT_EQ(tracker.until_next_rung(at(160)), std::nullopt);
}

TEST_F(TargetTrackerTest, AFirstSuccessWithoutAddressesIsPublishedAtOnce) {
    EXPECT_TRUE(succeed(set_of({}, 60)).changed);
    ASSERT_TRUE(state_.last_good);
    EXPECT_EQ(state_.unconfirmed_empty, 0U);
    EXPECT_FALSE(succeed(set_of({}, 60)).changed);
}

TEST_F(TargetTrackerTest, ARestoredSetIsServedWithItsWholeTtlUntilItIsResolvedAnew) {
    StoredSet stored{.key = key, .set = set_of({"aaaa"}, 12), .learned_ttl = 60};
    stored.set.resolved_at = std::chrono::system_clock::from_time_t(1'790'000'000);
    tracker_.restore(stored, now_);
    ASSERT_TRUE(state_.last_good);
    EXPECT_EQ(state_.last_good->addresses, std::vector<std::string>{"aaaa"});
    EXPECT_EQ(state_.last_good->ttl, 12U);
    EXPECT_EQ(state_.last_good->resolved_at, stored.set.resolved_at);
    EXPECT_EQ(state_.served_ttl, 60U);
    EXPECT_TRUE(state_.restored);
    EXPECT_FALSE(state_.next_refresh);
    EXPECT_FALSE(fail_once().changed);
    EXPECT_TRUE(state_.restored);
    EXPECT_FALSE(succeed(set_of({"aaaa"}, 30)).changed) << "the rest of a life in a cache";
    EXPECT_FALSE(state_.restored);
    EXPECT_EQ(state_.served_ttl, 60U);
}

TEST_F(TargetTrackerTest, ARestoredSetIsWithdrawnOnlyWhenThatIsConfirmed) {
    tracker_.restore({.key = key, .set = set_of({"aaaa"}, 60), .learned_ttl = 60}, now_);
    EXPECT_FALSE(succeed(set_of({}, 60)).changed);
    EXPECT_TRUE(state_.restored);
    EXPECT_FALSE(succeed(set_of({}, 60)).changed);
    EXPECT_TRUE(succeed(set_of({}, 60)).changed);
    EXPECT_FALSE(state_.restored);
}

TEST_F(TargetTrackerTest, ARestoredSetIsAsOldAsItIs) {
    const auto rung_after = [](std::int64_t seconds) {
        TargetTracker tracker{key, {.floor = 5, .ceiling = 3600, .stale_max = 100}};
        TargetTracker::Now now;
        now.wall += std::chrono::seconds(1'000'000);
        StoredSet stored{.key = key, .set = set_of({"aaaa"}, 60), .learned_ttl = 60};
        stored.set.resolved_at = now.wall - std::chrono::seconds(seconds);
        tracker.restore(stored, now);
        return tracker.state().rung;
    };
    EXPECT_EQ(rung_after(59), Rung::fresh);
    EXPECT_EQ(rung_after(60), Rung::stale);
    EXPECT_EQ(rung_after(160), Rung::expired);
    EXPECT_EQ(rung_after(-1000), Rung::fresh) << "the clock was set back";
}

TEST_F(TargetTrackerTest, ARestoredDenialHasItsTtl) {
    tracker_.restore({.key = key, .set = set_of({}, 60), .learned_ttl = 60}, now_);
    EXPECT_EQ(state_.served_ttl, 60U);
    EXPECT_TRUE(succeed(set_of({"aaaa"}, 60)).changed);
}

TEST_F(TargetTrackerTest, TheSameSetWithLessTimeLeftChangesNothing) {
    succeed(set_of({"aaaa"}, 60));
    EXPECT_FALSE(succeed(set_of({"aaaa"}, 12)).changed);
    EXPECT_EQ(state_.served_ttl, 60U);
    EXPECT_EQ(state_.learned_ttl, state_.served_ttl);
    EXPECT_EQ(state_.last_good->ttl, 12U) << "explain shows what was received";
    EXPECT_EQ(state_.changes, 1U);
}

TEST_F(TargetTrackerTest, OtherAddressesOrARaisedTtlArePublished) {
    succeed(set_of({"aaaa"}, 60));
    EXPECT_TRUE(succeed(set_of({"bbbb"}, 60)).changed);
    now_.steady += std::chrono::seconds(61);
    EXPECT_TRUE(succeed(set_of({"bbbb"}, 90)).changed);
    EXPECT_EQ(state_.served_ttl, 90U);
    EXPECT_EQ(state_.changes, 3U);
}

TEST_F(TargetTrackerTest, OtherAddressesBringTheirOwnTtl) {
    succeed(set_of({"aaaa"}, 300));
    EXPECT_TRUE(succeed(set_of({"bbbb"}, 60)).changed);
    EXPECT_EQ(state_.served_ttl, 60U);
}

TEST_F(TargetTrackerTest, FailuresKeepWhatIsPublishedAndBackOff) {
    succeed(set_of({"aaaa"}, 600));
    for (const int seconds : {1, 2, 4, 8}) {
        const auto outcome = fail_once();
        EXPECT_FALSE(outcome.changed);
        EXPECT_EQ(outcome.wait, std::chrono::seconds(seconds));
    }
    EXPECT_EQ(state_.failures, 4U);
    EXPECT_EQ(state_.last_error, "SERVFAIL");
    EXPECT_EQ(state_.last_good->addresses, std::vector<std::string>{"aaaa"});
    EXPECT_FALSE(succeed(set_of({"aaaa"}, 600)).changed);
    EXPECT_EQ(state_.failures, 0U);
    EXPECT_EQ(state_.last_error, "");
}

TEST_F(TargetTrackerTest, TheLadderIsGoneDownInTimeAndUpAtOnce) {
    TargetTracker tracker{key, {.floor = 5, .ceiling = 3600, .stale_max = 100}};
    TargetTracker::Now now;
    const auto start = now.steady;
    const auto after = [&] { return now.steady - start; };
    const auto fail = [&] {
        const auto outcome = tracker.failed({"SERVFAIL"}, now, 0);
        EXPECT_GT(outcome.wait.count(), 0);
        now.steady += outcome.wait;
        return outcome.changed;
    };
    EXPECT_FALSE(fail());
    EXPECT_EQ(tracker.state().rung, Rung::none);
    now.steady = start;
    tracker.succeeded(set_of({"aaaa"}, 20), now, 0);
    EXPECT_EQ(tracker.state().rung, Rung::fresh);
    now.steady += std::chrono::seconds(16);
    while (after() < std::chrono::seconds(20)) EXPECT_FALSE(fail());
    EXPECT_EQ(after(), std::chrono::seconds(20)) << "asked just when it would be stale";
    EXPECT_TRUE(fail());
    EXPECT_EQ(tracker.state().rung, Rung::stale);
    while (after() < std::chrono::seconds(120)) EXPECT_FALSE(fail());
    EXPECT_EQ(after(), std::chrono::seconds(120));
    EXPECT_TRUE(fail());
    EXPECT_EQ(tracker.state().rung, Rung::expired);
    EXPECT_TRUE(tracker.state().last_good) << "kept for explain";
    EXPECT_FALSE(fail());
    EXPECT_TRUE(tracker.succeeded(set_of({"aaaa"}, 20), now, 0).changed) << "the same set again";
    EXPECT_EQ(tracker.state().rung, Rung::fresh);
}

TEST_F(TargetTrackerTest, AnEmptyAnswerReplacesALiveSetOnlyWhenSeenThreeTimes) {
    succeed(set_of({"aaaa"}, 60));
    for (std::uint32_t i = 1; i < TtlLimits{}.confirmations; ++i) {
        const auto outcome = succeed(set_of({}, 60));
        EXPECT_FALSE(outcome.changed);
        EXPECT_EQ(outcome.wait, std::chrono::seconds(1));
        EXPECT_EQ(state_.unconfirmed_empty, i);
        EXPECT_FALSE(state_.last_good->addresses.empty());
    }
    EXPECT_TRUE(succeed(set_of({}, 60)).changed);
    EXPECT_TRUE(state_.last_good->addresses.empty());
}

TEST(TargetTracker, AsManyDenialsWithdrawASetAsTheOperatorSays) {
    for (const std::uint32_t confirmations : {1U, 2U, 5U}) {
        TargetTracker tracker(key, {.floor = 5, .ceiling = 3600, .confirmations = confirmations});
        TargetTracker::Now now;
        tracker.succeeded(set_of({"aaaa"}, 60), now, 0);
        std::uint32_t denials = 0;
        while (!tracker.state().last_good->addresses.empty() && denials < 10) {
            now.steady += tracker.succeeded(set_of({}, 60), now, 0).wait;
            ++denials;
        }
        EXPECT_EQ(denials, confirmations);
    }
}

TEST_F(TargetTrackerTest, DenialsDoNotKeepASetFresh) {
    succeed(set_of({"aaaa"}, 60));
    now_.steady += std::chrono::seconds(60);
    const auto first = succeed(set_of({}, 300));
    EXPECT_TRUE(first.changed);
    EXPECT_FALSE(first.is_new_set);
    EXPECT_EQ(state_.rung, Rung::stale);
    const auto renewed = succeed(set_of({"aaaa"}, 60));
    EXPECT_EQ(state_.rung, Rung::fresh);
    now_.steady += std::chrono::seconds(50) - renewed.wait;
    EXPECT_FALSE(succeed(set_of({}, 300)).changed);
    const auto copy = succeed(set_of({}, 299));
    EXPECT_EQ(copy.wait, std::chrono::seconds(9)) << "when it would be stale, not later";
    EXPECT_FALSE(copy.changed);
}

TEST_F(TargetTrackerTest, DenialsOfOneSecondAreOne) {
    succeed(set_of({"aaaa"}, 60));
    tracker_.succeeded(set_of({}, 300), now_, 0);
    EXPECT_EQ(tracker_.succeeded(set_of({}, 300), now_, 0).wait, std::chrono::seconds(1));
    EXPECT_EQ(state_.unconfirmed_empty, 1U);
}

TEST_F(TargetTrackerTest, AnAnswerWithAddressesEndsTheConfirmation) {
    succeed(set_of({"aaaa"}, 60));
    succeed(set_of({}, 60));
    succeed(set_of({}, 60));
    EXPECT_FALSE(succeed(set_of({"aaaa"}, 60)).changed);
    EXPECT_FALSE(succeed(set_of({}, 60)).changed);
    EXPECT_EQ(state_.unconfirmed_empty, 1U);
}

TEST_F(TargetTrackerTest, EachRrsetOfTheChainLearnsItsOwnTtl) {
    const wire::Name cdn = wire::Name::from_wire(std::string_view("\1e\0", 3)).value();
    const auto chain = [&](std::uint32_t cname_ttl, std::uint32_t address_ttl) {
        ResolvedSet set = set_of({"aaaa"}, std::min(cname_ttl, address_ttl));
        set.chain = {
            {.owner = key.target, .type = wire::RrType::cname, .ttl = cname_ttl, .next = cdn},
            {.owner = cdn, .type = key.type, .ttl = address_ttl, .next = {}}};
        return set;
    };
    succeed(chain(300, 20));
    now_.steady += std::chrono::seconds(297);
    // The CNAME is nearly over while the addresses were just renewed.
    const auto outcome = succeed(chain(3, 20));
    EXPECT_FALSE(outcome.changed);
    EXPECT_EQ(state_.served_ttl, 20U);
    EXPECT_EQ(state_.learned_ttl, state_.served_ttl);
    EXPECT_EQ(outcome.wait, milliseconds(2500));
}

}  // namespace
}  // namespace apex::control
