// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The engine with a store: what is published is on disk, and found there after a restart.
#include <gtest/gtest.h>

#include "control/alias/engine.hh"
#include "control/alias/store_file.hh"
#include "control/publish/background.hh"
#include "tests/unit/control/alias/engine_fixture.hh"
#include "tests/unit/control/alias/store_fixture.hh"

namespace apex::control {
namespace {

using test::address;
using test::EngineTest;
using test::key;

/// An engine with a store, and the threads of the daemon.
class StoredEngineTest : public EngineTest {
  protected:
    ~StoredEngineTest() override { stop(); }
    void start_stored(const Upstream& forwarder) {
        store_ = std::make_unique<AliasStore>(base_.get(), folder_.path(), limits_);
        store_->open();
        make_engine(
            ResolverConfig{{forwarder}}, AliasConfig{.policy = {.ttl_min = {1}}},
            [this](const TargetKey& changed) { published(changed); },
            [this](const TargetState& state) { told_.push_back(state.failures); }, store_.get());
        writer_ = std::make_unique<Background>(base_.get());
        writer_->start();
        const auto run = [this](std::function<void()> job, std::function<void(Result<void>)> then) {
            writer_->run(std::move(job), std::move(then));
        };
        store_->start(run, run);
    }
    void stop() {
        writer_.reset();
        engine_.reset();
        store_.reset();
    }
    /// Followed from now on, its first set is.
    bool publishes(const TargetKey& target) {
        engine_->follow(target);
        return wait(5, [&] { return changes_[target] == 1; });
    }
    /// Every time, what is on disk is what is published.
    void published(const TargetKey& changed) {
        ++changes_[changed];
        if (is_disk_gone_) return;
        const auto opened = StoreFile::open(folder_.file());
        ASSERT_TRUE(opened);
        for (const StoredSet& stored : opened->sets) {
            if (stored.key != changed) continue;
            test::expect_same(stored, {changed, *engine_->find(changed)->last_good,
                                       engine_->find(changed)->learned_ttl});
            ++changes_on_disk_[changed];
        }
    }

    test::Folder folder_;
    StoreLimits limits_{.look_every = std::chrono::milliseconds(50)};
    std::unique_ptr<AliasStore> store_;
    std::unique_ptr<Background> writer_;
    std::map<TargetKey, int> changes_on_disk_;
    std::vector<std::uint32_t> told_;
    bool is_disk_gone_ = false;
};

TEST_F(StoredEngineTest, WhatIsPublishedWasWrittenBefore) {
    test::RealUpstreams upstreams("cdn 1 A 192.0.2.1\n");
    const TargetKey cdn = key("cdn.example.net");
    start_stored(upstreams.nsd());
    ASSERT_TRUE(publishes(cdn));
    upstreams.replace_records("cdn 1 A 192.0.2.2\n");
    ASSERT_TRUE(wait(5, [&] { return changes_[cdn] == 2; }));
    upstreams.replace_records("");
    ASSERT_TRUE(wait(10, [&] { return engine_->find(cdn)->last_good->addresses.empty(); }));
    EXPECT_GE(changes_[cdn], 3) << "and stale, while it was being confirmed";
    EXPECT_EQ(changes_on_disk_[cdn], changes_[cdn]);
    EXPECT_EQ(store_->status().written, 3U);
}

TEST_F(StoredEngineTest, AnotherChainToTheSameAddressesIsAChange) {
    const std::string ends = "a 3 A 192.0.2.1\nb 3 A 192.0.2.1\n";
    test::RealUpstreams upstreams("www 3 CNAME a\n" + ends);
    const TargetKey www = key("www.example.net");
    start_stored(upstreams.nsd());
    ASSERT_TRUE(publishes(www));
    upstreams.replace_records("www 3 CNAME b\n" + ends);
    ASSERT_TRUE(wait(10, [&] { return store_->status().written == 2; }));
    ASSERT_TRUE(wait(10, [&] { return changes_[www] == 2; })) << "it may lead back to us now";
    const auto sets = StoreFile::open(folder_.file())->sets;
    ASSERT_EQ(sets.size(), 1U);
    EXPECT_EQ(sets.front().set.chain.front().next, key("b.example.net").target);
}

TEST_F(StoredEngineTest, WhatHasHappenedToATargetMeanwhileAlarmsAfterARestart) {
    test::RealUpstreams upstreams("cdn 1 A 192.0.2.1\n");
    const TargetKey cdn = key("cdn.example.net");
    start_stored(upstreams.nsd());
    ASSERT_TRUE(publishes(cdn));
    stop();
    upstreams.replace_records("cdn 1 A 192.0.2.2\n");
    start_stored(upstreams.nsd());
    engine_->follow(cdn);
    EXPECT_TRUE(engine_->alarms().alarms().empty());
    ASSERT_TRUE(wait(5, [&] { return changes_[cdn] == 2; }));
    EXPECT_TRUE(engine_->alarms().alarms().contains({cdn, AlarmKind::replaced}));
}

TEST_F(StoredEngineTest, ARestartWithoutAResolverHasEverySetAtOnce) {
    const TargetKey cdn = key("cdn.example.net");
    {
        test::RealUpstreams upstreams("cdn A 192.0.2.1\n");
        start_stored(upstreams.nsd());
        ASSERT_TRUE(publishes(cdn));
        stop();
    }
    start_stored(test::at_port(9));
    engine_->follow(cdn);
    EXPECT_TRUE(is_published(cdn, {address("192.0.2.1")})) << "before the loop has turned";
    EXPECT_TRUE(engine_->find(cdn)->restored);
    EXPECT_EQ(engine_->find(cdn)->resolutions, 1U) << "asked anew at once";
    ASSERT_TRUE(wait(10, [&] { return engine_->find(cdn)->failures > 0; }));
    EXPECT_TRUE(is_published(cdn, {address("192.0.2.1")}));
    EXPECT_EQ(changes_[cdn], engine_->find(cdn)->rung == Rung::stale ? 2 : 1);
    EXPECT_EQ(told_, std::vector<std::uint32_t>{1});
}

TEST_F(StoredEngineTest, ARestoredSetThatResolvesToTheSameIsRestoredNoMore) {
    const TargetKey cdn = key("cdn.example.net");
    test::RealUpstreams upstreams("cdn A 192.0.2.1\n");
    start_stored(upstreams.nsd());
    ASSERT_TRUE(publishes(cdn));
    stop();
    start_stored(upstreams.nsd());
    engine_->follow(cdn);
    ASSERT_TRUE(wait(5, [&] { return !engine_->find(cdn)->restored; }));
    EXPECT_EQ(changes_[cdn], 1);
    EXPECT_EQ(store_->status().written, 0U);
}

TEST_F(StoredEngineTest, ATargetThatIsFollowedAgainHasItsSetAtOnce) {
    const TargetKey cdn = key("cdn.example.net");
    test::RealUpstreams upstreams("cdn A 192.0.2.1\n");
    start_stored(upstreams.nsd());
    ASSERT_TRUE(publishes(cdn));
    engine_->unfollow(cdn);
    EXPECT_EQ(engine_->find(cdn), nullptr);
    engine_->follow(cdn);
    EXPECT_TRUE(is_published(cdn, {address("192.0.2.1")}));
}

TEST_F(StoredEngineTest, WhatIsPublishedIsWrittenAnewWhenTheFileWasDeleted) {
    const TargetKey cdn = key("cdn.example.net");
    test::RealUpstreams upstreams("cdn A 192.0.2.1\n");
    start_stored(upstreams.nsd());
    engine_->follow(cdn);
    engine_->follow(key("refused.example"));
    ASSERT_TRUE(wait(5, [&] { return changes_[cdn] == 1; }));
    is_disk_gone_ = true;
    std::filesystem::remove(folder_.file());
    ASSERT_TRUE(wait(5, [&] { return !store_->status().trouble.empty(); }));
    ASSERT_TRUE(wait(5, [&] { return store_->status().trouble.empty(); }));
    const auto sets = StoreFile::open(folder_.file())->sets;
    ASSERT_EQ(sets.size(), 1U);
    test::expect_same(sets.front(),
                      {cdn, *engine_->find(cdn)->last_good, engine_->find(cdn)->learned_ttl});
}

/// With a disk that takes its time: it has written what it was given, and says so when told.
class SlowDiskTest : public StoredEngineTest {
  protected:
    void start_slow(const Upstream& forwarder) {
        limits_.patience = limits_.look_every = std::chrono::seconds(60);
        start_stored(forwarder);
        writer_.reset();
        store_->start(
            [this](const std::function<void()>& job, std::function<void(Result<void>)> then) {
                job();
                finish_ = [then = std::move(then)] { then({}); };
            },
            {});
    }
    bool waits_for_the_disk() {
        return wait(10, [this] { return finish_ != nullptr; });
    }
    void finish() { std::exchange(finish_, nullptr)(); }

    std::function<void()> finish_;
};

TEST_F(SlowDiskTest, UnfollowingWhileItsSetIsBeingWrittenPublishesNothing) {
    const TargetKey cdn = key("cdn.example.net");
    test::RealUpstreams upstreams("cdn A 192.0.2.1\n");
    start_slow(upstreams.nsd());
    engine_->follow(cdn);
    ASSERT_TRUE(waits_for_the_disk());
    EXPECT_FALSE(engine_->find(cdn)->last_good);
    engine_->unfollow(cdn);
    finish();
    EXPECT_TRUE(changes_.empty());
}

TEST_F(SlowDiskTest, ASetThatBecameStaleMeanwhileIsPublishedAsFresh) {
    const std::string ends = "a 2 A 192.0.2.1\nb 2 A 192.0.2.1\n";
    test::RealUpstreams upstreams("www 2 CNAME a\n" + ends);
    const TargetKey www = key("www.example.net");
    start_slow(upstreams.nsd());
    engine_->follow(www);
    ASSERT_TRUE(waits_for_the_disk());
    finish();
    ASSERT_EQ(engine_->find(www)->rung, Rung::fresh);
    // What it leads to is the same, so nothing else is to be published for that.
    upstreams.replace_records("www 2 CNAME b\n" + ends);
    ASSERT_TRUE(waits_for_the_disk());
    is_disk_gone_ = true;  // it is ahead of what is published
    ASSERT_TRUE(wait(10, [&] { return engine_->find(www)->rung == Rung::stale; }));
    const int stale = changes_[www];
    finish();
    EXPECT_EQ(engine_->find(www)->rung, Rung::fresh);
    EXPECT_EQ(changes_[www], stale + 1);
}

}  // namespace
}  // namespace apex::control
