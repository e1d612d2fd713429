// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The store on a loop, with the threads of the daemon.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <thread>

#include "control/alias/event_loop.hh"
#include "control/alias/store.hh"
#include "control/alias/store_file.hh"
#include "control/publish/background.hh"
#include "tests/unit/control/alias/real_upstreams.hh"
#include "tests/unit/control/alias/store_fixture.hh"
#include "tests/unit/control/telemetry/captured_log.hh"

namespace apex::control::test {

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
                    while (stuck_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
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
        return run_until(base_.get(), seconds, is_done);
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

    CapturedLog log_;
    Folder folder_;
    StoreLimits limits_{.patience = std::chrono::seconds(5),
                        .look_every = std::chrono::milliseconds(50),
                        .confirm_every = std::chrono::milliseconds(100)};
    EventLoop base_ = make_event_loop();
    std::atomic<bool> stuck_ = false;
    std::map<TargetKey, StoredSet> published_;
    std::unique_ptr<AliasStore> store_;
    std::unique_ptr<Background> writer_;
};

}  // namespace apex::control::test
