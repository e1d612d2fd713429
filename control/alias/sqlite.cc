// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Implements sqlite.hh.
#include "control/alias/sqlite.hh"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace apex::control {

namespace {

// An operator with the database open holds a write up for so long at most.
constexpr int busy_milliseconds = 300;

}  // namespace

int connect(const std::filesystem::path& path, SqlitePtr<sqlite3>& connection) {
    sqlite3* made = nullptr;
    const int status =
        sqlite3_open_v2(path.c_str(), &made,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    connection.reset(made);
    if (status != SQLITE_OK) return status;
    sqlite3_extended_result_codes(made, 1);
    sqlite3_busy_timeout(made, busy_milliseconds);
    // Ours is a plain table: no code of a file's own, no wrong pages believed.
    sqlite3_db_config(made, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(made, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    return execute(made,
                   "PRAGMA cell_size_check = ON;"
                   "PRAGMA journal_mode = WAL;"
                   "PRAGMA synchronous = NORMAL;"
                   // Cut only when something had kept it from beginning anew for long: to
                   // cut takes time.
                   "PRAGMA journal_size_limit = 67108864;"
                   "PRAGMA wal_autocheckpoint = 0");
}

int execute(sqlite3* connection, const char* sql) {
    return sqlite3_exec(connection, sql, nullptr, nullptr, nullptr);
}

Error sqlite_error(int status, sqlite3* connection, const std::filesystem::path& path) {
    const bool is_latest = connection != nullptr && sqlite3_extended_errcode(connection) == status;
    std::string message = is_latest ? sqlite3_errmsg(connection) : sqlite3_errstr(status);
    int number = connection != nullptr ? sqlite3_system_errno(connection) : 0;
    const int kind = status & 0xff;
    // After a refusal to write SQLite tries to read, and tells of that.
    if (kind == SQLITE_CANTOPEN && access(path.parent_path().c_str(), W_OK) != 0) number = errno;
    if ((kind == SQLITE_CANTOPEN || kind == SQLITE_IOERR) && number != 0) {
        message += ", " + std::generic_category().message(number);
    }
    return {message, path.string()};
}

}  // namespace apex::control
