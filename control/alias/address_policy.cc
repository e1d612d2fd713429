// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Implements address_policy.hh.
#include "control/alias/address_policy.hh"

#include <algorithm>
#include <cstdint>
#include <string>

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

using namespace std::string_view_literals;
constexpr auto local_nat64 = "\0\x64\xff\x9b\0\x01"sv;

bool is_private_v6(std::string_view rdata) {
    const unsigned first = octet(rdata, 0);
    // NAT64 of one network (RFC 8215), wherever in it the IPv4 address is.
    if (rdata.starts_with(local_nat64)) return true;
    // The last are site-local ones, which nobody should have any more (RFC 3879).
    return first >> 1 == 0xfc >> 1 || (first == 0xfe && octet(rdata, 1) >> 7 == 0x80 >> 7);
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

/// The IPv4 address that a packet to an IPv6 address ends up at, or may; empty: none.
std::string inner_v4(std::string_view rdata) {
    constexpr auto compatible = "\0\0\0\0\0\0\0\0\0\0\0\0"sv;              // RFC 4291 §2.5.5.1
    constexpr auto mapped = "\0\0\0\0\0\0\0\0\0\0\xff\xff"sv;              // RFC 4291 §2.5.5.2
    constexpr auto nat64 = "\0\x64\xff\x9b\0\0\0\0\0\0\0\0"sv;             // RFC 6052 §2.1
    constexpr auto six_to_four = "\x20\x02"sv;                             // RFC 3056 §2
    constexpr auto teredo = "\x20\x01\0\0"sv;                              // RFC 4380 §4
    constexpr auto local_nat64_96 = "\0\x64\xff\x9b\0\x01\0\0\0\0\0\0"sv;  // RFC 8215
    for (const auto& prefix : {compatible, mapped, nat64, local_nat64_96}) {
        if (rdata.starts_with(prefix)) return std::string(rdata.substr(12));
    }
    if (rdata.starts_with(six_to_four)) return std::string(rdata.substr(2, 4));
    std::string client;
    if (rdata.starts_with(teredo)) client = rdata.substr(12);
    for (char& c : client) c = static_cast<char>(~c);
    return client;
}

}  // namespace

const char* refused_address(std::string_view rdata, bool private_allowed) {
    if (rdata.size() == 4) return refused_v4(rdata, private_allowed);
    if (octet(rdata, 0) == 0xff) return "multicast";
    const auto is_zero = [](char c) { return c == '\0'; };
    if (std::all_of(rdata.begin(), rdata.begin() + 15, is_zero)) {
        if (octet(rdata, 15) == 0) return "unspecified";
        if (octet(rdata, 15) == 1) return "loopback";
    }
    const std::string inner = inner_v4(rdata);
    const char* why = inner.empty() ? nullptr : refused_v4(inner, private_allowed);
    if (why != nullptr) return why;
    return !private_allowed && is_private_v6(rdata) ? "private" : nullptr;
}

}  // namespace apex::control
