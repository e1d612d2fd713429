// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The store on a loop, with the threads of the daemon: what it promises to those who
// publish, on a disk that works, fails, comes back, or does not answer.
#include "control/alias/store.hh"

#include <event2/event.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "control/alias/event_loop.hh"
#include "control/alias/store_file.hh"
#include "control/publish/background.hh"
#include "tests/unit/control/alias/real_upstreams.hh"
#include "tests/unit/control/alias/store_fixture.hh"
#include "tests/unit/control/telemetry/captured_log.hh"

namespace apex::control {
namespace {

using namespace std::chrono_literals;
using test::expect_same;
using test::store_key;
using test::stored_set;
using testing::HasSubstr;

class AliasStoreTest : public testing::Test {
  protected:
    AliasStoreTest() { start(); }
    ~AliasStoreTest() override { stop(); }

    void start() {
        store_ = std::make_unique<AliasStore>(base_.get(), state(), limits_);
        store_->set_published([this](const std::optional<TargetKey>& after, std::size_t most) {
            std::vector<StoredSet> sets;
            auto next = after ? published_.upper_bound(*after) : published_.begin();
            for (; next != published_.end() && sets.size() < most; ++next) {
                sets.push_back(next->second);
            }
            return sets;
        });
        store_->open();
        writer_ = std::make_unique<Background>(base_.get());
        writer_->start();
        const auto run = [this](std::function<void()> job, std::function<void(Result<void>)> then) {
            writer_->run(
                [this, job = std::move(job)] {
                    job();
                    // What has the disk done when its answer is slow to come?
                    while (stuck_) std::this_thread::sleep_for(1ms);
                },
                std::move(then));
        };
        store_->start(run, run);
    }
    /// In the order of the daemon's end.
    void stop() {
        stuck_ = false;
        writer_.reset();
        store_.reset();
    }
    std::filesystem::path state() const { return folder_.path() / "state"; }
    std::filesystem::path file() const { return state() / "alias.db"; }

    /// As the engine does: published when it is on disk, or cannot be.
    void publish(const StoredSet& stored) {
        const auto publish_now = [this, stored] {
            published_.insert_or_assign(stored.key, stored);
        };
        if (store_->write(stored, publish_now) == 0) publish_now();
    }
    bool publish_and_wait(const StoredSet& stored) {
        publish(stored);
        return wait(3, [&] {
            const auto found = published_.find(stored.key);
            return found != published_.end() && found->second.set.addresses == stored.set.addresses;
        });
    }
    bool wait(double seconds, const std::function<bool()>& is_done) {
        return test::run_until(base_.get(), seconds, is_done);
    }
    bool becomes_well() {
        return wait(5, [&] { return store_->status().trouble.empty(); });
    }
    /// What a restart would find.
    static std::map<TargetKey, StoredSet> on_disk(const std::filesystem::path& file) {
        std::map<TargetKey, StoredSet> sets;
        auto opened = StoreFile::open(file);
        if (!opened) return sets;
        for (StoredSet& stored : opened->sets) sets.emplace(stored.key, stored);
        return sets;
    }
    std::map<TargetKey, StoredSet> on_disk() const { return on_disk(file()); }
    std::size_t lines_with(const std::string& part) const {
        std::size_t count = 0;
        for (const std::string& line : log_.lines()) count += line.find(part) != line.npos ? 1 : 0;
        return count;
    }

    test::CapturedLog log_;
    test::Folder folder_;
    StoreLimits limits_{.patience = 5s, .look_every = 50ms, .confirm_every = 100ms};
    EventLoop base_ = make_event_loop();
    std::atomic<bool> stuck_ = false;
    std::map<TargetKey, StoredSet> published_;
    std::unique_ptr<AliasStore> store_;
    std::unique_ptr<Background> writer_;
};

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

TEST_F(AliasStoreTest, ADatabaseDeletedWhileRunningComesBackWithAllThatIsPublished) {
    for (int n = 0; n < 600; ++n) publish(stored_set("n" + std::to_string(n)));
    ASSERT_TRUE(wait(3, [&] { return published_.size() == 600; }));
    store_->leave(stored_set("left.example"));
    std::filesystem::remove_all(state());
    // Found out without anything to publish.
    ASSERT_TRUE(wait(3, [&] { return !store_->status().trouble.empty(); }));
    EXPECT_THAT(store_->status().trouble, HasSubstr("was deleted or replaced while in use"));
    ASSERT_TRUE(becomes_well());
    EXPECT_EQ(on_disk().size(), 601U);
    EXPECT_EQ(lines_with("error alias store: " + file().string() + ": was deleted"), 1U);
    EXPECT_EQ(lines_with("every ALIAS set is on disk again"), 1U);
}

TEST_F(AliasStoreTest, ASetThatAZoneTakesWhileAllAreWrittenAnewIsAmongThem) {
    stop();
    store_ = std::make_unique<AliasStore>(base_.get(), state(), limits_);
    store_->open();
    std::optional<StoredSet> followed;
    store_->set_published([&](const std::optional<TargetKey>& after, std::size_t) {
        std::vector<StoredSet> sets;
        if (followed && (!after || *after < followed->key)) sets.push_back(*followed);
        return sets;
    });
    for (int n = 0; n < 200; ++n) store_->leave(stored_set("n" + std::to_string(n)));
    // Once some of those that nobody follows are in the new file, and not the last of them.
    const auto run = [&](const std::function<void()>& job,
                         const std::function<void(Result<void>)>& then) {
        job();
        if (!followed && on_disk().size() == 64) followed = store_->take(store_key("n99"));
        then({});
    };
    store_->start(run, run);
    std::filesystem::remove(file());
    ASSERT_TRUE(wait(3, [&] { return lines_with("was deleted or replaced") == 1; }));
    ASSERT_TRUE(becomes_well());
    ASSERT_TRUE(followed);
    EXPECT_EQ(on_disk().size(), 200U);
}

TEST_F(AliasStoreTest, WhileTheDiskFailsSetsArePublishedAllTheSame) {
    ASSERT_TRUE(publish_and_wait(stored_set("a.example", 1)));
    std::filesystem::remove_all(state());
    std::ofstream(state()) << "in the way";
    for (char n = 2; n < 10; ++n) {
        ASSERT_TRUE(publish_and_wait(stored_set("a.example", n)));
        wait(0.1, [] { return false; });
    }
    EXPECT_THAT(store_->status().trouble, HasSubstr("cannot be made"));
    EXPECT_GE(store_->status().failures, 2U);
    EXPECT_GE(store_->status().unwritten, 5U);
    EXPECT_EQ(lines_with("error"), 1U) << "said once";
    std::filesystem::remove(state());
    ASSERT_TRUE(becomes_well());
    expect_same(on_disk().at(store_key("a.example")), stored_set("a.example", 9));
    EXPECT_EQ(lines_with("every ALIAS set is on disk again"), 1U);
}

TEST_F(AliasStoreTest, AFileThatCannotBeOpenedAtTheStartIsTriedAgain) {
    stop();
    std::filesystem::remove_all(state());
    std::ofstream(state()) << "in the way";
    start();
    EXPECT_NE(store_->status().trouble, "");
    ASSERT_TRUE(publish_and_wait(stored_set("a.example")));
    std::filesystem::remove(state());
    ASSERT_TRUE(becomes_well());
    EXPECT_EQ(on_disk().size(), 1U);
}

TEST_F(AliasStoreTest, AFullDiskIsTroubleUntilThereIsRoom) {
    stop();
    ASSERT_EQ(std::filesystem::remove_all(state()) > 0, true);
    ASSERT_TRUE(folder_.become_disk(1 << 20)) << "needs root";
    start();
    ASSERT_TRUE(publish_and_wait(stored_set("first.example")));
    const auto ballast = folder_.path() / "ballast";
    std::ofstream(ballast) << std::string(2 << 20, 'x');
    for (int n = 0; n < 200 && store_->status().trouble.empty(); ++n) {
        ASSERT_TRUE(publish_and_wait(stored_set("n" + std::to_string(n))));
    }
    EXPECT_THAT(store_->status().trouble,
                testing::AnyOf(HasSubstr("full"), HasSubstr("No space left"), HasSubstr("I/O")));
    ASSERT_TRUE(publish_and_wait(stored_set("last.example")));
    wait(0.5, [] { return false; });
    EXPECT_EQ(lines_with("error"), 1U);
    std::filesystem::remove(ballast);
    ASSERT_TRUE(becomes_well());
    EXPECT_EQ(on_disk().size(), published_.size());
    EXPECT_EQ(lines_with("every ALIAS set is on disk again"), 1U);
    stop();
}

TEST_F(AliasStoreTest, AStartOnAFullDiskHasTheSetsAllTheSame) {
    stop();
    std::filesystem::remove_all(state());
    ASSERT_TRUE(folder_.become_disk(1 << 20)) << "needs root";
    start();
    ASSERT_TRUE(publish_and_wait(stored_set("a.example")));
    stop();
    const auto ballast = folder_.path() / "ballast";
    std::ofstream(ballast) << std::string(2 << 20, 'x');
    start();
    EXPECT_NE(store_->status().trouble, "");
    EXPECT_TRUE(store_->take(store_key("a.example")));
    std::filesystem::remove(ballast);
    ASSERT_TRUE(becomes_well());
    stop();
}

TEST_F(AliasStoreTest, ADiskThatDoesNotAnswerHoldsUpAPublicationForAMomentOnly) {
    stop();
    limits_.patience = 300ms;
    start();
    stuck_ = true;
    const auto begun = std::chrono::steady_clock::now();
    ASSERT_TRUE(publish_and_wait(stored_set("a.example")));
    EXPECT_GE(std::chrono::steady_clock::now() - begun, 250ms);
    EXPECT_THAT(store_->status().trouble, HasSubstr("the disk has not answered for 300 ms"));
    ASSERT_TRUE(publish_and_wait(stored_set("b.example")));
    EXPECT_EQ(store_->status().unwritten, 2U);
    stuck_ = false;
    ASSERT_TRUE(becomes_well());
    EXPECT_EQ(on_disk().size(), 2U);
}

TEST_F(AliasStoreTest, ADamagedFileIsSetAsideWithALine) {
    stop();
    std::ofstream(file()) << std::string(5000, 'x');
    start();
    EXPECT_EQ(lines_with("warning alias store: " + file().string() + ": damaged"), 1U);
    EXPECT_EQ(store_->status().trouble, "");
    ASSERT_TRUE(publish_and_wait(stored_set("a.example")));
    EXPECT_EQ(on_disk().size(), 1U);
}

TEST_F(AliasStoreTest, ALongLogIsBroughtIntoTheFile) {
    int left = 4000;
    std::function<void()> next = [&] {
        if (--left > 0) store_->write(stored_set("a.example", static_cast<char>(left)), next);
    };
    next();
    ASSERT_TRUE(wait(60, [&] { return left == 0; }));
    wait(0.3, [] { return false; });
    EXPECT_LT(std::filesystem::file_size(file().string() + "-wal"), 12U << 20);
    EXPECT_EQ(store_->status().trouble, "");
}

TEST_F(AliasStoreTest, TheLogBeginsAnewWhileSetsAreConfirmed) {
    constexpr int count = 3000;
    stop();
    limits_ = {.patience = 5s, .look_every = 10ms, .confirm_every = 0ms};
    start();
    Background helper(base_.get());
    helper.start();
    const auto on = [](Background& thread) {
        return [&thread](std::function<void()> job, std::function<void(Result<void>)> then) {
            thread.run(std::move(job), std::move(then));
        };
    };
    store_->start(on(*writer_), on(helper));
    std::vector<TargetKey> keys;
    for (int n = 0; n < count; ++n) keys.push_back(store_key("n" + std::to_string(n)));
    int left = count;
    for (int n = 0; n < count; ++n) {
        store_->write(stored_set("n" + std::to_string(n)), [&left] { --left; });
    }
    ASSERT_TRUE(wait(30, [&] { return left == 0; }));
    for (int round = 0; round < 80; ++round) {
        const std::chrono::system_clock::time_point at{std::chrono::hours(round)};
        for (const TargetKey& key : keys) store_->confirm(key, at);
        wait(0.05, [] { return false; });
    }
    // Three times what one checkpoint waits for; all that was written is more than that again.
    EXPECT_LT(std::filesystem::file_size(file().string() + "-wal"), 12U << 20);
    EXPECT_EQ(store_->status().trouble, "");
}

TEST_F(AliasStoreTest, ACheckpointOfAFileThatWasReplacedIsNoTrouble) {
    std::function<void(Result<void>)> end_checkpoint;
    store_->start(
        [this](std::function<void()> job, std::function<void(Result<void>)> then) {
            writer_->run(std::move(job), std::move(then));
        },
        [&](const std::function<void()>&, std::function<void(Result<void>)> then) {
            end_checkpoint = std::move(then);
        });
    std::function<void()> next = [&] {
        if (!end_checkpoint) store_->write(stored_set("a.example"), next);
    };
    next();
    ASSERT_TRUE(wait(60, [&] { return end_checkpoint != nullptr; }));
    std::filesystem::remove_all(state());
    ASSERT_TRUE(wait(3, [&] { return !store_->status().trouble.empty(); }));
    ASSERT_TRUE(becomes_well());
    end_checkpoint(fail("the old disk is full"));
    EXPECT_EQ(store_->status().trouble, "");
}

}  // namespace
}  // namespace apex::control
