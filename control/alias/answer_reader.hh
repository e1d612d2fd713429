// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// From the bytes that a resolver handed back to a set of addresses: the CNAME
// chain, its TTLs, and what RFC 2308 says of empty answers. Called by the
// resolver; no state, any thread. The bytes are hostile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "control/alias/resolved_set.hh"
#include "control/config/config.hh"
#include "control/error.hh"

namespace apex::control {

inline constexpr std::size_t max_chain_hops = 16;       ///< CNAMEs followed
inline constexpr std::uint32_t max_negative_ttl = 300;  ///< seconds

/// Reads a whole DNS message that answers `key`. NXDOMAIN and NODATA give a set
/// without addresses. The error says what is wrong with the answer; it does not
/// repeat the question. `resolver` and `resolved_at` of the set are left empty.
Result<ResolvedSet> read_answer(const TargetKey& key, std::span<const std::uint8_t> message,
                                const AddressLimits& limits);

}  // namespace apex::control
