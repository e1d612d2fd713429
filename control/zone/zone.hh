// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// One zone as its text says it, checked, before anything is resolved or
// rendered. Built on a helper thread, immutable afterwards, shared by pointer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "control/config/config.hh"
#include "control/error.hh"
#include "control/zone/sources.hh"
#include "dataplane/wire/name.hh"
#include "dataplane/wire/types.hh"

namespace apex::control {

struct Rrset {
    wire::RrType type{};
    std::uint32_t ttl = 0;           ///< seconds
    std::vector<std::string> rdata;  ///< uncompressed wire RDATA, no duplicates, at least one
    Place place{};                   ///< of its first record, for the checks
};

/// All RRsets of one owner; empty for an empty non-terminal.
struct Owner {
    std::vector<Rrset> rrsets;

    /// The RRset of that type, or null.
    const Rrset* find(wire::RrType type) const {
        for (const Rrset& set : rrsets) {
            if (set.type == type) return &set;
        }
        return nullptr;
    }
};

struct Zone {
    wire::Name apex;
    std::filesystem::path file;
    /// Every owner, and every empty non-terminal between an owner and the apex
    /// (RFC 8499 "Empty non-terminals"), so that ancestors are always present.
    std::unordered_map<wire::Name, Owner> owners;
    std::size_t record_count = 0;
    std::vector<Error> warnings;  ///< data kept, but the operator should look

    const Owner& apex_owner() const { return owners.at(apex); }
    /// The SOA's SERIAL (RFC 1035 §3.3.13).
    std::uint32_t serial() const;
    /// TTL of a negative answer: min(SOA TTL, MINIMUM) (RFC 2308 §3, RFC 9077).
    std::uint32_t negative_ttl() const;
};

/// The targets of `owner`'s ALIAS RRset in zone order; empty without one.
std::vector<wire::Name> alias_targets(const Owner& owner, wire::RrType alias_type);

/// Reads zone text: records through ldns, ALIAS and ANAME by name or in
/// RFC 3597 form as `alias_type`. CNAMEs become ALIAS as `config.flatten` says.
/// Checks what would make answers wrong; the error names file and line.
/// Blocking and long for a big zone: call it from a helper thread.
Result<Zone> load_zone(const ZoneConfig& config, wire::RrType alias_type);

/// The same from text in memory, which must not include files; `config.file`
/// only names it in messages.
Result<Zone> parse_zone(std::string_view text, const ZoneConfig& config, wire::RrType alias_type);

}  // namespace apex::control
