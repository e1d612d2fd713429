// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// One line of the control protocol: what it asks, whether it may, and the lines
// that go back (docs/control-protocol.md). Pure functions, no socket; called by
// the connection, by apexctl, by the tests and by the fuzz target. Any thread.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "control/ctl/handlers.hh"
#include "control/error.hh"

namespace apex::control {

inline constexpr int protocol_version = 1;
/// Brackets open at once in a message. Writing a document out again recurses
/// once a level, so the depth is settled before anything is parsed.
inline constexpr unsigned max_json_depth = 64;

enum class RpcCode : int {
    parse_error = -32700,
    invalid_request = -32600,
    method_not_found = -32601,
    invalid_params = -32602,
    command_failed = -32000,  ///< a handler's Error
    not_admitted = -32001,    ///< the connection is refused and will be closed
    hello_missing = -32002,   ///< a method before `hello`
    too_slow = -32003,        ///< a watcher does not read; the connection will be closed
};

/// What the connection does about one line.
struct LineVerdict {
    enum class Kind {
        ignore,  ///< a notification
        answer,  ///< send `line`
        refuse,  ///< send `line`, then close
        greet,   ///< send `line`; the client has said hello
        watch,   ///< send `line`; from now on the client is told what happens
        run,     ///< call the handler of `method` and answer with `id` later
    };
    Kind kind = Kind::ignore;
    std::string line = {};  ///< with its newline
    nlohmann::json id = {};
    std::string method = {};     ///< a key of the handlers
    nlohmann::json params = {};  ///< an object
};

/// Never throws on any bytes. `line` comes without its newline.
LineVerdict judge_line(std::string_view line, bool greeted, const Handlers& handlers);

/// Parses one JSON text of hostile origin; too deep or not JSON is an Error.
Result<nlohmann::json> parse_json(std::string_view text);

/// One line, invalid UTF-8 replaced, with its newline.
std::string to_line(const nlohmann::json& message);
std::string result_line(const nlohmann::json& id, nlohmann::json result);
std::string error_line(const nlohmann::json& id, RpcCode code, std::string_view message);
/// The notification that a server opens every connection with.
std::string hello_line();
/// A notification to those that watch.
std::string watch_line(nlohmann::json params);

}  // namespace apex::control
