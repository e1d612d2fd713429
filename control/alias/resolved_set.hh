// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What the resolution of one (target, type) gave. A value; control thread.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/wire/name.hh"
#include "dataplane/wire/types.hh"

namespace apex::control {

/// What an ALIAS gives, addresses.
inline constexpr std::array address_types{wire::RrType::a, wire::RrType::aaaa};

/// The unit of resolution: however many owners follow a target, each of its
/// address types is resolved once.
struct TargetKey {
    wire::Name target;
    wire::RrType type{};  ///< a or aaaa
    auto operator<=>(const TargetKey&) const = default;
};

/// One RRset on the way from the target to its addresses.
struct Hop {
    wire::Name owner;
    wire::RrType type{};    ///< cname, or the type asked for
    std::uint32_t ttl = 0;  ///< seconds, as received
    wire::Name next;        ///< where a CNAME leads; root for the address RRset
};

/// An address that was received, but is not served.
struct RefusedAddress {
    std::string rdata;
    std::string_view why;  ///< static
};

/// What DNSSEC says of a set (RFC 4033 §5). A bogus one is none.
enum class Validation : std::uint8_t {
    unknown,   ///< it is from before the start
    off,       ///< there is no trust anchor
    insecure,  ///< no trust anchor covers it, or a delegation on the way is unsigned
    secure,
};

/// A successful resolution: addresses, or none for NXDOMAIN and NODATA.
struct ResolvedSet {
    std::vector<std::string> addresses;   ///< RDATA, 4 or 16 octets each, sorted, no duplicates
    std::vector<RefusedAddress> refused;  ///< those that address_policy.hh keeps out
    /// Seconds, as received: minimum over the chain, and over the negative TTL
    /// (RFC 2308 §5, at most max_negative_ttl) when there are no addresses.
    std::uint32_t ttl = 0;
    /// The CNAMEs followed, then the address RRset when there is one: empty when
    /// the target itself is without an answer.
    std::vector<Hop> chain;
    bool nxdomain = false;  ///< without addresses: the chain's end does not exist (RFC 8020)
    /// The zone of the chain's end, as the SOA with a denial tells it. Addresses come without:
    /// libunbound takes NS records out of such answers (CVE-2025-11411).
    std::optional<wire::Name> zone;
    Validation validation = Validation::unknown;
    std::string resolver;  ///< "forward 192.0.2.1@53" or "recursion"
    std::chrono::system_clock::time_point resolved_at;
};

/// Both chains lead by the same names, whatever is left of the TTLs.
inline bool is_same_way(const std::vector<Hop>& a, const std::vector<Hop>& b) {
    return std::ranges::equal(a, b, [](const Hop& one, const Hop& other) {
        return one.owner == other.owner && one.type == other.type && one.next == other.next;
    });
}

/// Addresses of one size, one after another.
inline std::string joined(const std::vector<std::string>& addresses) {
    std::string all;
    for (const std::string& address : addresses) all += address;
    return all;
}

}  // namespace apex::control
