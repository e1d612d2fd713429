// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// One line in, one decision out: the table of what a client may send.

#include "control/ctl/message.hh"

#include <gtest/gtest.h>

namespace apex::control {
namespace {

using nlohmann::json;
using Kind = LineVerdict::Kind;

const Handlers& handlers() {
    static const Handlers made = {
        {"zone.list", {}}, {"zone.show", {}}, {"status", {}}, {"stats", {}}};
    return made;
}

struct Case {
    const char* what;
    std::string line;
    bool greeted;
    Kind kind;
    int code;  ///< 0: no error
    json id;
};

TEST(Message, judges_each_line) {
    const std::string deep(64, '['), too_deep(65, '[');
    const Case cases[] = {
        {"empty", "", true, Kind::answer, -32700, nullptr},
        {"not JSON", "hello", true, Kind::answer, -32700, nullptr},
        {"half a request", R"({"jsonrpc":"2.0")", true, Kind::answer, -32700, nullptr},
        {"bad UTF-8", "\"\xC0\x80\"", true, Kind::answer, -32700, nullptr},
        {"number out of range", "1e999", true, Kind::answer, -32700, nullptr},
        {"too deep", too_deep + std::string(65, ']'), true, Kind::answer, -32700, nullptr},
        {"deep enough", deep + std::string(64, ']'), true, Kind::answer, -32600, nullptr},
        {"bomb", std::string(500'000, '['), true, Kind::answer, -32700, nullptr},
        {"bomb of objects",
         [] {
             std::string s;
             for (int i = 0; i < 90'000; ++i) s += "{\"a\":";
             return s;
         }(),
         true, Kind::answer, -32700, nullptr},
        {"batch", R"([{"jsonrpc":"2.0","id":1,"method":"status"}])", true, Kind::answer, -32600,
         nullptr},
        {"no version", R"({"id":3,"method":"status"})", true, Kind::answer, -32600, 3},
        {"old version", R"({"jsonrpc":"1.0","id":3,"method":"status"})", true, Kind::answer, -32600,
         3},
        {"no method", R"({"jsonrpc":"2.0","id":3})", true, Kind::answer, -32600, 3},
        {"odd method", R"({"jsonrpc":"2.0","id":3,"method":[]})", true, Kind::answer, -32600, 3},
        {"odd id", R"({"jsonrpc":"2.0","id":{},"method":"status"})", true, Kind::answer, -32600,
         nullptr},
        {"array params", R"({"jsonrpc":"2.0","id":3,"method":"status","params":[]})", true,
         Kind::answer, -32602, 3},
        {"null params", R"({"jsonrpc":"2.0","id":3,"method":"status","params":null})", true,
         Kind::answer, -32602, 3},
        {"unknown", R"({"jsonrpc":"2.0","id":"x","method":"nope"})", true, Kind::answer, -32601,
         "x"},
        {"before hello", R"({"jsonrpc":"2.0","id":3,"method":"status"})", false, Kind::answer,
         -32002, 3},
        {"hello", R"({"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":1}})", false,
         Kind::greet, 0, 1},
        {"hello 2", R"({"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":2}})", false,
         Kind::refuse, -32001, 1},
        {"hello of nothing", R"({"jsonrpc":"2.0","id":1,"method":"hello"})", false, Kind::refuse,
         -32001, 1},
        {"hello text", R"({"jsonrpc":"2.0","id":1,"method":"hello","params":{"protocol":"1"}})",
         false, Kind::refuse, -32001, 1},
        {"notification", R"({"jsonrpc":"2.0","method":"status"})", true, Kind::ignore, 0, nullptr},
        {"request", R"({"jsonrpc":"2.0","id":3,"method":"status"})", true, Kind::run, 0, 3},
        {"carriage return", "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"status\"}\r", true,
         Kind::run, 0, 3},
    };
    for (const Case& test : cases) {
        SCOPED_TRACE(test.what);
        const LineVerdict verdict = judge_line(test.line, test.greeted, handlers());
        EXPECT_EQ(static_cast<int>(verdict.kind), static_cast<int>(test.kind));
        if (verdict.line.empty()) {
            EXPECT_EQ(verdict.id, test.id);
            continue;
        }
        EXPECT_EQ(verdict.line.find('\n'), verdict.line.size() - 1);
        const json answer = json::parse(verdict.line);
        EXPECT_EQ(answer["id"], test.id);
        EXPECT_EQ(answer.value("/error/code"_json_pointer, 0), test.code);
    }
}

TEST(Message, hands_method_and_params_on) {
    const auto verdict =
        judge_line(R"({"jsonrpc":"2.0","id":1,"method":"zone.show","params":{"zone":"a]\"[{."}})",
                   true, handlers());
    EXPECT_EQ(verdict.method, "zone.show");
    EXPECT_EQ(verdict.params, json({{"zone", "a]\"[{."}}));
    EXPECT_EQ(judge_line(R"({"jsonrpc":"2.0","id":1,"method":"status"})", true, handlers()).params,
              json::object());
}

std::string message_for(const std::string& method) {
    const json request = {{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}};
    return json::parse(judge_line(request.dump(), true, handlers()).line)["error"]["message"];
}

TEST(Message, an_unknown_method_names_those_that_look_alike) {
    EXPECT_EQ(message_for("zone.lst"), "no method \"zone.lst\"; did you mean zone.list?");
    EXPECT_EQ(message_for("statu"), "no method \"statu\"; did you mean stats, status?");
    EXPECT_EQ(message_for("quit"), "no method \"quit\"");
    EXPECT_LT(message_for(std::string(100'000, 'a')).size(), 100U);
}

TEST(Message, brackets_inside_strings_do_not_count_as_depth) {
    EXPECT_TRUE(parse_json('"' + std::string(1000, '[') + '"'));
    EXPECT_TRUE(parse_json(R"(["\"", "[[", "\\"])"));
    EXPECT_FALSE(parse_json(std::string(65, '[') + std::string(65, ']')));
}

TEST(Message, bytes_that_are_not_utf8_leave_replaced) {
    const json message = json::parse(result_line(1, json("caf\xE9")));
    EXPECT_EQ(message["result"], "caf\uFFFD");
}

}  // namespace
}  // namespace apex::control
