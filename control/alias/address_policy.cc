// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Implements address_policy.hh.
#include "control/alias/address_policy.hh"

#include <algorithm>
#include <cstdint>

namespace apex::control {
namespace {

std::uint8_t octet(std::string_view rdata, std::size_t at) {
    return static_cast<std::uint8_t>(rdata[at]);
}

bool is_private_v4(std::string_view rdata) {
    const unsigned first = octet(rdata, 0);
    const unsigned second = octet(rdata, 1);
    return first == 10 || (first == 172 && second >> 4 == 1) || (first == 192 && second == 168) ||
           (first == 169 && second == 254) || (first == 100 && second >> 6 == 1);
}

bool is_private_v6(std::string_view rdata) {
    const unsigned first = octet(rdata, 0);
    return first >> 1 == 0xfc >> 1 || (first == 0xfe && octet(rdata, 1) >> 6 == 0x80 >> 6);
}

const char* refused_v4(std::string_view rdata, bool private_allowed) {
    // All of 0/8 means "this network" (RFC 1122 §3.2.1.3), not only 0.0.0.0.
    if (octet(rdata, 0) == 0) return "unspecified";
    if (octet(rdata, 0) == 127) return "loopback";
    if ((octet(rdata, 0) & 0xf0) == 0xe0) return "multicast";
    if (!private_allowed && is_private_v4(rdata)) return "private";
    const auto is_ones = [](char c) { return c == '\xff'; };
    if (std::all_of(rdata.begin(), rdata.end(), is_ones)) return "broadcast";
    return nullptr;
}

}  // namespace

const char* refused_address(std::string_view rdata, bool private_allowed) {
    if (rdata.size() == 4) return refused_v4(rdata, private_allowed);
    if (octet(rdata, 0) == 0xff) return "multicast";
    if (!private_allowed && is_private_v6(rdata)) return "private";
    const auto is_zero = [](char c) { return c == '\0'; };
    if (std::all_of(rdata.begin(), rdata.begin() + 15, is_zero)) {
        if (octet(rdata, 15) == 0) return "unspecified";
        if (octet(rdata, 15) == 1) return "loopback";
    }
    const bool is_mapped = std::all_of(rdata.begin(), rdata.begin() + 10, is_zero) &&
                           octet(rdata, 10) == 0xff && octet(rdata, 11) == 0xff;
    return is_mapped ? refused_v4(rdata.substr(12), private_allowed) : nullptr;
}

}  // namespace apex::control
