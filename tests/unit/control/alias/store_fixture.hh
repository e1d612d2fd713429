// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// A folder of a test's own, also on a disk that is soon full, and sets to store in it.
#pragma once

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "control/alias/stored_set.hh"
#include "control/zone/name_text.hh"

namespace apex::control::test {

class Folder {
  public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "apexdns-XXXXXX").string();
        EXPECT_NE(mkdtemp(name.data()), nullptr);
        path_ = name;
    }
    ~Folder() {
        if (is_disk_) umount2(path_.c_str(), MNT_DETACH);
        std::filesystem::remove_all(path_);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    /// Makes it a disk with room for so many octets. False: that takes root.
    bool become_disk(std::size_t octets) {
        const std::string options = "size=" + std::to_string(octets);
        is_disk_ = mount("tmpfs", path_.c_str(), "tmpfs", 0, options.c_str()) == 0;
        return is_disk_;
    }
    bool make_read_only(bool read_only) const {
        return mount("tmpfs", path_.c_str(), "tmpfs", MS_REMOUNT | (read_only ? MS_RDONLY : 0),
                     nullptr) == 0;
    }

    std::filesystem::path path() const { return path_; }
    std::filesystem::path file() const { return path_ / "alias.db"; }
    /// Files whose name begins with "alias.db." (set aside).
    std::vector<std::filesystem::path> aside() const {
        std::vector<std::filesystem::path> found;
        for (const auto& entry : std::filesystem::directory_iterator(path_)) {
            if (entry.path().filename().string().starts_with("alias.db.")) {
                found.push_back(entry.path());
            }
        }
        return found;
    }

  private:
    std::filesystem::path path_;
    bool is_disk_ = false;
};

inline TargetKey store_key(const std::string& name, wire::RrType type = wire::RrType::a) {
    return {parse_name(name).value(), type};
}

/// One address, `last` being its last octet, behind a CNAME.
inline StoredSet stored_set(const std::string& name, char last = 1) {
    StoredSet stored{.key = store_key(name), .set = {}, .learned_ttl = 60};
    stored.set.addresses = {std::string({'\xc0', '\0', '\2', last})};
    stored.set.ttl = 40;
    const wire::Name edge = parse_name("edge.example.net").value();
    stored.set.chain = {
        {.owner = stored.key.target, .type = wire::RrType::cname, .ttl = 300, .next = edge},
        {.owner = edge, .type = wire::RrType::a, .ttl = 40, .next = {}}};
    stored.set.resolver = "forward 192.0.2.1@53";
    stored.set.resolved_at = std::chrono::system_clock::from_time_t(1'790'000'000);
    return stored;
}

inline void expect_same(const StoredSet& stored, const StoredSet& expected) {
    EXPECT_EQ(stored.key, expected.key);
    EXPECT_EQ(stored.learned_ttl, expected.learned_ttl);
    EXPECT_EQ(stored.set.addresses, expected.set.addresses);
    EXPECT_EQ(stored.set.ttl, expected.set.ttl);
    EXPECT_EQ(stored.set.nxdomain, expected.set.nxdomain);
    EXPECT_EQ(stored.set.resolver, expected.set.resolver);
    EXPECT_EQ(stored.set.resolved_at,
              std::chrono::floor<std::chrono::seconds>(expected.set.resolved_at));
    ASSERT_EQ(stored.set.chain.size(), expected.set.chain.size());
    for (std::size_t n = 0; n < stored.set.chain.size(); ++n) {
        EXPECT_EQ(stored.set.chain[n].owner, expected.set.chain[n].owner);
        EXPECT_EQ(stored.set.chain[n].type, expected.set.chain[n].type);
        EXPECT_EQ(stored.set.chain[n].ttl, expected.set.chain[n].ttl);
        EXPECT_EQ(stored.set.chain[n].next, expected.set.chain[n].next);
    }
}

}  // namespace apex::control::test
