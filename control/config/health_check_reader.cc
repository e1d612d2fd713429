// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/config/health_check_reader.hh"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "control/config/period.hh"

namespace apex::control {

namespace {

using Kind = HealthCheck::Kind;

constexpr std::uint32_t most_seconds = 3600;
constexpr std::size_t max_host = 253;
constexpr std::size_t max_path = 1024;

std::optional<Kind> parse_kind(std::string_view text) {
    if (text == "tcp") return Kind::tcp;
    if (text == "http") return Kind::http;
    if (text == "https") return Kind::https;
    return std::nullopt;
}

template <typename T>
std::optional<T> parse_between(std::string_view text, std::uint32_t least, std::uint32_t most) {
    const auto number = parse_number(text, most);
    if (!number || *number < least) return std::nullopt;
    return static_cast<T>(*number);
}

std::optional<std::uint32_t> parse_seconds(std::string_view text) {
    const auto seconds = parse_period(text);
    return seconds && *seconds >= 1 && *seconds <= most_seconds ? seconds : std::nullopt;
}

/// Nothing else may reach a request: a space or a line break would add to it.
std::optional<std::string> parse_path(std::string_view text) {
    const auto is_graphic = [](unsigned char c) { return c > ' ' && c < 0x7f; };
    const bool is_path =
        text.starts_with('/') && text.size() <= max_path && std::ranges::all_of(text, is_graphic);
    return is_path ? std::optional(std::string(text)) : std::nullopt;
}

bool is_host_octet(unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_';
}

std::optional<std::string> parse_host(std::string_view text) {
    const bool is_host = text.size() <= max_host && std::ranges::all_of(text, is_host_octet);
    return is_host ? std::optional(std::string(text)) : std::nullopt;
}

using Statuses = std::pair<std::uint16_t, std::uint16_t>;

std::optional<Statuses> parse_statuses(std::string_view text) {
    const std::size_t dash = text.find('-');
    const auto least = parse_between<std::uint16_t>(text.substr(0, dash), 100, 599);
    const auto most = dash == std::string_view::npos
                          ? least
                          : parse_between<std::uint16_t>(text.substr(dash + 1), 100, 599);
    if (!least || !most || *least > *most) return std::nullopt;
    return Statuses{*least, *most};
}

/// What the map says; what it does not say is not set.
struct Given {
    std::optional<Kind> kind;
    std::optional<std::uint16_t> port;
    std::optional<std::string> host, path;
    std::optional<Statuses> statuses;
    std::optional<std::uint32_t> interval, timeout;
    std::optional<std::uint8_t> rise, fall;
};

std::vector<Key> keys(YamlReader& reader, Given& given) {
    using enum Presence;
    const auto row = [](std::string_view text) { return parse_between<std::uint8_t>(text, 1, 10); };
    return {
        {"check", "tcp, http or https", required, store(reader, given.kind, parse_kind)},
        {"port", "a number from 1 to 65535", optional, store(reader, given.port, parse_port)},
        {"host", "a host name", optional, store(reader, given.host, parse_host)},
        {"path", "a path such as /up, without spaces", optional,
         store(reader, given.path, parse_path)},
        {"status", "an HTTP status or a range such as 200-299", optional,
         store(reader, given.statuses, parse_statuses)},
        {"interval", "1 s to 1 h, such as 10s", optional,
         store(reader, given.interval, parse_seconds)},
        {"timeout", "1 s to 1 h, such as 2s", optional,
         store(reader, given.timeout, parse_seconds)},
        {"rise", "a number from 1 to 10", optional, store(reader, given.rise, row)},
        {"fall", "a number from 1 to 10", optional, store(reader, given.fall, row)},
    };
}

/// What is wrong with it as a whole; empty: nothing.
std::string contradiction(const Given& given, const HealthCheck& check) {
    if (check.kind == Kind::tcp) {
        if (!given.port) return "\"health\" with check tcp needs a \"port\"";
        if (given.host || given.path || given.statuses) {
            return "\"health\" with check tcp has \"host\", \"path\" or \"status\"; expected check "
                   "http or https for these";
        }
    }
    if (check.timeout >= check.interval) {
        return "\"health\" has \"timeout\" " + std::to_string(check.timeout) +
               " s, not below \"interval\", " + std::to_string(check.interval) + " s";
    }
    return {};
}

}  // namespace

void read_health_check(YamlReader& reader, const YAML::Node& node, const YamlPlace& place,
                       std::optional<HealthCheck>& check) {
    Given given;
    reader.read_map(node, place, keys(reader, given));
    if (reader.failed()) return;
    HealthCheck made;
    made.kind = *given.kind;
    made.port = given.port.value_or(made.kind == Kind::https ? 443 : 80);
    made.host = given.host.value_or("");
    made.path = given.path.value_or("/");
    std::tie(made.least_status, made.most_status) = given.statuses.value_or(Statuses{200, 399});
    made.interval = given.interval.value_or(made.interval);
    made.timeout = given.timeout.value_or(made.timeout);
    made.rise = given.rise.value_or(made.rise);
    made.fall = given.fall.value_or(made.fall);
    const std::string wrong = contradiction(given, made);
    if (!wrong.empty()) return reader.fail_at(place.line, wrong);
    check = std::move(made);
}

std::string host_of(const wire::Name& owner) {
    std::string text;
    for (wire::Name at = owner.is_wildcard() ? owner.parent() : owner; !at.is_root();
         at = at.parent()) {
        const auto size = static_cast<unsigned char>(at.wire()[0]);
        const std::string_view label = at.wire().substr(1, size);
        if (label.find('.') != std::string_view::npos) return {};
        text += (text.empty() ? "" : ".") + std::string(label);
    }
    return parse_host(text).value_or("");
}

}  // namespace apex::control
