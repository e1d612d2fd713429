// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The same on a disk that fails, comes back, fills up or does not answer, and what keeps the
// log short.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/unit/control/alias/store_on_loop.hh"

namespace apex::control {
namespace {

using namespace std::chrono_literals;
using test::AliasStoreTest;
using test::expect_same;
using test::store_key;
using test::stored_set;
using testing::HasSubstr;

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
