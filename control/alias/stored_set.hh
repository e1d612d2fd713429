// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// A last good set as it is kept over restarts, and the text that its parts are stored
// as, so that people can read the file too. Any thread, no state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/alias/resolved_set.hh"

namespace apex::control {

struct StoredSet {
    TargetKey key;
    ResolvedSet set;
    std::uint32_t learned_ttl = 0;  ///< seconds
};

/// "A" or "AAAA".
std::string_view address_type_text(wire::RrType type);
std::optional<wire::RrType> parse_address_type(std::string_view text);
/// "cdn.example.net. A".
std::string to_text(const TargetKey& key);

/// "192.0.2.1 192.0.2.2"; empty without addresses.
std::string addresses_text(const std::vector<std::string>& addresses);
/// Empty unless each is an address of `type`.
std::optional<std::vector<std::string>> parse_addresses(std::string_view text, wire::RrType type);

/// A line for each hop, "OWNER TYPE TTL NEXT".
std::string chain_text(const std::vector<Hop>& chain);
std::optional<std::vector<Hop>> parse_chain(std::string_view text);

}  // namespace apex::control
