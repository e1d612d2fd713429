// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// A network interface of the kernel that is ours to set up, over rtnetlink. On the main thread.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <span>
#include <string>

namespace apex::io {

using MacAddress = std::array<std::uint8_t, 6>;

/// Gives the interface its MAC address, MTU and IP addresses ("192.0.2.1/24") and sets it up.
/// The IPv6 ones are in use at once, without duplicate address detection: it is the port's own
/// wire that they are on, and a start must not wait. The error says which step failed and why.
std::expected<void, std::string> set_up_interface(const std::string& name, const MacAddress& mac,
                                                  std::uint16_t mtu,
                                                  std::span<const std::string> addresses);

/// Gives it a carrier or takes that away, as a cable would.
std::expected<void, std::string> set_carrier(const std::string& name, bool carrier);

}  // namespace apex::io
