// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// apexctl's connection against the real server and against ones that lie.

#include "control/ctl/client.hh"

#include <gtest/gtest.h>

#include "tests/unit/control/ctl/loop_server.hh"

namespace apex::control {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

/// Accepts one client, sends it `bytes`, and hangs up when `then_close`.
class FakeServer {
  public:
    FakeServer(std::string bytes, bool then_close) : listener_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
        const auto address = unix_address(path());
        ::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address);
        ::listen(listener_.get(), 1);
        thread_ = std::thread([this, bytes = std::move(bytes), then_close] {
            client_ = Fd(::accept(listener_.get(), nullptr, nullptr));
            ::send(client_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (then_close) client_ = Fd();
        });
    }
    ~FakeServer() { thread_.join(); }
    std::filesystem::path path() const { return directory_ / "s"; }

  private:
    TempDir directory_;
    Fd listener_, client_;
    std::thread thread_;
};

Result<Answer> hello_to(const std::filesystem::path& path,
                        milliseconds timeout = milliseconds(3000)) {
    auto client = ControlClient::connect(path, timeout);
    if (!client) return std::unexpected(client.error());
    return client->call("hello", {{"protocol", 1}});
}

std::string error_of(const Result<Answer>& answer) {
    return answer ? "no error" : answer.error().to_string();
}

TEST(ControlClient, calls_and_gets_results_and_errors) {
    LoopServer server;
    auto client = ControlClient::connect(server.path(), milliseconds(5000));
    ASSERT_TRUE(client);
    const auto hello = client->call("hello", {{"protocol", 1}});
    ASSERT_TRUE(hello);
    EXPECT_EQ(hello->result["server"], "apexd");
    EXPECT_EQ(client->call("echo", {{"a", 1}})->result, json({{"a", 1}}));
    EXPECT_EQ(client->call("fail", json::object())->error, "a.yaml:3: no such zone");
    const auto big = client->call("big", {{"bytes", 3'000'000}});
    ASSERT_TRUE(big);
    EXPECT_EQ(big->result.get<std::string>().size(), 3'000'000U);
}

TEST(ControlClient, a_full_server_is_an_answer_in_its_own_words) {
    LoopServer server({.clients = 0});
    const auto answer = hello_to(server.path());
    ASSERT_TRUE(answer) << answer.error().to_string();
    EXPECT_NE(answer->error.find("clients are connected already"), std::string::npos);
}

TEST(ControlClient, says_why_it_cannot_connect) {
    TempDir directory;
    const std::string path = (directory / "s").string();
    EXPECT_EQ(
        error_of(hello_to(path)),
        path + ": cannot connect: no such socket; is apexd running? --socket names another one");
    {
        FakeServer gone("", true);
        hello_to(gone.path());
    }
    EXPECT_FALSE(hello_to(std::string(200, 'a')));
}

TEST(ControlClient, a_connection_that_ends_is_lost) {
    FakeServer server(R"({"jsonrpc":"2.0","method":"hello"})"
                      "\n"
                      R"({"jsonrpc")",
                      true);
    const auto answer = hello_to(server.path());
    EXPECT_NE(error_of(answer).find("connection lost"), std::string::npos) << error_of(answer);
}

TEST(ControlClient, gives_up_at_the_deadline) {
    FakeServer server("", false);
    EXPECT_NE(error_of(hello_to(server.path(), milliseconds(100))).find("no answer within"),
              std::string::npos);
}

TEST(ControlClient, a_server_of_another_kind_is_recognised) {
    for (const std::string& bytes : {std::string("220 mail.example.com ESMTP\r\n"),
                                     std::string("[]\n"), std::string(5000, '[') + '\n'}) {
        FakeServer server(bytes, false);
        EXPECT_NE(error_of(hello_to(server.path())).find("control protocol"), std::string::npos);
    }
}

TEST(ControlClient, odd_answers_become_errors) {
    for (const char* line : {R"({"id":1})", R"({"id":1,"error":5})",
                             R"({"id":1,"error":{"message":7}})", R"({"id":null,"error":{}})"}) {
        FakeServer server(
            std::string("{\"method\":\"news\"}\n{\"id\":9,\"result\":0}\n") + line + '\n', false);
        const auto answer = hello_to(server.path());
        ASSERT_TRUE(answer) << line;
        EXPECT_FALSE(answer->error.empty()) << line;
    }
}

TEST(ControlClient, waits_for_notifications_beyond_its_deadline) {
    LoopServer server;
    auto client = ControlClient::connect(server.path(), milliseconds(200));
    ASSERT_TRUE(client->call("hello", {{"protocol", 1}}));
    ASSERT_TRUE(client->call("watch", json::object()));
    std::thread later([&server] {
        std::this_thread::sleep_for(milliseconds(400));
        RawClient other(server.path());
        EXPECT_TRUE(other.greet());
        other.call("tell", {{"bytes", 3}});
    });
    const auto told = client->next("watch");
    later.join();
    ASSERT_TRUE(told) << told.error().to_string();
    EXPECT_EQ(*told, json({{"text", "xxx"}}));
}

TEST(ControlClient, skips_notifications_of_others_and_ends_with_the_daemons_words) {
    FakeServer server(to_line({{"jsonrpc", "2.0"}, {"method", "hello"}, {"params", {{"a", 1}}}}) +
                          to_line({{"jsonrpc", "2.0"}, {"id", 7}, {"result", 1}}) +
                          watch_line({{"a", 2}}) +
                          error_line(nullptr, RpcCode::too_slow, "read faster"),
                      false);
    auto client = ControlClient::connect(server.path(), milliseconds(3000));
    ASSERT_TRUE(client);
    EXPECT_EQ(client->next("watch").value(), json({{"a", 2}}));
    EXPECT_EQ(client->next("watch").error().to_string(), server.path().string() + ": read faster");
}

}  // namespace
}  // namespace apex::control
