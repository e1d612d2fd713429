// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The control socket against clients that behave and clients that do not.

#include "control/ctl/server.hh"

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "tests/unit/control/ctl/loop_server.hh"

namespace apex::control {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

int code_of(const std::optional<json>& message) {
    return message ? message->value("/error/code"_json_pointer, 0) : 0;
}

/// A client that has done nothing wrong is still served.
void expect_served(const LoopServer& server) {
    RawClient client(server.path());
    ASSERT_TRUE(client.greet());
    EXPECT_EQ(client.call("echo", {{"a", 1}})["result"], json({{"a", 1}}));
}

TEST(ControlServer, greets_and_answers) {
    LoopServer server;
    RawClient client(server.path());
    const auto greeting = client.read();
    ASSERT_TRUE(greeting);
    EXPECT_EQ((*greeting)["method"], "hello");
    EXPECT_EQ((*greeting)["params"]["protocol"], 1);
    EXPECT_EQ((*greeting)["params"]["server"], "apexd");
    client.request("x", "hello", {{"protocol", 1}});
    EXPECT_EQ((*client.read())["result"]["protocol"], 1);
    EXPECT_EQ(client.call("echo", {{"zone", "a."}})["result"]["zone"], "a.");
    EXPECT_EQ(client.call("fail")["error"],
              json({{"code", -32000}, {"message", "a.yaml:3: no such zone"}}));
}

TEST(ControlServer, wants_hello_first_and_the_right_protocol) {
    LoopServer server;
    RawClient client(server.path());
    client.read();
    EXPECT_EQ(client.call("echo")["error"]["code"], -32002);
    client.request(1, "hello", {{"protocol", 2}});
    EXPECT_EQ(code_of(client.read()), -32001);
    EXPECT_TRUE(client.closed());
    expect_served(server);
}

TEST(ControlServer, garbage_is_answered_and_the_next_line_served) {
    LoopServer server;
    RawClient client(server.path());
    ASSERT_TRUE(client.greet());
    client.send(std::string("\xFF\x00{{{\n\n[]\n", 10) + std::string(500'000, '[') + '\n');
    EXPECT_EQ(code_of(client.read()), -32700);
    EXPECT_EQ(code_of(client.read()), -32700);
    EXPECT_EQ(code_of(client.read()), -32600);
    EXPECT_EQ(code_of(client.read()), -32700);
    EXPECT_EQ(client.call("echo")["result"], json::object());
}

TEST(ControlServer, half_a_line_then_close_frees_the_place) {
    LoopServer server({.clients = 1});
    for (int turn = 0; turn < 20; ++turn) {
        EXPECT_TRUE(eventually([&] {
            RawClient client(server.path());
            if (!client.greet()) return false;
            client.send(R"({"jsonrpc":"2.0","id":1,)");
            return true;
        }));
    }
}

TEST(ControlServer, a_line_of_ten_mebibytes_ends_that_client_only) {
    LoopServer server;
    RawClient client(server.path());
    ASSERT_TRUE(client.greet());
    EXPECT_FALSE(client.send(std::string(std::size_t{10} << 20, 'a') + '\n'));
    const auto error = client.read();
    EXPECT_EQ(code_of(error), -32600);
    EXPECT_TRUE((*error)["id"].is_null());
    EXPECT_TRUE(client.closed());
    expect_served(server);
}

TEST(ControlServer, a_line_of_exactly_the_limit_is_served) {
    LoopServer server;
    RawClient client(server.path());
    ASSERT_TRUE(client.greet());
    std::string line = R"({"jsonrpc":"2.0","id":1,"method":"echo"})";
    line.append((std::size_t{1} << 20) - line.size(), ' ');
    client.send(line + '\n');
    EXPECT_EQ((*client.read())["result"], json::object());
    client.send(line + " \n");
    EXPECT_EQ(code_of(client.read()), -32600);
}

TEST(ControlServer, bytes_that_drip_in_make_a_line) {
    LoopServer server;
    RawClient client(server.path());
    ASSERT_TRUE(client.greet());
    for (const char byte : std::string(R"({"jsonrpc":"2.0","id":4,"method":"echo"})") + "\n") {
        client.send({&byte, 1});
    }
    EXPECT_EQ((*client.read())["id"], 4);
}

TEST(ControlServer, a_client_that_never_reads_is_dropped) {
    LoopServer server({.stalled = milliseconds(300)});
    RawClient client(server.path());
    ASSERT_TRUE(client.greet());
    for (int i = 0; i < 12; ++i) client.request(i, "big", {{"bytes", 500'000}});
    expect_served(server);
    std::this_thread::sleep_for(milliseconds(600));
    int answers = 0;
    while (true) {
        const auto answer = client.read();
        if (!answer) break;
        ++answers;
    }
    EXPECT_LT(answers, 12);
    EXPECT_TRUE(client.closed());
    expect_served(server);
}

TEST(ControlServer, a_client_that_reads_late_gets_everything) {
    // The answers are more than may pile up: taking requests has to pause.
    LoopServer server({.output = 3'000'000});
    RawClient client(server.path());
    ASSERT_TRUE(client.greet());
    for (int i = 0; i < 40; ++i) client.request(i, "big", {{"bytes", 200'000}});
    std::this_thread::sleep_for(milliseconds(100));
    for (int i = 0; i < 40; ++i) {
        const auto answer = client.read();
        ASSERT_TRUE(answer) << i;
        EXPECT_EQ((*answer)["id"], i);
    }
}

TEST(ControlServer, output_over_the_limit_ends_the_connection) {
    LoopServer server({.output = 3'000'000});
    RawClient client(server.path());
    ASSERT_TRUE(client.greet());
    client.request(1, "big", {{"bytes", 3'500'000}});
    EXPECT_FALSE(client.read());
    EXPECT_TRUE(client.closed());
    expect_served(server);
}

TEST(ControlServer, the_65th_client_is_told_and_the_others_stay) {
    LoopServer server;
    std::vector<std::unique_ptr<RawClient>> clients;
    int served = 0, turned_away = 0;
    for (int i = 0; i < 100; ++i) {
        clients.push_back(std::make_unique<RawClient>(server.path()));
        const auto first = clients.back()->read();
        ASSERT_TRUE(first) << i;
        if (code_of(first) == -32001) {
            ++turned_away;
            EXPECT_TRUE(clients.back()->closed());
        } else {
            ++served;
        }
    }
    EXPECT_EQ(served, 64);
    EXPECT_EQ(turned_away, 36);
    clients[63]->request(1, "hello", {{"protocol", 1}});
    EXPECT_EQ((*clients[63]->read())["id"], 1);
    clients.clear();
    EXPECT_TRUE(eventually([&] { return RawClient(server.path()).greet(); }));
}

TEST(ControlServer, an_answer_to_a_client_that_has_gone_is_dropped) {
    LoopServer server;
    {
        RawClient client(server.path());
        ASSERT_TRUE(client.greet());
        client.request(1, "later");
        client.request(2, "later");
        ASSERT_TRUE(eventually([&] { return server.waiting() == 2; }));
    }
    RawClient other(server.path());
    ASSERT_TRUE(other.greet());
    EXPECT_EQ(other.call("flush")["result"], 2);
    expect_served(server);
}

TEST(ControlServer, a_client_that_ended_its_sending_half_gets_its_answers) {
    LoopServer server;
    RawClient client(server.path());
    ASSERT_TRUE(client.greet());
    for (int i = 0; i < 20; ++i) client.request(i, "echo");
    client.request(99, "later", {{"n", 1}});
    client.send("half a li");
    client.end_sending();
    for (int i = 0; i < 20; ++i) EXPECT_EQ((*client.read())["id"], i);
    ASSERT_TRUE(eventually([&] { return server.waiting() == 1; }));
    RawClient other(server.path());
    ASSERT_TRUE(other.greet());
    other.call("flush");
    EXPECT_EQ((*client.read())["result"]["n"], 1);
    EXPECT_TRUE(client.closed());
}

TEST(ControlServer, no_more_than_sixteen_requests_of_a_client_are_under_way) {
    LoopServer server;
    RawClient client(server.path()), other(server.path());
    ASSERT_TRUE(client.greet());
    ASSERT_TRUE(other.greet());
    for (int i = 0; i < 40; ++i) client.request(i, "later");
    for (const std::size_t expected : {16U, 16U, 8U}) {
        ASSERT_TRUE(eventually([&] { return server.waiting() == expected; }));
        std::this_thread::sleep_for(milliseconds(30));
        EXPECT_EQ(other.call("flush")["result"], expected);
    }
    for (int i = 0; i < 40; ++i) EXPECT_EQ((*client.read())["id"], i);
}

TEST(ControlServer, a_handler_that_misbehaves_still_answers_once) {
    LoopServer server;
    RawClient client(server.path());
    ASSERT_TRUE(client.greet());
    EXPECT_EQ(client.call("throw")["error"]["code"], -32000);
    EXPECT_EQ(client.call("forget")["error"]["message"], "the command ended without an answer");
    EXPECT_EQ(client.call("twice")["result"], 1);
    EXPECT_EQ(client.call("latin1")["result"], "caf\uFFFD");
    EXPECT_EQ(client.call("echo")["result"], json::object());
}

TEST(ControlServer, notifications_are_ignored) {
    LoopServer server;
    RawClient client(server.path());
    ASSERT_TRUE(client.greet());
    client.send("{\"jsonrpc\":\"2.0\",\"method\":\"later\"}\n");
    EXPECT_EQ(client.call("echo")["id"], 7);
    EXPECT_EQ(server.waiting(), 0U);
}

TEST(ControlServer, a_client_that_says_nothing_is_dropped) {
    LoopServer server({.greeting = milliseconds(100)});
    RawClient silent(server.path()), greeted(server.path());
    ASSERT_TRUE(greeted.greet());
    EXPECT_TRUE(silent.closed());
    std::this_thread::sleep_for(milliseconds(150));
    EXPECT_EQ(greeted.call("echo")["id"], 7);
}

TEST(ControlServer, the_answer_to_the_last_command_leaves_before_the_socket_closes) {
    auto server = std::make_unique<LoopServer>();
    RawClient client(server->path());
    ASSERT_TRUE(client.greet());
    client.request(1, "stop");
    server.reset();
    EXPECT_EQ((*client.read())["result"], true);
    EXPECT_TRUE(client.closed());
}

TEST(ControlServer, a_stranger_is_turned_away_even_when_the_mode_lets_him_in) {
    ASSERT_EQ(::geteuid(), 0U) << "needs root to become another user";
    LoopServer server;
    std::filesystem::permissions(server.path(), std::filesystem::perms(0666));
    std::filesystem::permissions(server.path().parent_path(), std::filesystem::perms(0755));
    const pid_t child = ::fork();
    if (child == 0) {
        if (::setgid(65534) != 0 || ::setgroups(0, nullptr) != 0 || ::setuid(65534) != 0)
            ::_exit(9);
        RawClient client(server.path());
        ::_exit(code_of(client.read()) == -32001 && client.closed() ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(ControlServer, tells_those_that_watch) {
    LoopServer server;
    RawClient watcher(server.path()), other(server.path());
    ASSERT_TRUE(watcher.greet());
    ASSERT_TRUE(other.greet());
    EXPECT_EQ(other.call("tell", {{"bytes", 3}})["result"], 0) << "nothing is built for nobody";
    EXPECT_EQ(watcher.call("watch")["result"], json({{"ok", true}}));
    EXPECT_EQ(other.call("tell", {{"bytes", 3}})["result"], 1);
    EXPECT_EQ(*watcher.read(),
              json({{"jsonrpc", "2.0"}, {"method", "watch"}, {"params", {{"text", "xxx"}}}}));
    EXPECT_EQ(watcher.call("echo")["result"], json::object()) << "it may ask, too";
    watcher.hang_up();
    EXPECT_TRUE(eventually([&] {
        const json before = other.call("tell", {{"bytes", 3}})["result"];
        return other.call("tell", {{"bytes", 3}})["result"] == before;
    }));
}

TEST(ControlServer, watch_needs_hello_like_all) {
    LoopServer server;
    RawClient client(server.path());
    client.read();
    EXPECT_EQ(client.call("watch")["error"]["code"], -32002);
}

TEST(ControlServer, a_watcher_that_does_not_read_is_told_so_and_dropped) {
    LoopServer server({.watched = 500'000});
    RawClient watcher(server.path()), other(server.path());
    ASSERT_TRUE(watcher.greet());
    ASSERT_TRUE(other.greet());
    watcher.call("watch");
    json told = 0;
    for (int n = 0; n < 100; ++n) {
        const json now = other.call("tell", {{"bytes", 100'000}})["result"];
        if (now == told) break;
        told = now;
    }
    EXPECT_LT(told, 20) << "it was told on and on";
    std::optional<json> last;
    int events = 0;
    while (auto message = watcher.read()) {
        last = std::move(message);
        if (last->contains("params")) ++events;
    }
    EXPECT_EQ(code_of(last), -32003);
    EXPECT_TRUE((*last)["id"].is_null());
    EXPECT_EQ(events + 1, told) << "all but the one too many arrived";
    EXPECT_TRUE(watcher.closed());
    expect_served(server);
}

}  // namespace
}  // namespace apex::control
