// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/config/period.hh"

#include <charconv>
#include <limits>

namespace apex::control {

namespace {

std::uint32_t unit_seconds(char unit) {
    switch (unit) {
        case 's':
        case 'S':
            return 1;
        case 'm':
        case 'M':
            return 60;
        case 'h':
        case 'H':
            return 3600;
        case 'd':
        case 'D':
            return 86400;
        case 'w':
        case 'W':
            return 604800;
        default:
            return 0;
    }
}

}  // namespace

std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t largest) {
    std::uint32_t value = 0;
    const char* end = text.data() + text.size();
    // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): `end` says how far
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end || value > largest) return std::nullopt;
    return value;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    const auto port = parse_number(text, 65535);
    if (!port || *port == 0) return std::nullopt;
    return static_cast<std::uint16_t>(*port);
}

std::optional<std::uint32_t> parse_period(std::string_view text) {
    constexpr std::uint64_t largest = std::numeric_limits<std::uint32_t>::max();
    std::uint64_t total = 0;
    const char* at = text.data();
    const char* const end = at + text.size();
    if (at == end) return std::nullopt;
    while (at < end) {
        std::uint32_t count = 0;
        const auto [stop, error] = std::from_chars(at, end, count);
        if (error != std::errc{}) return std::nullopt;
        // Without a unit only a number that stands alone is clear.
        const bool plain = stop == end;
        if (plain && at != text.data()) return std::nullopt;
        const std::uint32_t unit = plain ? 1 : unit_seconds(*stop);
        if (unit == 0) return std::nullopt;
        total += std::uint64_t{count} * unit;
        if (total > largest) return std::nullopt;
        at = plain ? end : stop + 1;
    }
    return static_cast<std::uint32_t>(total);
}

}  // namespace apex::control
