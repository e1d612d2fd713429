// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// DNS numbers that every layer shares. No code, no state, any thread.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace apex::wire {

/// An RR TYPE or QTYPE (RFC 1035 §3.2.2). A distinct type, so that it cannot be
/// mistaken for a length or a class; any 16-bit value is valid.
enum class RrType : std::uint16_t {
    a = 1,
    ns = 2,
    cname = 5,
    soa = 6,
    ptr = 12,
    mx = 15,
    txt = 16,
    aaaa = 28,
    srv = 33,
    opt = 41,
    dname = 39,
    ds = 43,
    rrsig = 46,
    nsec = 47,
    svcb = 64,
    https = 65,
    ixfr = 251,
    axfr = 252,
    any = 255,
    alias = 65401,  ///< private use; what PowerDNS and Knot put on the wire
};

/// RCODE; values above 15 need the OPT's upper bits (RFC 6891 §6.1.3).
enum class Rcode : std::uint8_t {
    noerror = 0,
    formerr = 1,
    servfail = 2,
    nxdomain = 3,
    notimp = 4,
    refused = 5,
    yxdomain = 6,
    badvers = 16,
};

/// INFO-CODE of an Extended DNS Error (RFC 8914 §4), 0 meaning "none attached".
enum class Ede : std::uint8_t {
    none = 0,
    stale_answer = 3,
    not_ready = 14,
    no_reachable_authority = 22,
};

inline constexpr std::uint16_t class_in = 1;
inline constexpr std::uint16_t class_chaos = 3;
inline constexpr std::size_t header_size = 12;         ///< DNS header, octets
inline constexpr std::size_t pointer_size = 2;         ///< compression pointer (RFC 1035 §4.1.4)
inline constexpr std::size_t rr_fixed_size = 10;       ///< of an RR, from its TYPE to its RDLENGTH
inline constexpr std::uint16_t pointer_mark = 0xc000;  ///< the offset's upper two bits
inline constexpr std::uint16_t question_pointer = pointer_mark | header_size;
inline constexpr std::size_t max_name_size = 255;    ///< wire octets, root label included
inline constexpr std::size_t max_label_size = 63;    ///< its length octet not counted
inline constexpr std::size_t max_label_count = 127;  ///< root label not counted
inline constexpr std::size_t max_message_size = 65535;
/// Of what is between question and OPT, so that a message has room for all three, the longest name
/// and every option.
inline constexpr std::size_t max_body_size = 64500;

constexpr std::uint16_t to_int(RrType type) {
    return static_cast<std::uint16_t>(type);
}
constexpr std::uint8_t to_int(Rcode rcode) {
    return static_cast<std::uint8_t>(rcode);
}
constexpr std::uint8_t to_int(Ede code) {
    return static_cast<std::uint8_t>(code);
}

}  // namespace apex::wire
