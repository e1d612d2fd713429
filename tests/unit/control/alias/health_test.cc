// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Checks of addresses against real sockets and a real web server on loopback.
#include "control/alias/health.hh"

#include <arpa/inet.h>
#include <event2/event.h>
#include <event2/http.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <string>
#include <vector>

#include "control/alias/event_loop.hh"
#include "tests/unit/control/alias/real_upstreams.hh"
#include "tests/unit/control/alias/tcp_socket.hh"

namespace apex::control {
namespace {

const std::string loopback{127, 0, 0, 1};

class HealthBoardTest : public testing::Test {
  protected:
    HealthBoardTest() {
        board_.set_on_change([this](const HealthKey&, const HealthState& state) {
            changes_.push_back(state.healthy ? "healthy" : state.last_error);
        });
    }
    static HealthKey tcp(std::uint16_t port) {
        HealthKey key{.check = {}, .address = loopback};
        key.check.port = port;
        key.check.interval = 2;
        key.check.timeout = 1;
        key.check.rise = key.check.fall = 1;
        return key;
    }
    HealthKey http(const std::string& path) {
        HealthKey key = tcp(port_);
        key.check.kind = HealthCheck::Kind::http;
        key.check.host = "www.example.com";
        key.check.path = path;
        key.check.least_status = 200;
        key.check.most_status = 399;
        return key;
    }
    bool wait(const std::function<bool()>& is_done) {
        return test::run_until(base_.get(), 10, is_done);
    }
    bool wait_for_attempts(const HealthKey& key, std::uint64_t attempts) {
        return wait([&] { return board_.find(key)->attempts >= attempts; });
    }

    EventLoop base_ = make_event_loop();
    HealthBoard board_{base_.get()};
    std::vector<std::string> changes_;
    std::uint16_t port_ = 0;
};

TEST_F(HealthBoardTest, AnOpenPortIsHealthyAndAClosedOneIsNot) {
    const test::TcpSocket open(true);
    const test::TcpSocket closed(false);
    for (const auto port : {open.port(), closed.port()}) board_.follow(tcp(port));
    EXPECT_TRUE(board_.find(tcp(closed.port()))->healthy) << "before the first attempt";
    ASSERT_TRUE(wait_for_attempts(tcp(open.port()), 1));
    ASSERT_TRUE(wait_for_attempts(tcp(closed.port()), 1));
    EXPECT_TRUE(board_.find(tcp(open.port()))->healthy);
    EXPECT_FALSE(board_.find(tcp(closed.port()))->healthy);
    EXPECT_EQ(changes_, std::vector<std::string>{"Connection refused"});
    EXPECT_EQ(board_.unhealthy(), 1U);
    closed.open();
    ASSERT_TRUE(wait([&] { return board_.unhealthy() == 0; }));
    EXPECT_EQ(changes_.back(), "healthy");
    EXPECT_GE(board_.totals().succeeded, 2U);
    EXPECT_GE(board_.totals().failed, 1U);
}

TEST_F(HealthBoardTest, RiseAndFallAreRows) {
    const test::TcpSocket closed(false);
    HealthKey key = tcp(closed.port());
    key.check.fall = 2;
    key.check.rise = 2;
    board_.follow(key);
    ASSERT_TRUE(wait_for_attempts(key, 1));
    EXPECT_TRUE(board_.find(key)->healthy);
    ASSERT_TRUE(wait_for_attempts(key, 2));
    EXPECT_FALSE(board_.find(key)->healthy);
    closed.open();
    ASSERT_TRUE(wait_for_attempts(key, 3));
    EXPECT_FALSE(board_.find(key)->healthy);
    ASSERT_TRUE(wait_for_attempts(key, 4));
    EXPECT_TRUE(board_.find(key)->healthy);
}

TEST_F(HealthBoardTest, ACheckIsMadeOnceForAllWhoAskAndEndsWithTheLast) {
    const test::TcpSocket closed(false);
    const HealthKey key = tcp(closed.port());
    board_.follow(key);
    board_.follow(key);
    EXPECT_EQ(board_.checked(), 1U);
    ASSERT_TRUE(wait([&] { return board_.unhealthy() == 1; }));
    board_.unfollow(key);
    EXPECT_NE(board_.find(key), nullptr);
    board_.unfollow(key);
    EXPECT_EQ(board_.checked(), 0U);
    EXPECT_EQ(board_.unhealthy(), 0U);
    board_.unfollow(key);
}

TEST_F(HealthBoardTest, AnUnhealthyAddressThatComesBackIsUnhealthyStill) {
    const test::TcpSocket closed(false);
    const HealthKey key = tcp(closed.port());
    board_.follow(key);
    ASSERT_TRUE(wait([&] { return board_.unhealthy() == 1; }));
    board_.unfollow(key);
    ASSERT_NE(board_.find(key), nullptr) << "its owner's answer is made before it asks again";
    EXPECT_FALSE(board_.find(key)->healthy);
    board_.follow(key);
    EXPECT_FALSE(board_.find(key)->healthy);
    EXPECT_EQ(board_.unhealthy(), 1U);
    closed.open();
    ASSERT_TRUE(wait([&] { return board_.unhealthy() == 0; }));
    EXPECT_EQ(changes_, (std::vector<std::string>{"Connection refused", "healthy"}));
    board_.unfollow(key);
    EXPECT_EQ(board_.find(key), nullptr);
}

TEST_F(HealthBoardTest, WhoeverIsToldMayEndTheCheck) {
    const test::TcpSocket closed(false);
    const HealthKey key = tcp(closed.port());
    board_.set_on_change(
        [&](const HealthKey& changed, const HealthState&) { board_.unfollow(changed); });
    board_.follow(key);
    EXPECT_TRUE(wait([&] { return board_.checked() == 0; }));
}

TEST_F(HealthBoardTest, StatusesOfAWebServer) {
    evhttp* server = evhttp_new(base_.get());
    const auto answer = [](evhttp_request* request, void* host) {
        const std::string path = evhttp_request_get_uri(request);
        *static_cast<std::string*>(host) = evhttp_request_get_host(request);
        if (path == "/mute") return;
        evhttp_send_reply(request, std::stoi(path.substr(1)), "Reason", nullptr);
    };
    std::string host;
    evhttp_set_gencb(server, answer, &host);
    evhttp_bound_socket* bound = evhttp_bind_socket_with_handle(server, "127.0.0.1", 0);
    sockaddr_in at{};
    socklen_t size = sizeof at;
    getsockname(evhttp_bound_socket_get_fd(bound), reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
    const std::vector<std::pair<std::string, std::string>> cases{
        {"/200", ""},
        {"/302", ""},
        {"/404", "HTTP status 404, expected 200 to 399"},
        {"/503", "HTTP status 503, expected 200 to 399"},
        {"/mute", "no answer within 1 s"}};
    for (const auto& [path, error] : cases) board_.follow(http(path));
    for (const auto& [path, error] : cases) {
        ASSERT_TRUE(wait_for_attempts(http(path), 1)) << path;
        EXPECT_EQ(board_.find(http(path))->healthy, error.empty()) << path;
        EXPECT_EQ(board_.find(http(path))->last_error, error) << path;
    }
    EXPECT_EQ(host, "www.example.com");
    for (const auto& [path, error] : cases) board_.unfollow(http(path));
    evhttp_free(server);
}

TEST_F(HealthBoardTest, WhatIsBeyondTheMostIsCheckedWhenAnotherEnds) {
    HealthKey first = tcp(1);
    for (std::uint32_t n = 0; n < HealthBoard::max_checks; ++n) {
        HealthKey key = first;
        key.check.interval = 1000 + n;
        board_.follow(key);
    }
    first.check.interval = 1000;
    const HealthKey late = tcp(2), other = tcp(3);
    board_.follow(late);
    board_.follow(late);
    board_.follow(other);
    EXPECT_EQ(board_.totals().unchecked, 3U);
    board_.unfollow(other);
    board_.unfollow(late);
    EXPECT_EQ(board_.find(late), nullptr);
    board_.unfollow(first);
    EXPECT_NE(board_.find(late), nullptr);
    EXPECT_EQ(board_.find(other), nullptr) << "nobody asks for it any more";
    EXPECT_EQ(board_.checked(), HealthBoard::max_checks);
    board_.unfollow(late);
    EXPECT_EQ(board_.find(late), nullptr);
}

TEST_F(HealthBoardTest, ManyMuteServersWaitTheirTurnAndBlockNobody) {
    const test::TcpSocket mute(true);
    const test::TcpSocket open(true);
    port_ = mute.port();
    HealthKey good = tcp(open.port());
    good.check.interval = 1;  // its turn comes before that of half of the others
    board_.follow(good);
    const unsigned count = 3 * HealthBoard::max_under_way;
    std::vector<HealthKey> keys;
    for (unsigned n = 0; n < count; ++n) keys.push_back(http("/" + std::to_string(n)));
    for (const HealthKey& key : keys) board_.follow(key);
    ASSERT_TRUE(wait_for_attempts(good, 1));
    EXPECT_LE(board_.unhealthy(), 2 * HealthBoard::max_under_way) << "a third is yet to be checked";
    ASSERT_TRUE(wait([&] { return board_.unhealthy() == count; }));
    EXPECT_TRUE(board_.find(good)->healthy);
    for (const HealthKey& key : keys) board_.unfollow(key);
    board_.unfollow(good);
    EXPECT_EQ(board_.checked(), 0U);
}

TEST_F(HealthBoardTest, ThereIsAMost) {
    for (std::size_t n = 0; n <= HealthBoard::max_checks; ++n) {
        HealthKey key = tcp(1);
        key.address = {10, 0, static_cast<char>(n >> 8), static_cast<char>(n & 255)};
        key.check.interval = 3600;
        board_.follow(key);
    }
    EXPECT_EQ(board_.checked(), HealthBoard::max_checks);
    EXPECT_EQ(board_.totals().unchecked, 1U);
}

}  // namespace
}  // namespace apex::control
