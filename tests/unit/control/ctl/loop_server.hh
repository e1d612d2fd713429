// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// For the tests of the control socket: a server on a loop in a thread of its
// own, and a plain client that sends whatever bytes a test wants.
#pragma once

#include <event2/event.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "control/config/fd.hh"
#include "control/ctl/message.hh"
#include "control/ctl/server.hh"
#include "control/ctl/socket_file.hh"

namespace apex::control {

/// A directory that goes away with the test.
class TempDir {
  public:
    TempDir() {
        std::string name =
            (std::filesystem::temp_directory_path() / "apexctl-test-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;
    ~TempDir() { std::filesystem::remove_all(path_); }
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

/// Runs an event base until destroyed. What is made on `base()` must be made
/// before run() and destroyed after stop().
class Loop {
  public:
    Loop() : base_(event_base_new()) {}
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    ~Loop() {
        stop();
        event_base_free(base_);
    }

    event_base* base() { return base_; }
    void run() {
        thread_ = std::thread([this] {
            while (!stopping_) {
                const timeval soon{.tv_sec = 0, .tv_usec = 5000};
                event_base_loopexit(base_, &soon);
                event_base_loop(base_, EVLOOP_NO_EXIT_ON_EMPTY);
            }
        });
    }
    void stop() {
        stopping_ = true;
        if (thread_.joinable()) thread_.join();
    }
    /// From within the loop: nothing more runs after the present callback.
    void stop_now() {
        stopping_ = true;
        event_base_loopbreak(base_);
    }

  private:
    event_base* base_;
    std::atomic<bool> stopping_ = false;
    std::thread thread_;
};

class RawClient {
  public:
    explicit RawClient(const std::filesystem::path& path)
        : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const auto address = unix_address(path);
        connected_ = address && ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&*address),
                                          sizeof *address) == 0;
    }

    bool connected() const { return connected_; }
    int fd() const { return fd_.get(); }
    void hang_up() { fd_ = Fd(); }
    void end_sending() { ::shutdown(fd_.get(), SHUT_WR); }

    /// False when the server has closed.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    bool request(const nlohmann::json& id, const std::string& method,
                 const nlohmann::json& params = nlohmann::json::object()) {
        return send(
            to_line({{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}));
    }

    /// The next message; nothing at the end of the stream or after five seconds.
    std::optional<nlohmann::json> read() {
        for (;;) {
            if (const auto end = input_.find('\n'); end != std::string::npos) {
                auto message = nlohmann::json::parse(input_.substr(0, end));
                input_.erase(0, end + 1);
                return message;
            }
            if (!fill()) return std::nullopt;
        }
    }
    /// True when the server closes within five seconds; what it sent is skipped.
    bool closed() {
        while (fill()) {
        }
        return over_;
    }
    /// Reads the greeting, says hello, reads the answer.
    bool greet() {
        const auto greeting = read();
        request(0, "hello", {{"protocol", 1}});
        const auto answer = read();
        return greeting && answer && answer->contains("result");
    }
    nlohmann::json call(const std::string& method,
                        const nlohmann::json& params = nlohmann::json::object()) {
        request(7, method, params);
        return read().value_or(nullptr);
    }

  private:
    bool fill() {
        pollfd waiting{.fd = fd_.get(), .events = POLLIN, .revents = 0};
        if (::poll(&waiting, 1, 5000) != 1) return false;
        char chunk[65536];
        const auto got = ::recv(fd_.get(), chunk, sizeof chunk, 0);
        if (got <= 0) {
            over_ = true;
            return false;
        }
        input_.append(chunk, static_cast<std::size_t>(got));
        return true;
    }

    Fd fd_;
    bool connected_ = false;
    bool over_ = false;
    std::string input_;
};

/// A server with a few commands that bring out the protocol's edges.
class LoopServer {
  public:
    explicit LoopServer(const ControlLimits& limits = {}) {
        auto made = ControlServer::listen(loop_.base(), path(), handlers(), limits);
        if (!made) throw std::runtime_error(made.error().to_string());
        server_ = std::move(*made);
        loop_.run();
    }
    ~LoopServer() {
        loop_.stop();
        server_.reset();
    }
    std::filesystem::path path() const { return directory_ / "apexd.sock"; }
    std::size_t waiting() const { return waiting_count_; }

  private:
    Handlers handlers() {
        using nlohmann::json;
        return {
            {"echo", [](const json& params, const Reply& reply) { reply(params); }},
            {"fail",
             [](const json&, const Reply& reply) { reply(fail("no such zone", "a.yaml", 3)); }},
            {"throw", [](const json& params, const Reply&) { params.at("missing"); }},
            {"forget", [](const json&, const Reply&) {}},
            {"twice",
             [](const json&, const Reply& reply) {
                 reply(1);
                 reply(2);
             }},
            {"big",
             [](const json& params, const Reply& reply) {
                 reply(std::string(params.value("bytes", std::size_t{0}), 'x'));
             }},
            {"latin1", [](const json&, const Reply& reply) { reply("caf\xE9"); }},
            {"later",
             [this](const json& params, const Reply& reply) {
                 waiting_.emplace_back(params, reply);
                 waiting_count_ = waiting_.size();
             }},
            {"flush",
             [this](const json&, const Reply& reply) {
                 auto waiting = std::exchange(waiting_, {});
                 waiting_count_ = 0;
                 for (auto& [params, answer] : waiting) answer(params);
                 reply(waiting.size());
             }},
            {"tell",
             [this](const json& params, const Reply& reply) {
                 server_->notify([&] {
                     ++told_;
                     return json{{"text", std::string(params.at("bytes"), 'x')}};
                 });
                 reply(told_);
             }},
            {"stop",
             [this](const json&, const Reply& reply) {
                 loop_.stop_now();
                 reply(true);
             }},
        };
    }

    TempDir directory_;
    Loop loop_;
    std::vector<std::pair<nlohmann::json, Reply>> waiting_;  ///< loop's thread
    std::atomic<std::size_t> waiting_count_ = 0;
    int told_ = 0;  ///< notifications that somebody was there for
    std::unique_ptr<ControlServer> server_;
};

/// Waits up to five seconds for what another thread brings about.
template <typename Condition>
bool eventually(Condition condition) {
    for (int turn = 0; turn < 1000; ++turn) {
        if (condition()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
}

}  // namespace apex::control
