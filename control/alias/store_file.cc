// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Implements store_file.hh.
#include "control/alias/store_file.hh"

#include <spdlog/fmt/chrono.h>
#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>

#include "control/alias/address_policy.hh"
#include "control/alias/sqlite.hh"
#include "control/zone/name_text.hh"

namespace apex::control {
namespace {

using std::chrono::system_clock;

constexpr int version = 1;                 // in user_version; raised when the table changes
constexpr int pages_to_checkpoint = 1000;  // more than at the last one
constexpr int most_pages = 16'000;         // 64 MiB of log; then a write waits for a checkpoint
constexpr const char* create_table =
    "CREATE TABLE last_good ("
    "target TEXT NOT NULL, type TEXT NOT NULL, addresses TEXT NOT NULL, ttl INTEGER NOT NULL, "
    "learned_ttl INTEGER NOT NULL, chain TEXT NOT NULL, nxdomain INTEGER NOT NULL, "
    "resolver TEXT NOT NULL, resolved_at INTEGER NOT NULL, "  // seconds of Unix time
    "PRIMARY KEY (target, type)) STRICT, WITHOUT ROWID";
constexpr const char* select_all =
    "SELECT target, type, addresses, ttl, learned_ttl, chain, nxdomain, resolver, resolved_at "
    "FROM last_good";
constexpr const char* insert_set =
    "INSERT OR REPLACE INTO last_good (target, type, addresses, ttl, learned_ttl, chain, "
    "nxdomain, resolver, resolved_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
constexpr const char* confirm_set =
    "UPDATE last_good SET resolved_at = ?3 WHERE target = ?1 AND type = ?2";
constexpr const char* delete_set = "DELETE FROM last_good WHERE target = ?1 AND type = ?2";

/// Which file stands at a path.
struct FileId {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const FileId&) const = default;
};

std::optional<FileId> file_at(const std::string& path) {
    struct stat found {};
    if (stat(path.c_str(), &found) != 0) return std::nullopt;
    return FileId{found.st_dev, found.st_ino};
}

std::string with_suffix(const std::filesystem::path& path, std::string_view suffix) {
    return path.string() + std::string(suffix);
}

/// The first two parameters; `text` lives until the statement has run.
void bind_key(Statement& statement, const TargetKey& key, std::string& text) {
    text = to_text(key.target);
    statement.bind(1, text);
    statement.bind(2, address_type_text(key.type));
}

std::uint32_t ttl_from(std::int64_t number) {
    return static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(number, 0, std::numeric_limits<std::uint32_t>::max()));
}

/// The row that the statement stands at; empty when it is no set.
std::optional<StoredSet> read_row(const Statement& row) {
    auto target = parse_name(row.text(0));
    const auto type = parse_address_type(row.text(1));
    auto chain = parse_chain(row.text(5));
    if (!target || !type || !chain) return std::nullopt;
    auto addresses = parse_addresses(row.text(2), *type);
    const auto is_refused = [](const std::string& address) {
        return refused_address(address, true) != nullptr;  // private ones: for the engine to say
    };
    if (!addresses || std::ranges::any_of(*addresses, is_refused)) return std::nullopt;
    StoredSet stored{.key = {std::move(*target), *type}, .set = {}, .learned_ttl = 0};
    stored.set.addresses = std::move(*addresses);
    stored.set.ttl = ttl_from(row.number(3));
    stored.learned_ttl = std::max(ttl_from(row.number(4)), stored.set.ttl);
    stored.set.chain = std::move(*chain);
    stored.set.nxdomain = row.number(6) != 0;
    stored.set.resolver = row.text(7);
    // Within what a clock of nanoseconds can tell.
    constexpr std::int64_t latest = std::numeric_limits<std::int64_t>::max() / 1'000'000'000;
    const auto resolved_at = std::clamp<std::int64_t>(row.number(8), 0, latest);
    stored.set.resolved_at = system_clock::from_time_t(static_cast<std::time_t>(resolved_at));
    return stored;
}

/// Why a file is set aside.
struct Unusable {
    std::string suffix;
    std::string reason;
    std::string advice;
};

/// Renames the database with its log; the index of the log is of no use.
Result<Error> set_aside(const std::filesystem::path& path, const Unusable& why) {
    const std::string aside = fmt::format("{}.{}-{:%Y%m%dT%H%M%SZ}", path.string(), why.suffix,
                                          fmt::gmtime(std::time(nullptr)));
    std::error_code failed;
    std::filesystem::rename(path, aside, failed);
    if (failed) {
        return fail(why.reason + ", and it cannot be renamed: " + failed.message(), path.string());
    }
    std::error_code ignored;
    std::filesystem::rename(with_suffix(path, "-wal"), aside + "-wal", ignored);
    std::filesystem::remove(with_suffix(path, "-shm"), ignored);
    return Error{why.reason + "; it is now \"" + aside +
                     "\", and a new one was begun, in which each ALIAS target is entered when it "
                     "has been resolved anew; " +
                     why.advice,
                 path.string()};
}

bool is_damage(int status) {
    const int kind = status & 0xff;
    return kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB || kind == SQLITE_ERROR ||
           kind == SQLITE_FORMAT || kind == SQLITE_MISMATCH;
}

Unusable damaged(const Error& error) {
    return {"damaged", "damaged (" + error.message + ")",
            "delete the old one when nobody wants to look into it"};
}

Unusable of_other_version(int found) {
    return {"version-" + std::to_string(found),
            "version " + std::to_string(found) + ", expected " + std::to_string(version) +
                ", written by another apexd",
            "to go back to that apexd, stop this one and give the old one its name again"};
}

}  // namespace

struct StoreFile::Impl {
    explicit Impl(std::filesystem::path where) : path(std::move(where)) {}

    std::filesystem::path path;
    SqlitePtr<sqlite3> writer;
    /// A connection of its own, so that to checkpoint holds no write up.
    SqlitePtr<sqlite3> checkpointer;
    std::mutex checkpointing;
    std::unique_ptr<Statement> insert, confirm, remove;
    std::optional<FileId> file, log;
    std::atomic<int> log_pages = 0;
    std::atomic<int> checkpointed_pages = 0;  ///< of these, once
    int pages_to_wait = most_pages;
    std::optional<Unusable> unusable;  ///< why an open() failed that another file would not

    int open(std::vector<StoredSet>& sets, std::size_t& unreadable);

    int read_version(int& found) const;
    int begin_new();
    int read_all(std::vector<StoredSet>& sets, std::size_t& unreadable);
    int prepare();
    int apply(const Batch& batch);
    int insert_row(const StoredSet& stored);
    Error error(int status) const { return sqlite_error(status, writer.get(), path); }
};

int StoreFile::Impl::read_version(int& found) const {
    Statement pragma(writer.get(), "PRAGMA user_version");
    const int status = pragma.step();
    if (status != SQLITE_ROW) return status;
    found = static_cast<int>(pragma.number(0));
    return SQLITE_OK;
}

/// The table, in a file that has none. SQLITE_ERROR when there is another program's.
int StoreFile::Impl::begin_new() {
    Statement tables(writer.get(), "SELECT count(*) FROM sqlite_schema");
    int status = tables.step();
    if (status != SQLITE_ROW) return status;
    if (tables.number(0) != 0) return SQLITE_ERROR;
    tables.run();
    const std::string mark = "PRAGMA user_version = " + std::to_string(version);
    status = execute(writer.get(), "BEGIN IMMEDIATE");
    if (status == SQLITE_OK) status = execute(writer.get(), create_table);
    if (status == SQLITE_OK) status = execute(writer.get(), mark.c_str());
    return status == SQLITE_OK ? execute(writer.get(), "COMMIT") : status;
}

int StoreFile::Impl::read_all(std::vector<StoredSet>& sets, std::size_t& unreadable) {
    // Some damage is in no row.
    Statement check(writer.get(), "PRAGMA quick_check(1)");
    int status = check.step();
    if (status != SQLITE_ROW) return status;
    if (check.text(0) != "ok") return SQLITE_CORRUPT;
    check.run();
    Statement rows(writer.get(), select_all);
    while ((status = rows.step()) == SQLITE_ROW) {
        if (auto stored = read_row(rows)) {
            sets.push_back(std::move(*stored));
        } else {
            ++unreadable;
        }
    }
    return status == SQLITE_DONE ? SQLITE_OK : status;
}

int StoreFile::Impl::prepare() {
    insert = std::make_unique<Statement>(writer.get(), insert_set);
    confirm = std::make_unique<Statement>(writer.get(), confirm_set);
    remove = std::make_unique<Statement>(writer.get(), delete_set);
    sqlite3_wal_hook(
        writer.get(),
        [](void* self, sqlite3*, const char*, int pages) {
            Impl& impl = *static_cast<Impl*>(self);
            if (pages < impl.log_pages) impl.checkpointed_pages = 0;  // it begins anew
            impl.log_pages = pages;
            return SQLITE_OK;
        },
        this);
    file = file_at(path.string());
    log = file_at(with_suffix(path, "-wal"));
    return connect(path, checkpointer);
}

int StoreFile::Impl::insert_row(const StoredSet& stored) {
    std::string name;
    const std::string addresses = addresses_text(stored.set.addresses);
    const std::string chain = chain_text(stored.set.chain);
    bind_key(*insert, stored.key, name);
    insert->bind(3, addresses);
    insert->bind(4, stored.set.ttl);
    insert->bind(5, stored.learned_ttl);
    insert->bind(6, chain);
    insert->bind(7, stored.set.nxdomain ? 1 : 0);
    insert->bind(8, stored.set.resolver);
    insert->bind(9, system_clock::to_time_t(stored.set.resolved_at));
    return insert->run();
}

int StoreFile::Impl::apply(const Batch& batch) {
    std::string name;
    for (const TargetKey& key : batch.gone) {
        bind_key(*remove, key, name);
        if (const int status = remove->run(); status != SQLITE_OK) return status;
    }
    for (const StoredSet& stored : batch.sets) {
        if (const int status = insert_row(stored); status != SQLITE_OK) return status;
    }
    for (const auto& [key, resolved_at] : batch.confirmed) {
        bind_key(*confirm, key, name);
        confirm->bind(3, system_clock::to_time_t(resolved_at));
        if (const int status = confirm->run(); status != SQLITE_OK) return status;
    }
    return SQLITE_OK;
}

int StoreFile::Impl::open(std::vector<StoredSet>& sets, std::size_t& unreadable) {
    int found = 0;
    int status = connect(path, writer);
    if (status == SQLITE_OK) status = read_version(found);
    if (status == SQLITE_OK && found != 0 && found != version) {
        unusable = of_other_version(found);
        return SQLITE_ERROR;
    }
    if (status == SQLITE_OK && found == 0) status = begin_new();
    if (status == SQLITE_OK) status = read_all(sets, unreadable);
    if (status == SQLITE_OK) status = prepare();
    if (is_damage(status)) unusable = damaged(error(status));
    return status;
}

Result<StoreFile::Opened> StoreFile::open(const std::filesystem::path& path) {
    std::error_code failed;
    std::filesystem::create_directories(path.parent_path(), failed);
    if (failed) return fail("cannot be made: " + failed.message(), path.parent_path().string());
    Opened opened;
    std::size_t unreadable = 0;
    auto impl = std::make_unique<Impl>(path);
    int status = impl->open(opened.sets, unreadable);
    if (impl->unusable) {
        const Unusable why = *impl->unusable;
        impl.reset();  // lets go of the file
        auto aside = set_aside(path, why);
        if (!aside) return std::unexpected(std::move(aside.error()));
        opened.warnings.push_back(std::move(*aside));
        opened.sets.clear();
        unreadable = 0;
        impl = std::make_unique<Impl>(path);
        status = impl->open(opened.sets, unreadable);
    }
    if (status != SQLITE_OK) return std::unexpected(impl->error(status));
    if (unreadable > 0) {
        opened.warnings.push_back(
            {std::to_string(unreadable) +
                 " rows are no ALIAS sets and were left out; these targets are resolved anew",
             path.string()});
    }
    opened.file.reset(new StoreFile(std::move(impl)));
    return opened;
}

std::vector<StoredSet> StoreFile::read_copy(const std::filesystem::path& path) {
    std::string folder = "/dev/shm/apexd-XXXXXX";
    if (mkdtemp(folder.data()) == nullptr) return {};
    const std::filesystem::path copy = std::filesystem::path(folder) / path.filename();
    std::error_code failed;
    std::filesystem::copy_file(path, copy, failed);
    std::vector<StoredSet> sets;
    if (!failed) {
        // Without the log there is what the last checkpoint left.
        std::filesystem::copy_file(with_suffix(path, "-wal"), with_suffix(copy, "-wal"), failed);
        if (auto opened = open(copy)) sets = std::move(opened->sets);
    }
    std::filesystem::remove_all(folder, failed);
    return sets;
}

StoreFile::StoreFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StoreFile::~StoreFile() = default;

Result<void> StoreFile::write(const Batch& batch) {
    Impl& impl = *impl_;
    int status = execute(impl.writer.get(), "BEGIN IMMEDIATE");
    if (status == SQLITE_OK) status = impl.apply(batch);
    if (status == SQLITE_OK) status = execute(impl.writer.get(), "COMMIT");
    if (status != SQLITE_OK) {
        const Error error = impl.error(status);
        execute(impl.writer.get(), "ROLLBACK");
        return std::unexpected(error);
    }
    // SQLite writes on into a file that was deleted. Looked at after the commit, which is
    // then in a file that was there at that time.
    if (file_at(impl.path.string()) != impl.file ||
        file_at(with_suffix(impl.path, "-wal")) != impl.log) {
        return fail("was deleted or replaced while in use", impl.path.string());
    }
    if (impl.log_pages < impl.pages_to_wait) {
        if (impl.log_pages < most_pages) impl.pages_to_wait = most_pages;
        return {};
    }
    impl.pages_to_wait += most_pages;
    return checkpoint();
}

bool StoreFile::wants_checkpoint() const {
    return impl_->log_pages - impl_->checkpointed_pages >= pages_to_checkpoint;
}

Result<void> StoreFile::checkpoint() {
    const std::lock_guard lock(impl_->checkpointing);
    sqlite3* connection = impl_->checkpointer.get();
    if (connection == nullptr) return {};
    int done = 0;
    const int status =
        sqlite3_wal_checkpoint_v2(connection, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, &done);
    impl_->checkpointed_pages = done;
    if (status == SQLITE_OK) return {};
    return std::unexpected(sqlite_error(status, connection, impl_->path));
}

void StoreFile::close() {
    const std::lock_guard lock(impl_->checkpointing);
    impl_->insert.reset();
    impl_->confirm.reset();
    impl_->remove.reset();
    impl_->checkpointer.reset();
    impl_->writer.reset();
}

}  // namespace apex::control
