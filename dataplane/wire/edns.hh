// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The OPT pseudo-RR of a query (RFC 6891 §6). Packet path.
#pragma once

#include <cstdint>

#include "dataplane/wire/bytes.hh"
#include "dataplane/wire/types.hh"

namespace apex::wire {

inline constexpr std::uint16_t min_udp_payload = 512;    ///< RFC 6891 §6.2.3
inline constexpr std::uint16_t max_udp_payload = 1232;   ///< what crosses IPv6 unfragmented
inline constexpr std::size_t opt_size = 11;              ///< an OPT without options, octets

struct Edns {
    bool present = false;
    bool dnssec_ok = false;         ///< RFC 3225
    std::uint8_t version = 0;
    std::uint16_t udp_payload = 0;  ///< as the client sent it
};

/// Walks the `count` additional RRs of a query, which `records` starts with, and
/// takes the OPT from among them. Octets behind the last RR are ignored. False
/// when an RR runs past the end, an OPT has an owner or comes twice, or its
/// options do not fill its RDATA exactly (RFC 6891 §6.1.1, §6.1.2).
bool parse_additional(Bytes records, std::uint16_t count, Edns& edns) noexcept;

}  // namespace apex::wire
