// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Numbers, ports and durations as people write them in configuration and zone files.
// Any thread, no state.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace apex::control {

/// A decimal number of at most `largest`; digits only.
std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t largest);

/// A decimal number from `least` to `most`.
template <typename Number, Number least, Number most>
std::optional<Number> parse_between(std::string_view text) {
    const auto number = parse_number(text, static_cast<std::uint32_t>(most));
    if (!number || *number < least) return std::nullopt;
    return static_cast<Number>(*number);
}

/// A port, from 1 to 65535.
std::optional<std::uint16_t> parse_port(std::string_view text);

/// Seconds: "300", or counts with the units w, d, h, m, s of either case
/// ("30s", "1h30m"). Empty when it is neither or exceeds 2^32-1.
std::optional<std::uint32_t> parse_period(std::string_view text);

}  // namespace apex::control
