// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What may lie at the control socket's path, and what becomes of it.

#include "control/ctl/socket_file.hh"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "control/ctl/peer.hh"
#include "tests/unit/control/ctl/loop_server.hh"

namespace apex::control {
namespace {

namespace fs = std::filesystem;

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(SocketFile, makes_its_directory_and_goes_away) {
    TempDir directory;
    const fs::path path = directory / "run/apexdns/apexd.sock";
    {
        auto file = SocketFile::listen(path);
        ASSERT_TRUE(file) << file.error().to_string();
        struct stat made {};
        ASSERT_EQ(::lstat(path.c_str(), &made), 0);
        EXPECT_TRUE(S_ISSOCK(made.st_mode));
        EXPECT_EQ(made.st_mode & 0777U, 0660U);
        ASSERT_EQ(::stat(path.parent_path().c_str(), &made), 0);
        EXPECT_EQ(made.st_mode & 0777U, 0755U);
        EXPECT_TRUE(RawClient(path).connected());
    }
    EXPECT_FALSE(fs::exists(fs::symlink_status(path)));
}

TEST(SocketFile, replaces_what_a_dead_process_left) {
    TempDir directory;
    const fs::path path = directory / "s";
    const auto address = unix_address(path);
    {
        const Fd dead(::socket(AF_UNIX, SOCK_STREAM, 0));
        ASSERT_EQ(::bind(dead.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address),
                  0);
        ASSERT_EQ(::listen(dead.get(), 1), 0);
    }
    ASSERT_FALSE(RawClient(path).connected());
    auto file = SocketFile::listen(path);
    ASSERT_TRUE(file) << file.error().to_string();
    EXPECT_TRUE(RawClient(path).connected());
}

TEST(SocketFile, leaves_a_live_one_alone_and_names_its_process) {
    TempDir directory;
    const fs::path path = directory / "s";
    auto first = SocketFile::listen(path);
    ASSERT_TRUE(first);
    const auto second = SocketFile::listen(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().to_string(),
              '"' + path.string() + "\": another apexd answers on it (pid " +
                  std::to_string(::getpid()) + "); stop it or set control.socket");
    EXPECT_TRUE(RawClient(path).connected());
}

TEST(SocketFile, refuses_a_file_that_is_no_socket) {
    TempDir directory;
    std::ofstream(directory / "s") << "precious";
    const auto made = SocketFile::listen(directory / "s");
    ASSERT_FALSE(made);
    EXPECT_TRUE(has(made.error().to_string(), "not a socket")) << made.error().to_string();
    EXPECT_TRUE(fs::is_regular_file(directory / "s"));
}

TEST(SocketFile, refuses_a_path_that_does_not_fit) {
    TempDir directory;
    const auto made = SocketFile::listen(directory / std::string(200, 'a'));
    ASSERT_FALSE(made);
    EXPECT_TRUE(has(made.error().to_string(), "107 at most")) << made.error().to_string();
    EXPECT_FALSE(SocketFile::listen(""));
    const std::string longest = (directory / "").string();
    EXPECT_TRUE(SocketFile::listen(longest + std::string(107 - longest.size(), 'a')));
}

TEST(SocketFile, does_not_remove_a_successors_file) {
    TempDir directory;
    const fs::path path = directory / "s";
    auto old = std::make_unique<Result<SocketFile>>(SocketFile::listen(path));
    ASSERT_TRUE(*old);
    fs::remove(path);
    const auto successor = SocketFile::listen(path);
    ASSERT_TRUE(successor);
    old.reset();
    EXPECT_TRUE(RawClient(path).connected());
}

TEST(Peer, admits_root_the_own_user_and_the_group) {
    const Peer stranger{.uid = 1000, .gid = 1000, .pid = 1, .groups = {4, 27}};
    EXPECT_FALSE(may_enter(stranger, 53, 53));
    EXPECT_TRUE(may_enter(stranger, 1000, 53));
    EXPECT_TRUE(may_enter(stranger, 53, 1000));
    EXPECT_TRUE(may_enter(stranger, 53, 27));
    EXPECT_TRUE(may_enter({.uid = 0, .gid = 9}, 53, 53));
}

TEST(Peer, is_read_from_a_socket) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    const Fd one(ends[0]), other(ends[1]);
    const auto peer = peer_of(one.get());
    ASSERT_TRUE(peer);
    EXPECT_EQ(peer->pid, ::getpid());
    EXPECT_EQ(peer->uid, ::geteuid());
}

}  // namespace
}  // namespace apex::control
