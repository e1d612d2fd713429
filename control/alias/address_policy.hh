// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Which addresses may not be published, whoever hands them out. Called for
// every address of an answer; no state, any thread.
#pragma once

#include <string_view>

namespace apex::control {

/// Why the address (RDATA of A or AAAA, 4 or 16 octets) must not be published:
/// "loopback", "unspecified", "multicast" or "broadcast", and unless it is allowed
/// "private": for one organisation (RFC 1918, RFC 4193), one network (RFC 3927, RFC 4291
/// §2.5.6) or behind a provider's NAT (RFC 6598), so that it would lead a client to a
/// neighbour of its own (DNS rebinding). Null when it may be. An IPv6 address with an IPv4
/// address in it, to which a host or a gateway would send (mapped, compatible, NAT64, 6to4,
/// Teredo), is judged by that.
const char* refused_address(std::string_view rdata, bool private_allowed);

}  // namespace apex::control
