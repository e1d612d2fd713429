// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// How the addresses of an ALIAS owner are checked, as the configuration says it. Any
// thread, no state.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace apex::control {

struct HealthCheck {
    enum class Kind : std::uint8_t { tcp, http, https };

    Kind kind = Kind::tcp;
    std::uint16_t port = 0;
    std::string host;                ///< Host header and TLS server name; of HTTP(S)
    std::string path = "/";          ///< likewise
    std::uint16_t least_status = 0;  ///< likewise
    std::uint16_t most_status = 0;
    std::uint32_t interval = 10;  ///< seconds
    std::uint32_t timeout = 2;    ///< seconds, for all of one attempt; below the interval
    std::uint8_t rise = 2;        ///< successes in a row that make an address healthy
    std::uint8_t fall = 3;        ///< failures in a row that make it unhealthy

    auto operator<=>(const HealthCheck&) const = default;
};

/// For people: "https on port 443, GET /up at www.example.com, status 200 to 399".
std::string text(const HealthCheck& check);

}  // namespace apex::control
