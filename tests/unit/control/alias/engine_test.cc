// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The engine against a real NSD and a real unbound with prefetch: first
// resolution, a change, a withdrawal, a dead resolver, its return.
#include "control/alias/engine.hh"

#include <event2/event.h>
#include <gtest/gtest.h>

#include "tests/unit/control/alias/engine_fixture.hh"

namespace apex::control {
namespace {

using std::chrono::steady_clock;
using test::address;
using test::EngineTest;
using test::key;

TEST_F(EngineTest, ALiveSetIsWithdrawnWhenTheSecondResolverAgrees) {
    test::RealUpstreams first("cdn 1 A 192.0.2.1\n");
    test::RealUpstreams second("cdn 1 A 192.0.2.2\n");
    const TargetKey cdn = key("cdn.example.net");
    ResolverConfig resolver{{first.nsd()}};
    resolver.confirm = {second.nsd()};
    start(resolver, 1);
    engine_->follow(cdn);
    ASSERT_TRUE(wait(20, [&] { return is_published(cdn, {address("192.0.2.1")}); }));
    first.replace_records("");
    ASSERT_TRUE(wait(10, [&] { return engine_->totals().unconfirmed > 0; }));
    const TargetState& state = *engine_->find(cdn);
    EXPECT_TRUE(is_published(cdn, {address("192.0.2.1")}));
    EXPECT_EQ(state.last_error, "cdn.example.net. A: no addresses through forward " +
                                    first.nsd().to_text() + ", but 1 through forward " +
                                    second.nsd().to_text());
    EXPECT_EQ(state.failures, 1U);
    second.replace_records("");
    EXPECT_TRUE(wait(15, [&] { return is_published(cdn, {}); }));
}

TEST_F(EngineTest, ASecondResolverThatIsDeadConfirmsNothing) {
    test::RealUpstreams first("cdn 1 A 192.0.2.1\n");
    const TargetKey cdn = key("cdn.example.net");
    ResolverConfig resolver{{first.nsd()}};
    resolver.confirm = {test::at_port(9)};
    start(resolver, 1);
    engine_->follow(cdn);
    ASSERT_TRUE(wait(20, [&] { return is_published(cdn, {address("192.0.2.1")}); }));
    first.replace_records("");
    ASSERT_TRUE(wait(20, [&] { return engine_->totals().unconfirmed > 0; }));
    EXPECT_TRUE(is_published(cdn, {address("192.0.2.1")}));
    const std::string error = engine_->find(cdn)->last_error;
    EXPECT_EQ(error.find("cdn.example.net. A: no addresses through forward " +
                         first.nsd().to_text() + ", not confirmed: "),
              0U)
        << error;
    first.replace_records("cdn 1 A 192.0.2.1\n");
    EXPECT_TRUE(wait(20, [&] { return engine_->find(cdn)->failures == 0; }));
}

TEST_F(EngineTest, FollowsARealTargetThroughChangeWithdrawalAndOutage) {
    test::RealUpstreams upstreams(
        "cdn A 192.0.2.2\ncdn A 192.0.2.1\ncdn AAAA 2001:db8::1\n"
        "www 300 CNAME cdn\nfast 1 A 192.0.2.9\n");
    const TargetKey cdn4 = key("cdn.example.net");
    const TargetKey cdn6 = key("cdn.example.net", wire::RrType::aaaa);
    const TargetKey www = key("www.example.net");
    const TargetKey fast = key("fast.example.net");
    start(upstreams.unbound(), 1);
    for (const TargetKey& target : {cdn4, cdn6, www, fast}) engine_->follow(target);

    ASSERT_TRUE(wait(20, [&] { return changes_.size() == 4; }));
    EXPECT_TRUE(is_published(cdn4, {address("192.0.2.1"), address("192.0.2.2")}));
    EXPECT_TRUE(is_published(cdn6, {address("2001:db8::1")}));
    EXPECT_TRUE(is_published(www, {address("192.0.2.1"), address("192.0.2.2")}));
    const TargetState* state = engine_->find(www);
    EXPECT_EQ(state->last_good->chain.size(), 2U);
    EXPECT_GE(state->served_ttl, 4U) << "unbound counts whole seconds";
    EXPECT_LE(state->served_ttl, 5U);
    EXPECT_GT(state->next_refresh, std::chrono::system_clock::now());
    EXPECT_EQ(state->last_error, "");

    // Half a life later, so that unbound holds the old set when it changes.
    wait(2.5, [] { return false; });
    upstreams.replace_records(
        "cdn A 192.0.2.7\ncdn AAAA 2001:db8::1\nwww 300 CNAME cdn\nfast 1 A 192.0.2.9\n");
    const auto changed_at = steady_clock::now();
    ASSERT_TRUE(wait(20, [&] {
        return is_published(cdn4, {address("192.0.2.7")}) &&
               is_published(www, {address("192.0.2.7")});
    }));
    EXPECT_LT(steady_clock::now() - changed_at, std::chrono::seconds(9)) << "its TTL, and slack";
    EXPECT_EQ(sets_[cdn4].size(), 2U);
    EXPECT_EQ(sets_[cdn6].size(), 1U) << "the other type did not change";
    EXPECT_GE(engine_->find(cdn4)->served_ttl, 4U);
    EXPECT_LE(engine_->find(cdn4)->served_ttl, 5U);

    upstreams.replace_records("cdn A 192.0.2.7\n");
    ASSERT_TRUE(wait(20, [&] { return is_published(fast, {}); }));
    EXPECT_TRUE(engine_->find(fast)->last_good->nxdomain);
    EXPECT_EQ(sets_[fast].size(), 2U);

    const int changes = changes_[fast];
    upstreams.kill_unbound();
    ASSERT_TRUE(wait(10, [&] { return engine_->find(fast)->failures > 0; }));
    EXPECT_NE(engine_->find(fast)->last_error.find("fast.example.net. A through forward 127"),
              std::string::npos)
        << engine_->find(fast)->last_error;
    EXPECT_TRUE(is_published(cdn4, {address("192.0.2.7")})) << "what is published stays";
    ASSERT_TRUE(wait(20, [&] { return engine_->find(fast)->rung == Rung::stale; }))
        << "its life is one second";
    EXPECT_EQ(changes_[fast], changes + 1) << "once for that";

    upstreams.start_unbound();
    ASSERT_TRUE(wait(20, [&] { return engine_->find(fast)->failures == 0; }));
    EXPECT_EQ(engine_->find(fast)->last_error, "");
    EXPECT_EQ(engine_->find(fast)->rung, Rung::fresh);
}

TEST_F(EngineTest, OneResolutionHoweverManyOwners) {
    test::SilentServer silent;
    start(silent.address(), 5);
    const TargetKey target = key("cdn.example.net");
    for (int i = 0; i < 3; ++i) engine_->follow(target);
    EXPECT_TRUE(wait(2, [&] { return silent.names_asked() == 1; }));
    EXPECT_EQ(engine_->find(target)->resolutions, 1U);

    engine_->unfollow(target);
    engine_->unfollow(target);
    EXPECT_NE(engine_->find(target), nullptr);
    engine_->unfollow(target);
    EXPECT_EQ(engine_->find(target), nullptr);
    engine_->unfollow(target);
    EXPECT_EQ(engine_->find(target), nullptr);
}

TEST_F(EngineTest, ARefreshIsNotTheOneUnderWaySinceThatMayBeAnswered) {
    test::RealUpstreams upstreams("cdn 3600 A 192.0.2.1\n");
    start(upstreams.nsd(), 5);
    const TargetKey target = key("cdn.example.net");
    engine_->follow(target);
    std::vector<Refreshed> told;
    const auto tell = [&told](const Refreshed& refreshed) { told.push_back(refreshed); };
    engine_->refresh(target, tell);
    engine_->refresh(target, tell);
    ASSERT_TRUE(wait(20, [&] { return told.size() == 2; }));
    EXPECT_EQ(engine_->find(target)->resolutions, 2U) << "one for both";
    EXPECT_EQ(told[0].key, target);
    EXPECT_EQ(told[0].error, "");
    EXPECT_TRUE(told[0].changed) << "nothing was published before";
    engine_->refresh(target, tell);
    ASSERT_TRUE(wait(20, [&] { return told.size() == 3; }));
    EXPECT_EQ(engine_->find(target)->resolutions, 3U);
    EXPECT_FALSE(told[2].changed);
}

TEST_F(EngineTest, ARefreshEndsWithItsTarget) {
    test::SilentServer silent;
    start(silent.address(), 5);
    const auto alive = std::make_shared<int>();
    bool told = false;
    const auto tell = [&told, alive](const Refreshed&) { told = true; };
    engine_->refresh(key("cdn.example.net"), tell);
    const auto before = alive.use_count();
    engine_->follow(key("cdn.example.net"));
    engine_->refresh(key("cdn.example.net"), tell);
    EXPECT_GT(alive.use_count(), before);
    engine_->unfollow(key("cdn.example.net"));
    EXPECT_EQ(alive.use_count(), before);
    wait(0.2, [] { return false; });
    EXPECT_FALSE(told);
}

TEST_F(EngineTest, TellsWhenARowOfFailuresBeginsAndEnds) {
    test::RealUpstreams upstreams("fast 1 A 192.0.2.1\n");
    std::vector<std::uint32_t> told;
    make_engine(
        ResolverConfig{{upstreams.unbound()}}, AliasConfig{.policy = {.ttl_min = {1}}},
        [this](const TargetKey& changed) { ++changes_[changed]; },
        [&](const TargetState& state) { told.push_back(state.failures); });
    const TargetKey fast = key("fast.example.net");
    engine_->follow(fast);
    ASSERT_TRUE(wait(5, [&] { return changes_.size() == 1; }));
    EXPECT_TRUE(told.empty());
    upstreams.kill_unbound();
    ASSERT_TRUE(wait(20, [&] { return engine_->find(fast)->failures >= 2; }));
    EXPECT_EQ(told, std::vector<std::uint32_t>{1});
    upstreams.start_unbound();
    ASSERT_TRUE(wait(20, [&] { return engine_->find(fast)->failures == 0; }));
    EXPECT_EQ(told, (std::vector<std::uint32_t>{1, 0}));
}

TEST_F(EngineTest, TotalsOnlyGrow) {
    test::RealUpstreams upstreams("cdn A 192.0.2.1\n");
    start(upstreams.nsd(), 5);
    engine_->follow(key("cdn.example.net"));
    engine_->follow(key("refused.example"));  // NSD has no such zone
    ASSERT_TRUE(wait(5, [&] { return engine_->totals().failures >= 2; }));
    const AliasTotals& totals = engine_->totals();
    const std::uint64_t failures = totals.failures;
    EXPECT_EQ(totals.changes, 1U);
    EXPECT_GE(totals.resolutions, 3U);
    engine_->unfollow(key("cdn.example.net"));
    engine_->unfollow(key("refused.example"));
    EXPECT_EQ(totals.changes, 1U);
    EXPECT_EQ(totals.failures, failures);
    EXPECT_GE(totals.resolutions, 3U);
}

TEST_F(EngineTest, CountsWhatIsFollowedNow) {
    test::RealUpstreams upstreams("cdn 1 A 192.0.2.1\n");
    start(upstreams.unbound(), 1);
    const AliasCounts& counts = engine_->counts();
    engine_->follow(key("cdn.example.net"));
    engine_->follow(key("cdn.example.net"));
    EXPECT_EQ(counts.targets, 1U);
    EXPECT_EQ(counts.resolved, 0U);
    ASSERT_TRUE(wait(20, [&] { return counts.resolved == 1; }));
    EXPECT_EQ(counts.failing, 0U);
    upstreams.kill_unbound();
    ASSERT_TRUE(wait(20, [&] { return counts.failing == 1 && counts.stale == 1; }));
    EXPECT_EQ(counts.resolved, 1U);
    upstreams.start_unbound();
    ASSERT_TRUE(wait(20, [&] { return counts.failing == 0 && counts.stale == 0; }));
    engine_->unfollow(key("cdn.example.net"));
    engine_->unfollow(key("cdn.example.net"));
    EXPECT_EQ(counts.targets, 0U);
    EXPECT_EQ(counts.resolved, 0U);
}

TEST_F(EngineTest, VisitsWhatIsFollowedInOrder) {
    start(test::at_port(9), 5);
    engine_->follow(key("b.example"));
    engine_->follow(key("a.example", wire::RrType::aaaa));
    engine_->follow(key("a.example"));
    std::vector<TargetKey> seen;
    engine_->for_each([&](const TargetState& state) { seen.push_back(state.key); });
    EXPECT_EQ(seen, (std::vector{key("a.example"), key("a.example", wire::RrType::aaaa),
                                 key("b.example")}));
}

TEST_F(EngineTest, OnChangeMayUnfollow) {
    test::RealUpstreams upstreams("cdn A 192.0.2.1\n");
    const TargetKey target = key("cdn.example.net");
    bool called = false;
    make_engine(ResolverConfig{{upstreams.nsd()}}, AliasConfig{}, [&](const TargetKey& changed) {
        called = true;
        engine_->unfollow(changed);
    });
    engine_->follow(target);
    EXPECT_TRUE(wait(20, [&] { return called; }));
    EXPECT_EQ(engine_->find(target), nullptr);
}

TEST_F(EngineTest, AnAnswerMayComeAfterUnfollow) {
    test::RealUpstreams upstreams("cdn A 192.0.2.1\nother A 192.0.2.2\n");
    start(upstreams.nsd(), 5);
    engine_->follow(key("cdn.example.net"));
    engine_->follow(key("other.example.net"));
    event_base_loop(base_.get(), EVLOOP_ONCE);
    engine_->unfollow(key("cdn.example.net"));
    EXPECT_TRUE(wait(20, [&] { return changes_.size() == 1; }));
    wait(0.2, [] { return false; });
    EXPECT_EQ(changes_.count(key("cdn.example.net")), 0U);
}

TEST_F(EngineTest, LeavingWithResolutionsUnderWayCallsNothingBack) {
    test::SilentServer silent;
    start(silent.address(), 5);
    for (int i = 0; i < 50; ++i) engine_->follow(key("n" + std::to_string(i) + ".example"));
    EXPECT_TRUE(wait(2, [&] { return silent.names_asked() == 50; }));
    for (int i = 0; i < 25; ++i) engine_->unfollow(key("n" + std::to_string(i) + ".example"));
    wait(0.5, [] { return false; });
    engine_.reset();
    wait(0.2, [] { return false; });
    EXPECT_TRUE(changes_.empty());
}

}  // namespace
}  // namespace apex::control
