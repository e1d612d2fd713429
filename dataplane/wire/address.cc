// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/wire/address.hh"

#include <arpa/inet.h>

#include <algorithm>
#include <cstddef>

namespace apex::wire {

namespace {

constexpr std::array<std::uint8_t, 12> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::ptrdiff_t v4_offset = v4_prefix.size();

}  // namespace

std::optional<IpAddress> IpAddress::from_text(const std::string& text) {
    IpAddress address;
    if (inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) return address;
    std::copy(v4_prefix.begin(), v4_prefix.end(), address.bytes.begin());
    if (inet_pton(AF_INET, text.c_str(), address.bytes.data() + v4_offset) == 1) return address;
    return std::nullopt;
}

std::string IpAddress::to_text() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (is_v4()) {
        inet_ntop(AF_INET, bytes.data() + v4_offset, text.data(), text.size());
    } else {
        inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
    }
    return text.data();
}

}  // namespace apex::wire
