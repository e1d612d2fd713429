// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The apexctl program itself: what it prints where, and its exit status.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>

#include "tests/unit/control/ctl/loop_server.hh"

namespace apex::control {
namespace {

struct Outcome {
    int status;
    std::string output;  ///< both streams
};

Outcome apexctl(const std::string& arguments) {
    const std::string command = std::string("'") + APEXCTL + "' " + arguments + " 2>&1 </dev/null";
    FILE* pipe = ::popen(command.c_str(), "r");
    Outcome outcome{-1, {}};
    std::array<char, 4096> chunk{};
    while (const std::size_t got = std::fread(chunk.data(), 1, chunk.size(), pipe)) {
        outcome.output.append(chunk.data(), got);
    }
    const int status = ::pclose(pipe);
    if (WIFEXITED(status)) outcome.status = WEXITSTATUS(status);
    return outcome;
}

/// A daemon whose commands all answer with `result`, or fail when it is null.
class Daemon {
  public:
    explicit Daemon(const nlohmann::json& result) {
        const Handler handler = [result](const nlohmann::json& params, const Reply& reply) {
            if (result == "params") return reply(params);
            if (result.is_null()) return reply(fail("no zone b."));
            reply(result);
        };
        auto made = ControlServer::listen(loop_.base(), path(),
                                          {{"status", handler},
                                           {"alias.list", handler},
                                           {"alias.refresh", handler},
                                           {"zone.list", handler},
                                           {"zone.show", handler},
                                           {"zone.reload", handler}});
        server_ = std::move(made.value());
        loop_.run();
    }
    ~Daemon() {
        loop_.stop();
        server_.reset();
    }
    std::string path() const { return (directory_ / "s").string(); }

  private:
    TempDir directory_;
    Loop loop_;
    std::unique_ptr<ControlServer> server_;
};

TEST(Apexctl, prints_a_table_or_json) {
    Daemon daemon(nlohmann::json{{"zones", nlohmann::json::array()}});
    EXPECT_EQ(apexctl("zone list -s " + daemon.path()).output, "no zones\n");
    const auto outcome = apexctl("--json -s " + daemon.path() + " zone list");
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.output, "{\n  \"zones\": []\n}\n");
    EXPECT_EQ(apexctl("hello -s " + daemon.path()).output, "apexd 0.1.0, protocol 1\n");
}

TEST(Apexctl, passes_its_argument_on) {
    Daemon daemon(nlohmann::json("params"));
    EXPECT_EQ(apexctl("--json zone show b. -s " + daemon.path()).output,
              "{\n  \"zone\": \"b.\"\n}\n");
    EXPECT_EQ(apexctl("--json zone reload -s " + daemon.path()).output, "{}\n");
    EXPECT_EQ(apexctl("--json alias refresh b. -s " + daemon.path()).output,
              "{\n  \"name\": \"b.\"\n}\n");
    EXPECT_EQ(apexctl("--json alias list --stale --target c. -s " + daemon.path()).output,
              "{\n  \"stale\": true,\n  \"target\": \"c.\"\n}\n");
    EXPECT_EQ(apexctl("--json alias refresh --all -s " + daemon.path()).output,
              "{\n  \"all\": true\n}\n");
}

TEST(Apexctl, an_error_of_the_daemon_is_status_1) {
    Daemon daemon(nlohmann::json(nullptr));
    const auto outcome = apexctl("zone show b. -s " + daemon.path());
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(outcome.output, "apexctl: no zone b.\n");
    EXPECT_EQ(apexctl("stop -s " + daemon.path()).status, 1);
}

TEST(Apexctl, a_result_that_is_not_ok_is_status_1_and_is_printed) {
    Daemon daemon(nlohmann::json{{"ok", false}, {"zones", nlohmann::json::array()}});
    const auto outcome = apexctl("zone reload -s " + daemon.path());
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(outcome.output, "no zones\n");
}

TEST(Apexctl, a_wrong_command_line_is_status_2) {
    for (const char* wrong :
         {"", "zone", "zone nope", "zone show", "status x", "--timeout 0 status", "--nope status",
          "alias refresh", "alias refresh --all b."}) {
        EXPECT_EQ(apexctl(wrong).status, 2) << wrong;
    }
    EXPECT_EQ(apexctl("--help").status, 0);
    EXPECT_EQ(apexctl("--version").output, "apexctl 0.1.0\n");
}

TEST(Apexctl, a_word_that_is_no_command_is_named) {
    const std::string first =
        "expected one of status, stats, zone, alias, watch, config, stop, hello";
    const struct {
        const char* arguments;
        std::string message;
    } cases[] = {
        {"", "a word is missing; " + first},
        {"frobnicate", "no command \"frobnicate\"; " + first},
        {"--json frobnicate x", "no command \"frobnicate\"; " + first},
        {"statu", "no command \"statu\"; " + first + "; did you mean \"status\"?"},
        {"zone", "a word is missing after \"zone\"; expected one of list, show, reload"},
        {"zone lst",
         "no command \"zone lst\"; expected one of list, show, reload; did you mean "
         "\"list\"?"},
        {"zone x", "no command \"zone x\"; expected one of list, show, reload"},
        {"config 'a\x1b'", "no command \"config a?\"; expected one of reload"},
    };
    for (const auto& test : cases) {
        const Outcome outcome = apexctl(test.arguments);
        EXPECT_EQ(outcome.status, 2) << test.arguments;
        EXPECT_EQ(outcome.output, "apexctl: " + test.message + "\n");
    }
    EXPECT_NE(apexctl("zone show").output.find("NAME"), std::string::npos);
    EXPECT_NE(apexctl("--nope status").output.find("--nope"), std::string::npos);
}

TEST(Apexctl, no_daemon_is_status_3) {
    const auto outcome = apexctl("status -s /nonexistent/s");
    EXPECT_EQ(outcome.status, 3);
    EXPECT_NE(outcome.output.find("is apexd running?"), std::string::npos) << outcome.output;
}

}  // namespace
}  // namespace apex::control
