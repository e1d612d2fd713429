// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Keeps the last good sets over restarts. What is published was written before; the
// control loop never waits for the disk, the publication does. When the disk fails,
// publishing goes on without it, and when it is well again all that is published is
// written anew. Between the engine on the control loop, whose thread every member is
// for, and the file, which is touched on a writer thread only.
//
// A set that nobody follows any more is kept for a while, for a zone that comes back.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/alias/stored_set.hh"
#include "control/error.hh"

struct event_base;

namespace apex::control {

/// The values are fixed; only tests set others.
struct StoreLimits {
    /// A publication waits for the disk so long at most.
    std::chrono::milliseconds patience{1000};
    /// How often the file is looked at, and tried again when it fails.
    std::chrono::milliseconds look_every{5000};
    /// Between two notes that sets were found unchanged: their age after a restart is
    /// wrong by so much.
    std::chrono::milliseconds confirm_every{60'000};
    /// Since its last resolution, for a set that nobody follows.
    std::chrono::hours keep_unfollowed{72};
    std::size_t most_unfollowed = 50'000;
};

struct StoreStatus {
    std::filesystem::path file;   ///< empty: nothing is kept on disk
    std::string trouble;          ///< why sets are not written; empty: they are
    std::uint64_t written = 0;    ///< sets, before they were published
    std::uint64_t unwritten = 0;  ///< sets published without being on disk
    std::uint64_t failures = 0;   ///< transactions and attempts to open the file
    std::size_t unfollowed = 0;   ///< sets kept of targets that nobody follows
};

class AliasStore {
  public:
    using Id = std::uint64_t;
    using Done = std::function<void()>;
    /// Runs a job on another thread, one after another, and then the second on the loop,
    /// with an error when the job threw.
    using Run = std::function<void(std::function<void()>, std::function<void(Result<void>)>)>;
    /// The published sets of targets behind a key (none: from the first one on), in the
    /// order of the keys, at most so many.
    using Published =
        std::function<std::vector<StoredSet>(const std::optional<TargetKey>&, std::size_t)>;

    /// Of the sets in `folder`; without one nothing is kept. `base` must outlive the object.
    AliasStore(event_base* base, const std::filesystem::path& folder, StoreLimits limits = {});
    /// Writes what is left to write. No job may be under way any more.
    ~AliasStore();
    AliasStore(const AliasStore&) = delete;
    AliasStore& operator=(const AliasStore&) = delete;

    /// Reads the file, before the first target is followed; blocks. A file that cannot be
    /// used costs the sets, never the start: that is logged, and tried again.
    void open();
    /// From now on sets are written: on `writer`, whose thread is for nothing else.
    /// `helper` may be shared; it is given work that nobody waits for.
    void start(Run writer, Run helper);
    /// Where the published sets are, to write all of them anew; empty: nowhere.
    void set_published(Published published);

    /// What is stored of a target that is followed from now on.
    std::optional<StoredSet> take(const TargetKey& key);
    /// Nobody follows it any more.
    void leave(StoredSet stored);

    /// Writes a set that is about to be published. `done` is called on a later turn of
    /// the loop, once: when it is on disk, or when the disk turns out to fail. 0: the disk
    /// is known to fail (or there is none), `done` is not called, publish at once.
    Id write(StoredSet stored, Done done);
    /// `done` is not called any more. The set may be written all the same.
    void cancel(Id id);
    /// The stored set was found unchanged. Written some time later.
    void confirm(const TargetKey& key, std::chrono::system_clock::time_point resolved_at);

    const StoreStatus& status() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apex::control
