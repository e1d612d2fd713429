// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What the store promises to those who publish, on a disk that works.
#include <gtest/gtest.h>

#include "tests/unit/control/alias/store_on_loop.hh"

namespace apex::control {
namespace {

using namespace std::chrono_literals;
using test::AliasStoreTest;
using test::expect_same;
using test::store_key;
using test::stored_set;

TEST_F(AliasStoreTest, ASetIsOnDiskBeforeItIsPublished) {
    const StoredSet cdn = stored_set("cdn.example.net");
    std::map<TargetKey, StoredSet> found;
    EXPECT_NE(store_->write(cdn, [&] { found = on_disk(); }), 0U);
    EXPECT_TRUE(found.empty()) << "never from within the call";
    ASSERT_TRUE(wait(3, [&] { return !found.empty(); }));
    expect_same(found.at(cdn.key), cdn);
    EXPECT_EQ(store_->status().written, 1U);
    EXPECT_EQ(store_->status().unwritten, 0U);
}

TEST_F(AliasStoreTest, WhatComesMeanwhileGoesInOneTransaction) {
    std::size_t transactions = 0;
    stop();
    store_ = std::make_unique<AliasStore>(base_.get(), state(), StoreLimits{});
    store_->open();
    std::vector<std::function<void()>> jobs, thens;
    const auto run = [&](std::function<void()> job, std::function<void(Result<void>)> then) {
        ++transactions;
        jobs.push_back(std::move(job));
        thens.push_back([then = std::move(then)] { then({}); });
    };
    store_->start(run, run);
    std::size_t done = 0;
    for (int n = 0; n < 2001; ++n) {
        store_->write(stored_set("n" + std::to_string(n)), [&] { ++done; });
    }
    for (std::size_t n = 0; n < jobs.size(); ++n) {
        jobs[n]();
        thens[n]();
    }
    EXPECT_EQ(done, 2001U);
    EXPECT_EQ(transactions, 2U) << "the first one, and what came meanwhile";
    store_.reset();
    EXPECT_EQ(on_disk().size(), 2001U);
}

// Else the disk would seem to hang when many sets come at once.
TEST_F(AliasStoreTest, ATransactionIsBounded) {
    stop();
    store_ = std::make_unique<AliasStore>(base_.get(), state(), StoreLimits{.patience = 60s});
    store_->open();
    std::size_t done = 0, transactions = 0;
    const auto run = [&](const std::function<void()>& job,
                         const std::function<void(Result<void>)>& then) {
        ++transactions;
        job();
        then({});
    };
    for (int n = 0; n < 10'000; ++n) {
        store_->write(stored_set("n" + std::to_string(n)), [&] { ++done; });
    }
    store_->start(run, run);
    ASSERT_TRUE(wait(60, [&] { return done == 10'000; }));
    EXPECT_GE(transactions, 5U) << "2,000 sets each at most";
    EXPECT_EQ(store_->status().failures, 0U);
    EXPECT_EQ(store_->status().written, 10'000U);
}

TEST_F(AliasStoreTest, WhoGaveUpIsNotCalled) {
    bool called = false;
    store_->cancel(store_->write(stored_set("a.example"), [&] { called = true; }));
    ASSERT_TRUE(publish_and_wait(stored_set("b.example")));
    EXPECT_FALSE(called);
}

TEST_F(AliasStoreTest, AFollowedTargetFindsItsSetOnceAfterARestart) {
    ASSERT_TRUE(publish_and_wait(stored_set("cdn.example.net", 9)));
    stop();
    start();
    EXPECT_EQ(store_->status().unfollowed, 1U);
    const auto stored = store_->take(store_key("cdn.example.net"));
    ASSERT_TRUE(stored);
    expect_same(*stored, stored_set("cdn.example.net", 9));
    EXPECT_FALSE(store_->take(store_key("cdn.example.net")));
    EXPECT_FALSE(store_->take(store_key("cdn.example.net", wire::RrType::aaaa)));
    EXPECT_EQ(lines_with("1 sets found"), 1U);
}

TEST_F(AliasStoreTest, AnUnchangedSetIsConfirmedSomeTimeLater) {
    StoredSet cdn = stored_set("cdn.example.net");
    ASSERT_TRUE(publish_and_wait(cdn));
    cdn.set.resolved_at += 500s;
    store_->confirm(cdn.key, cdn.set.resolved_at);
    EXPECT_TRUE(
        wait(3, [&] { return on_disk().at(cdn.key).set.resolved_at == cdn.set.resolved_at; }));
    cdn.set.resolved_at += 500s;
    store_->confirm(cdn.key, cdn.set.resolved_at);
    stop();
    EXPECT_EQ(on_disk().at(cdn.key).set.resolved_at, cdn.set.resolved_at) << "and at the end";
}

TEST_F(AliasStoreTest, APublicationGoesBetweenPortionsOfConfirmations) {
    stop();
    // A second look does not come while a slow disk is busy with the first.
    store_ = std::make_unique<AliasStore>(base_.get(), state(),
                                          StoreLimits{.look_every = 1s, .confirm_every = 0ms});
    store_->open();
    const auto now = std::chrono::system_clock::now();
    for (int n = 0; n < 640; ++n) store_->confirm(store_key("n" + std::to_string(n)), now);
    std::size_t transactions = 0, done_at = 0;
    const auto run = [&](const std::function<void()>& job,
                         const std::function<void(Result<void>)>& then) {
        job();
        if (++transactions == 3)
            store_->write(stored_set("a.example"), [&] { done_at = transactions; });
        then({});
    };
    store_->start(run, run);
    ASSERT_TRUE(wait(5, [&] { return transactions > 0; }));
    EXPECT_EQ(transactions, 12U) << "ten of 64 rows, the publication, a look at the file";
    EXPECT_EQ(done_at, 4U);
}

TEST_F(AliasStoreTest, ATargetThatIsLeftAndFollowedAgainFindsItsSet) {
    StoredSet recent = stored_set("cdn.example.net");
    recent.set.resolved_at = std::chrono::system_clock::now();
    store_->leave(recent);
    EXPECT_EQ(store_->status().unfollowed, 1U);
    ASSERT_TRUE(store_->take(recent.key));
    EXPECT_EQ(store_->status().unfollowed, 0U);
}

TEST_F(AliasStoreTest, TheOldestOfTooManyUnfollowedSetsGo) {
    stop();
    limits_.most_unfollowed = 80;
    start();
    const auto now = std::chrono::system_clock::now();
    for (int n = 0; n < 100; ++n) {
        StoredSet stored = stored_set("n" + std::to_string(n));
        stored.set.resolved_at = now - std::chrono::seconds(n);
        ASSERT_TRUE(publish_and_wait(stored));
        store_->leave(stored);
    }
    EXPECT_EQ(on_disk().size(), 100U);
    StoredSet too_old = stored_set("old");
    too_old.set.resolved_at = now - 100h;
    ASSERT_TRUE(publish_and_wait(too_old));
    store_->leave(too_old);
    EXPECT_EQ(store_->status().unfollowed, 80U);
    EXPECT_FALSE(store_->take(store_key("old")));
    EXPECT_FALSE(store_->take(store_key("n80")));
    EXPECT_TRUE(store_->take(store_key("n79")));
    EXPECT_TRUE(wait(3, [&] { return on_disk().size() == 80; }));
}

TEST_F(AliasStoreTest, WithoutAFolderNothingIsKept) {
    stop();
    store_ = std::make_unique<AliasStore>(base_.get(), "");
    store_->open();
    EXPECT_EQ(store_->write(stored_set("a.example"), [] {}), 0U);
    store_->leave(stored_set("a.example"));
    EXPECT_FALSE(store_->take(store_key("a.example")));
    EXPECT_EQ(store_->status().unwritten, 0U);
    EXPECT_EQ(store_->status().trouble, "");
}

}  // namespace
}  // namespace apex::control
