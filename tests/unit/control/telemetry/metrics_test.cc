// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The metrics listener over real sockets on loopback.

#include "control/telemetry/metrics.hh"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "tests/unit/control/ctl/loop_server.hh"

namespace apex::control {
namespace {

using std::chrono::milliseconds;

class HttpServer {
  public:
    explicit HttpServer(const MetricsLimits& limits = {},
                        std::function<std::string()> render = text) {
        auto made = MetricsServer::listen(loop_.base(), "127.0.0.1:0", std::move(render), limits);
        server_ = std::move(made.value());
        port_ = server_->port();
        loop_.run();
    }
    ~HttpServer() {
        loop_.stop();
        server_.reset();
    }
    Fd connect() const {
        Fd fd(::socket(AF_INET, SOCK_STREAM, 0));
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port_);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
        return fd;
    }
    /// All that comes back until the server closes; "timeout" after five seconds.
    static std::string rest(const Fd& fd) {
        std::string answer;
        for (;;) {
            pollfd waiting{.fd = fd.get(), .events = POLLIN, .revents = 0};
            if (::poll(&waiting, 1, 5000) != 1) return "timeout";
            char chunk[4096];
            const auto got = ::recv(fd.get(), chunk, sizeof chunk, 0);
            if (got <= 0) return answer;
            answer.append(chunk, static_cast<std::size_t>(got));
        }
    }
    std::string ask(const std::string& request) const {
        const Fd fd = connect();
        ::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL);
        return rest(fd);
    }
    std::uint16_t port() const { return port_; }

  private:
    static std::string text() { return "apexd_queries_total 5\n"; }

    Loop loop_;
    std::unique_ptr<MetricsServer> server_;
    std::uint16_t port_ = 0;
};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

const std::string get = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";

TEST(Metrics, serves_the_text_and_closes) {
    HttpServer server;
    const std::string answer = server.ask(get);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 ")) << answer;
    EXPECT_TRUE(has(answer, "Content-Type: text/plain; version=0.0.4")) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\napexd_queries_total 5\n")) << answer;
}

TEST(Metrics, serves_nothing_else) {
    HttpServer server;
    EXPECT_TRUE(server.ask("GET / HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404 "));
    EXPECT_TRUE(
        server.ask("GET /metrics/../etc/passwd HTTP/1.1\r\n\r\n").starts_with("HTTP/1.1 404 "));
    EXPECT_TRUE(server.ask("POST /metrics HTTP/1.1\r\nContent-Length: 0\r\n\r\n")
                    .starts_with("HTTP/1.1 405 "));
    EXPECT_FALSE(server.ask("\x16\x03\x01garbage\r\n\r\n").starts_with("HTTP/1.1 200"));
    EXPECT_FALSE(server.ask("GET /metrics HTTP/1.1\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n")
                     .starts_with("HTTP/1.1 200"));
    EXPECT_TRUE(server.ask(get).starts_with("HTTP/1.1 200 "));
}

TEST(Metrics, a_renderer_that_throws_is_an_internal_error) {
    HttpServer server({}, []() -> std::string { throw std::runtime_error("no"); });
    EXPECT_TRUE(server.ask(get).starts_with("HTTP/1.1 500 "));
}

TEST(Metrics, connections_are_few_and_short_whatever_they_do) {
    HttpServer server({.connections = 4, .lifetime = milliseconds(200)});
    std::vector<Fd> idle;
    for (int i = 0; i < 20; ++i) {
        idle.push_back(server.connect());
        ::send(idle.back().get(), "GET /met", 8, MSG_NOSIGNAL);
    }
    // The twenty-first has to wait until five rounds of four have run out.
    EXPECT_TRUE(server.ask(get).starts_with("HTTP/1.1 200 "));
    for (const Fd& fd : idle) EXPECT_NE(HttpServer::rest(fd), "timeout");
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(server.ask(get).starts_with("HTTP/1.1 200 ")) << i;
}

TEST(Metrics, says_what_is_wrong_with_the_address) {
    Loop loop;
    const auto nothing = [] { return std::string(); };
    for (const char* wrong : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:53x",
                              "localhost:1", "::1:9153", "[127.0.0.1]:9153", "[::1]"}) {
        const auto made = MetricsServer::listen(loop.base(), wrong, nothing);
        ASSERT_FALSE(made) << wrong;
        EXPECT_TRUE(has(made.error().to_string(), std::string("metrics address \"") + wrong + '"'));
    }
    HttpServer server;
    const auto busy =
        MetricsServer::listen(loop.base(), "127.0.0.1:" + std::to_string(server.port()), nothing);
    ASSERT_FALSE(busy);
    EXPECT_TRUE(has(busy.error().to_string(), "Address already in use"))
        << busy.error().to_string();
}

}  // namespace
}  // namespace apex::control
