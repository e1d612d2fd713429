// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The file of last good sets: what is written is read again, also without an end in
// order, and whatever stands in its place never keeps a new one from being begun.
#include "control/alias/store_file.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include <fstream>
#include <map>

#include "tests/unit/control/alias/store_fixture.hh"

namespace apex::control {
namespace {

using test::expect_same;
using test::Folder;
using test::store_key;
using test::stored_set;
using testing::HasSubstr;

/// What is in the file now.
std::map<TargetKey, StoredSet> read(const std::filesystem::path& file) {
    std::map<TargetKey, StoredSet> sets;
    auto opened = StoreFile::open(file);
    EXPECT_TRUE(opened) << opened.error().to_string();
    if (!opened) return sets;
    EXPECT_TRUE(opened->warnings.empty()) << opened->warnings.front().to_string();
    for (StoredSet& stored : opened->sets) sets.emplace(stored.key, stored);
    return sets;
}

StoreFile::Batch batch_of(std::vector<StoredSet> sets) {
    return {.gone = {}, .sets = std::move(sets), .confirmed = {}};
}

std::unique_ptr<StoreFile> open_new(const std::filesystem::path& file) {
    auto opened = StoreFile::open(file);
    EXPECT_TRUE(opened) << opened.error().to_string();
    return opened ? std::move(opened->file) : nullptr;
}

void run_sql(const std::filesystem::path& file, const std::string& sql) {
    sqlite3* connection = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &connection), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(connection);
    sqlite3_close(connection);
}

TEST(StoreFileTest, WhatIsWrittenIsReadAgain) {
    const Folder folder;
    const StoredSet cdn = stored_set("cdn.example.net");
    StoredSet empty = stored_set("lost.example.net");
    empty.set.addresses.clear();
    empty.set.chain.clear();
    empty.set.nxdomain = true;
    StoredSet six = cdn;
    six.key.type = wire::RrType::aaaa;
    six.set.addresses = {std::string(15, '\1') + '\2', std::string(16, '\3')};
    six.set.ttl = UINT32_MAX;
    six.learned_ttl = UINT32_MAX;
    ASSERT_TRUE(open_new(folder.file())->write(batch_of({cdn, empty, six})));
    const auto sets = read(folder.file());
    ASSERT_EQ(sets.size(), 3U);
    for (const StoredSet& stored : {cdn, empty, six}) expect_same(sets.at(stored.key), stored);
}

TEST(StoreFileTest, ATransactionDeletesReplacesAndConfirms) {
    const Folder folder;
    const auto later = std::chrono::system_clock::from_time_t(1'790'000'999);
    const auto file = open_new(folder.file());
    ASSERT_TRUE(file->write(
        batch_of({stored_set("a.example"), stored_set("b.example"), stored_set("c.example")})));
    ASSERT_TRUE(file->write(
        {.gone = {store_key("a.example"), store_key("none.example")},
         .sets = {stored_set("b.example", 7)},
         .confirmed = {{store_key("c.example"), later}, {store_key("none.example"), later}}}));
    const auto sets = read(folder.file());
    ASSERT_EQ(sets.size(), 2U);
    expect_same(sets.at(store_key("b.example")), stored_set("b.example", 7));
    StoredSet confirmed = stored_set("c.example");
    confirmed.set.resolved_at = later;
    expect_same(sets.at(store_key("c.example")), confirmed);
}

TEST(StoreFileTest, WhatIsWrittenSurvivesKill9) {
    const Folder folder;
    const pid_t child = fork();
    if (child == 0) {
        const auto file = open_new(folder.file());
        for (char n = 1; n <= 20; ++n) {
            if (!file->write(batch_of({stored_set("cdn.example.net", n)}))) _exit(1);
        }
        kill(getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    const auto sets = read(folder.file());
    ASSERT_EQ(sets.size(), 1U);
    expect_same(sets.begin()->second, stored_set("cdn.example.net", 20));
}

TEST(StoreFileTest, TheFolderIsMade) {
    const Folder folder;
    EXPECT_TRUE(open_new(folder.path() / "a" / "b" / "alias.db")->write({}));
}

/// Whatever is in its place is set aside with its content and named in the warning.
void expect_set_aside(const Folder& folder, const std::string& expected) {
    auto opened = StoreFile::open(folder.file());
    ASSERT_TRUE(opened) << opened.error().to_string();
    EXPECT_TRUE(opened->sets.empty());
    ASSERT_EQ(opened->warnings.size(), 1U);
    const auto aside = folder.aside();
    ASSERT_GE(aside.size(), 1U);
    const std::string warning = opened->warnings.front().to_string();
    EXPECT_THAT(warning, HasSubstr(folder.file().string() + ": " + expected));
    EXPECT_THAT(warning, HasSubstr("it is now \"" + folder.file().string() + "."));
    EXPECT_TRUE(opened->file->write(batch_of({stored_set("a.example")})));
    opened->file.reset();
    EXPECT_EQ(read(folder.file()).size(), 1U);
}

TEST(StoreFileTest, ATextFileIsSetAside) {
    const Folder folder;
    std::ofstream(folder.file()) << std::string(5000, 'x');
    expect_set_aside(folder, "damaged (file is not a database)");
    EXPECT_EQ(std::filesystem::file_size(folder.aside().front()), 5000U);
}

/// A file with many rows, wholly checkpointed.
void write_many(const Folder& folder) {
    StoreFile::Batch batch;
    for (int n = 0; n < 500; ++n) batch.sets.push_back(stored_set("n" + std::to_string(n)));
    const auto file = open_new(folder.file());
    ASSERT_TRUE(file->write(batch));
    ASSERT_TRUE(file->checkpoint());
}

TEST(StoreFileTest, AFileWithAPageOverwrittenIsSetAside) {
    const Folder folder;
    write_many(folder);
    std::fstream file(folder.file(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096 * 5);
    file << std::string(4096, '\x5a');
    file.close();
    expect_set_aside(folder, "damaged (");
}

TEST(StoreFileTest, AFileThatWasCutOffIsSetAside) {
    const Folder folder;
    write_many(folder);
    std::filesystem::resize_file(folder.file(), 4096 * 6);
    expect_set_aside(folder, "damaged (");
}

TEST(StoreFileTest, AFileWithDamageInNoRowIsSetAside) {
    const Folder folder;
    write_many(folder);
    run_sql(folder.file(), "DELETE FROM last_good");
    std::fstream file(folder.file(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(36);  // how many pages are free
    file << std::string("\0\0\0\1", 4);
    file.close();
    expect_set_aside(folder, "damaged (");
}

TEST(StoreFileTest, AnEmptyFileIsANewOne) {
    const Folder folder;
    std::ofstream(folder.file()).close();
    EXPECT_TRUE(open_new(folder.file())->write({}));
    EXPECT_TRUE(folder.aside().empty());
}

TEST(StoreFileTest, AFileOfANewerVersionIsSetAsideAndKeepsItsContent) {
    const Folder folder;
    ASSERT_TRUE(open_new(folder.file())->write(batch_of({stored_set("a.example")})));
    run_sql(folder.file(),
            "ALTER TABLE last_good ADD COLUMN more INTEGER; PRAGMA user_version = 2");
    expect_set_aside(folder, "version 2, expected 1, written by another apexd");
    const auto aside = folder.aside();
    ASSERT_EQ(aside.size(), 1U);
    run_sql(aside.front(), "PRAGMA user_version = 1");
    EXPECT_EQ(read(aside.front()).size(), 1U) << "it was given back";
}

TEST(StoreFileTest, AnotherProgramsDatabaseIsSetAside) {
    const Folder folder;
    run_sql(folder.file(), "CREATE TABLE bookmarks (url TEXT)");
    expect_set_aside(folder, "damaged (");
}

TEST(StoreFileTest, ATableWithOtherColumnsIsSetAside) {
    const Folder folder;
    run_sql(folder.file(), "CREATE TABLE last_good (target TEXT); PRAGMA user_version = 1");
    expect_set_aside(folder, "damaged (no such column: type)");
}

TEST(StoreFileTest, RowsThatAreNoSetsAreLeftOut) {
    const Folder folder;
    ASSERT_TRUE(open_new(folder.file())
                    ->write(batch_of({stored_set("a.example"), stored_set("b.example"),
                                      stored_set("c.example"), stored_set("d.example"),
                                      stored_set("e.example")})));
    run_sql(folder.file(),
            "UPDATE last_good SET addresses = '300.0.0.1' WHERE target = 'a.example.';"
            "UPDATE last_good SET chain = 'x' WHERE target = 'b.example.';"
            "UPDATE last_good SET ttl = -5, learned_ttl = 1 << 40, resolved_at = 1 << 62 "
            "WHERE target = 'c.example.';"
            "UPDATE last_good SET addresses = '192.0.2.1 127.0.0.1' WHERE target = 'e.example.'");
    auto opened = StoreFile::open(folder.file());
    ASSERT_TRUE(opened);
    ASSERT_EQ(opened->sets.size(), 2U);
    EXPECT_EQ(opened->sets.front().set.ttl, 0U);
    EXPECT_EQ(opened->sets.front().learned_ttl, UINT32_MAX);
    ASSERT_EQ(opened->warnings.size(), 1U);
    EXPECT_THAT(opened->warnings.front().to_string(), HasSubstr("3 rows are no ALIAS sets"));
}

TEST(StoreFileTest, WhereNoFileCanBeTheErrorSaysWhy) {
    const Folder folder;
    std::ofstream(folder.path() / "file").close();
    const auto below_a_file = StoreFile::open(folder.path() / "file" / "alias.db");
    ASSERT_FALSE(below_a_file);
    EXPECT_THAT(below_a_file.error().to_string(), HasSubstr("Not a directory"));
    std::filesystem::create_directory(folder.file());
    const auto folder_itself = StoreFile::open(folder.file());
    ASSERT_FALSE(folder_itself);
    EXPECT_THAT(folder_itself.error().to_string(),
                HasSubstr(folder.file().string() + ": unable to open database file"));
}

TEST(StoreFileTest, AFullDiskIsAnErrorAndHarmsNothingThatWasWritten) {
    Folder folder;
    ASSERT_TRUE(folder.become_disk(512 << 10)) << "needs root";
    auto file = open_new(folder.file());
    ASSERT_TRUE(file->write(batch_of({stored_set("first.example")})));
    Result<void> result;
    for (int n = 0; result && n < 1000; ++n) {
        StoreFile::Batch batch;
        for (int m = 0; m < 100; ++m) {
            batch.sets.push_back(stored_set("n" + std::to_string(n * 100 + m) + ".example"));
        }
        result = file->write(batch);
    }
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().to_string(),
                testing::AnyOf(HasSubstr("database or disk is full"), HasSubstr("disk I/O error")));
    file.reset();
    const auto sets = read(folder.file());
    EXPECT_TRUE(sets.contains(store_key("first.example")));
}

/// Two sets, the second one only in the log, as kill -9 leaves it.
void write_and_die(const std::filesystem::path& file) {
    const pid_t child = fork();
    if (child == 0) {
        const auto opened = open_new(file);
        bool written = opened->write(batch_of({stored_set("a.example")})).has_value();
        written = written && opened->checkpoint().has_value();
        written = written && opened->write(batch_of({stored_set("b.example")})).has_value();
        _exit(written ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
}

TEST(StoreFileTest, OnAReadOnlyDiskACopyHasTheSets) {
    Folder folder;
    ASSERT_TRUE(folder.become_disk(1 << 20)) << "needs root";
    write_and_die(folder.file());
    std::filesystem::remove(folder.file().string() + "-shm");
    ASSERT_TRUE(folder.make_read_only(true));
    EXPECT_FALSE(StoreFile::open(folder.file()));
    EXPECT_EQ(StoreFile::read_copy(folder.file()).size(), 2U);
}

TEST(StoreFileTest, OnAFullDiskACopyHasTheSets) {
    Folder folder;
    ASSERT_TRUE(folder.become_disk(256 << 10)) << "needs root";
    write_and_die(folder.file());
    std::filesystem::remove(folder.file().string() + "-shm");
    std::ofstream(folder.path() / "ballast") << std::string(1 << 20, 'x');
    EXPECT_FALSE(StoreFile::open(folder.file()));
    EXPECT_EQ(StoreFile::read_copy(folder.file()).size(), 2U);
}

TEST(StoreFileTest, ACopyOfNothingHasNoSets) {
    const Folder folder;
    EXPECT_TRUE(StoreFile::read_copy(folder.file()).empty());
    std::ofstream(folder.file()) << std::string(5000, 'x');
    EXPECT_TRUE(StoreFile::read_copy(folder.file()).empty());
    for (const auto& entry : std::filesystem::directory_iterator("/dev/shm")) {
        EXPECT_FALSE(entry.path().filename().string().starts_with("apexd-")) << entry;
    }
}

TEST(StoreFileTest, ADiskThatBecameReadOnlyIsAnError) {
    Folder folder;
    ASSERT_TRUE(folder.become_disk(1 << 20)) << "needs root";
    std::filesystem::create_directory(folder.path() / "state");
    ASSERT_TRUE(folder.make_read_only(true));
    const auto opened = StoreFile::open(folder.path() / "state" / "alias.db");
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().to_string(), HasSubstr("Read-only file system"));
    ASSERT_TRUE(folder.make_read_only(false));
    EXPECT_TRUE(open_new(folder.path() / "state" / "alias.db")->write({}));
}

TEST(StoreFileTest, AFileDeletedOrReplacedWhileInUseIsAnError) {
    for (const char* deleted : {"alias.db", "alias.db-wal", ""}) {
        const Folder folder;
        const auto file = open_new(folder.path() / "state" / "alias.db");
        ASSERT_TRUE(file->write(batch_of({stored_set("a.example")})));
        std::filesystem::remove_all(folder.path() / "state" / deleted);
        const auto result = file->write(batch_of({stored_set("b.example")}));
        ASSERT_FALSE(result) << deleted;
        EXPECT_THAT(result.error().to_string(), HasSubstr("was deleted or replaced while in use"));
        file->close();
        EXPECT_TRUE(open_new(folder.path() / "state" / "alias.db")->write({}));
    }
}

TEST(StoreFileTest, TheLogBeginsAnewAfterACheckpoint) {
    const Folder folder;
    const auto file = open_new(folder.file());
    const std::filesystem::path log = folder.file().string() + "-wal";
    std::uintmax_t size = 0;
    char n = 0;
    for (int round = 0; round < 3; ++round) {
        while (!file->wants_checkpoint()) {
            ASSERT_TRUE(file->write(batch_of({stored_set("a.example", ++n)})));
        }
        if (round == 0) size = std::filesystem::file_size(log);
        ASSERT_TRUE(file->checkpoint());
        EXPECT_FALSE(file->wants_checkpoint());
    }
    EXPECT_EQ(std::filesystem::file_size(log), size);
    ASSERT_TRUE(file->write(batch_of({stored_set("a.example", 77)})));
    EXPECT_EQ(read(folder.file()).at(store_key("a.example")).set.addresses,
              stored_set("a.example", 77).set.addresses);
}

}  // namespace
}  // namespace apex::control
