// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The file that last good sets are kept in, an SQLite database in WAL mode: what is
// committed survives the end of the process, however it comes. Every call may wait for
// the disk, so none is for the control loop's thread once that serves.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "control/alias/stored_set.hh"
#include "control/error.hh"

namespace apex::control {

class StoreFile {
  public:
    struct Opened;
    /// What one transaction changes, in this order.
    struct Batch {
        std::vector<TargetKey> gone;
        std::vector<StoredSet> sets;
        /// Sets that were found unchanged, and when.
        std::vector<std::pair<TargetKey, std::chrono::system_clock::time_point>> confirmed;
    };

    /// Opens `path`, or begins it, with its folder. A file that is damaged, or that is not
    /// ours to understand, is set aside under another name and a new one begun. The error
    /// says why there can be no file at all.
    static Result<Opened> open(const std::filesystem::path& path);

    /// The sets in a file that cannot be opened, since its disk is full or read-only: SQLite
    /// has to write in order to read. What can be read of a copy in memory; maybe nothing.
    static std::vector<StoredSet> read_copy(const std::filesystem::path& path);

    ~StoreFile();
    StoreFile(const StoreFile&) = delete;
    StoreFile& operator=(const StoreFile&) = delete;

    /// One transaction; where the log is 64 MiB long, a checkpoint, too. After an error nothing
    /// of it counts, and the object is of no more use. An error too when the file is no longer
    /// at its path, where a restart looks.
    Result<void> write(const Batch& batch);

    /// The log of what was committed has grown so long that it should go into the file.
    bool wants_checkpoint() const;
    /// Does that; waits for the disk to have it, and holds up no write() of another thread. The
    /// log begins anew with the next commit if there was none meanwhile.
    Result<void> checkpoint();

    /// Lets go of the file, after the checkpoint that may be under way. The object is of no
    /// more use; checkpoint() then does nothing.
    void close();

  private:
    struct Impl;
    explicit StoreFile(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

struct StoreFile::Opened {
    std::unique_ptr<StoreFile> file;
    std::vector<StoredSet> sets;
    std::vector<Error> warnings;  ///< what was set aside or left out
};

}  // namespace apex::control
