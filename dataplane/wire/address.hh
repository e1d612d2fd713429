// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// An IPv4 or IPv6 address as sixteen octets, IPv4 in its mapped form
// (RFC 4291 §2.5.5.2), so that one comparison serves both families.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace apex::wire {

struct IpAddress {
    std::array<std::uint8_t, 16> bytes{};

    bool operator==(const IpAddress&) const = default;
    auto operator<=>(const IpAddress&) const = default;

    /// True for ::ffff:0:0/96, the form that IPv4 addresses take here.
    bool is_v4() const noexcept {
        for (std::size_t n = 0; n < 10; ++n) {
            if (bytes[n] != 0) return false;
        }
        return bytes[10] == 0xff && bytes[11] == 0xff;
    }

    /// From the 4 or 16 octets that an A or AAAA record has.
    static IpAddress from_octets(std::string_view octets) noexcept {
        IpAddress address;
        if (octets.size() == 4) address.bytes[10] = address.bytes[11] = 0xff;
        std::memcpy(address.bytes.data() + (16 - octets.size()), octets.data(), octets.size());
        return address;
    }

    /// Presentation form of either family; empty when `text` is neither.
    static std::optional<IpAddress> from_text(const std::string& text);
    std::string to_text() const;
};

}  // namespace apex::wire
