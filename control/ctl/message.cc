// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "control/ctl/message.hh"

#include <algorithm>
#include <utility>
#include <vector>

#include "control/config/edit_distance.hh"

namespace apex::control {
namespace {

using nlohmann::json;
using Kind = LineVerdict::Kind;

/// Text of a client's choosing that goes into a message: enough to recognise it.
std::string clipped(std::string_view text) {
    constexpr std::size_t most = 64;
    if (text.size() <= most) return std::string(text);
    return std::string(text.substr(0, most)) + "...";
}

/// Counts brackets outside of strings. Exact for every prefix that is valid
/// JSON, and a parser never goes past such a prefix.
bool too_deep(std::string_view text) {
    unsigned depth = 0;
    bool in_string = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (in_string) {
            if (c == '\\') {
                ++at;
            } else if (c == '"') {
                in_string = false;
            }
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > max_json_depth) return true;
        } else if ((c == ']' || c == '}') && depth > 0) {
            --depth;
        }
    }
    return false;
}

/// "; did you mean a, b?" or nothing.
std::string near_names(std::string_view wanted, const Handlers& handlers) {
    constexpr std::size_t longest = 64, most_changes = 3, most_names = 3;
    if (wanted.size() > longest) return {};
    std::vector<std::pair<std::size_t, std::string_view>> near = {
        {edit_distance(wanted, "hello"), "hello"}, {edit_distance(wanted, "watch"), "watch"}};
    for (const auto& [name, handler] : handlers) {
        near.emplace_back(edit_distance(wanted, name), name);
    }
    std::erase_if(near, [&](const auto& entry) {
        return entry.first > most_changes || entry.first >= wanted.size();
    });
    std::sort(near.begin(), near.end());
    near.resize(std::min(near.size(), most_names));
    std::string text;
    for (const auto& [distance, name] : near) {
        text += text.empty() ? "; did you mean " : ", ";
        text += name;
    }
    return text.empty() ? text : text + "?";
}

LineVerdict answer(const json& id, RpcCode code, std::string_view message) {
    return {.kind = Kind::answer, .line = error_line(id, code, message)};
}

json hello_fields() {
    return {{"server", "apexd"}, {"version", APEX_VERSION}, {"protocol", protocol_version}};
}

LineVerdict judge_hello(const json& id, const json& params) {
    const auto asked = params.find("protocol");
    if (asked != params.end() && asked->is_number_integer() && *asked == protocol_version) {
        return {.kind = Kind::greet, .line = result_line(id, hello_fields())};
    }
    const std::string read =
        asked == params.end()
            ? "without a protocol"
            : "for protocol " +
                  clipped(asked->dump(-1, ' ', false, json::error_handler_t::replace));
    return {.kind = Kind::refuse,
            .line = error_line(id, RpcCode::not_admitted,
                               "hello " + read + ": apexd " APEX_VERSION " speaks protocol " +
                                   std::to_string(protocol_version))};
}

LineVerdict judge_request(json& message, const json& id, bool greeted, const Handlers& handlers) {
    auto& method = message["method"].get_ref<std::string&>();
    json params = json::object();
    if (auto given = message.find("params"); given != message.end()) params = std::move(*given);
    if (!params.is_object()) {
        return answer(id, RpcCode::invalid_params,
                      std::string("params: read ") + params.type_name() + ", expected an object");
    }
    if (method == "hello") return judge_hello(id, params);
    if (!greeted) {
        return answer(id, RpcCode::hello_missing,
                      "the first request must be hello with {\"protocol\":" +
                          std::to_string(protocol_version) + "}");
    }
    if (method == "watch") {
        return {.kind = Kind::watch, .line = result_line(id, {{"ok", true}})};
    }
    if (!handlers.contains(method)) {
        return answer(id, RpcCode::method_not_found,
                      "no method \"" + clipped(method) + "\"" + near_names(method, handlers));
    }
    return {.kind = Kind::run, .id = id, .method = std::move(method), .params = std::move(params)};
}

}  // namespace

Result<json> parse_json(std::string_view text) {
    if (too_deep(text)) {
        return fail("nested deeper than " + std::to_string(max_json_depth) + " levels");
    }
    try {
        return json::parse(text);
    } catch (const json::parse_error& error) {
        return fail("not JSON: unexpected text at byte " + std::to_string(error.byte));
    } catch (const json::exception&) {
        return fail("not JSON: a number is out of range");
    }
}

LineVerdict judge_line(std::string_view line, bool greeted, const Handlers& handlers) {
    auto parsed = parse_json(line);
    if (!parsed) return answer(nullptr, RpcCode::parse_error, parsed.error().message);
    json& message = *parsed;
    if (!message.is_object()) {
        return answer(nullptr, RpcCode::invalid_request,
                      std::string("read ") + message.type_name() +
                          ", expected one request object a line (there are no batches)");
    }
    const auto given_id = message.find("id");
    const bool notification = given_id == message.end();
    const json id = notification ? json() : *given_id;
    if (!id.is_null() && !id.is_string() && !id.is_number()) {
        return answer(nullptr, RpcCode::invalid_request, "id must be a string, a number or null");
    }
    if (const auto version = message.find("jsonrpc");
        version == message.end() || *version != "2.0") {
        return answer(id, RpcCode::invalid_request, "member jsonrpc must be \"2.0\"");
    }
    if (const auto method = message.find("method");
        method == message.end() || !method->is_string()) {
        return answer(id, RpcCode::invalid_request, "member method must be a string");
    }
    if (notification) return {};
    return judge_request(message, id, greeted, handlers);
}

std::string to_line(const json& message) {
    return message.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
}

std::string result_line(const json& id, json result) {
    json message = {{"jsonrpc", "2.0"}, {"id", id}};
    message["result"] = std::move(result);
    return to_line(message);
}

std::string error_line(const json& id, RpcCode code, std::string_view message) {
    return to_line({{"jsonrpc", "2.0"},
                    {"id", id},
                    {"error", {{"code", static_cast<int>(code)}, {"message", message}}}});
}

std::string watch_line(json params) {
    json message = {{"jsonrpc", "2.0"}, {"method", "watch"}};
    message["params"] = std::move(params);
    return to_line(message);
}

std::string hello_line() {
    return to_line({{"jsonrpc", "2.0"}, {"method", "hello"}, {"params", hello_fields()}});
}

}  // namespace apex::control
