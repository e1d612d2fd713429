// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// SQLite's handles with owners, and its statuses as errors. For store_file.cc; a
// connection and its statements are for one thread at a time.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "control/error.hh"

namespace apex::control {

struct CloseSqlite {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
template <typename T>
using SqlitePtr = std::unique_ptr<T, CloseSqlite>;

/// Opens or begins a database in WAL mode; what is committed survives the process, and
/// the machine as far as a checkpoint came. Checkpoints are the caller's. An SQLite status.
int connect(const std::filesystem::path& path, SqlitePtr<sqlite3>& connection);

/// Runs SQL without results; an SQLite status.
int execute(sqlite3* connection, const char* sql);

/// In SQLite's words, with the system's where it was that.
Error sqlite_error(int status, sqlite3* connection, const std::filesystem::path& path);

/// A prepared statement; the first status that is not SQLITE_OK is kept.
class Statement {
  public:
    Statement(sqlite3* connection, const char* sql) {
        sqlite3_stmt* made = nullptr;
        status_ =
            sqlite3_prepare_v3(connection, sql, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr);
        statement_.reset(made);
    }

    /// The text must live until the statement has run.
    void bind(int index, std::string_view text) {
        keep(sqlite3_bind_text(statement_.get(), index, text.data(), static_cast<int>(text.size()),
                               SQLITE_STATIC));
    }
    void bind(int index, std::int64_t number) {
        keep(sqlite3_bind_int64(statement_.get(), index, number));
    }
    /// SQLITE_ROW, SQLITE_DONE or what is wrong.
    int step() { return status_ == SQLITE_OK ? sqlite3_step(statement_.get()) : status_; }
    /// Runs it to its end and makes it ready for the next time.
    int run() {
        const int done = step();
        sqlite3_reset(statement_.get());
        return done == SQLITE_DONE ? SQLITE_OK : done;
    }

    std::string_view text(int column) const {
        const auto* octets = sqlite3_column_text(statement_.get(), column);
        const int size = sqlite3_column_bytes(statement_.get(), column);
        return {reinterpret_cast<const char*>(octets), static_cast<std::size_t>(size)};
    }
    std::int64_t number(int column) const { return sqlite3_column_int64(statement_.get(), column); }

  private:
    void keep(int status) {
        if (status_ == SQLITE_OK) status_ = status;
    }

    SqlitePtr<sqlite3_stmt> statement_;
    int status_ = SQLITE_OK;
};

}  // namespace apex::control
