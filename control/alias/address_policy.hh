// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Which addresses may never be published, whoever hands them out. Called for
// every address of an answer; no state, any thread.
#pragma once

#include <string_view>

namespace apex::control {

/// Why the address (RDATA of A or AAAA, 4 or 16 octets) must not be published:
/// "loopback", "unspecified", "multicast" or "broadcast"; null when it may be.
/// An IPv4-mapped IPv6 address is judged by the IPv4 address in it.
const char* refused_address(std::string_view rdata);

}  // namespace apex::control
