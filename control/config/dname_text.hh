// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Domain names in presentation form to wire octets, through ldns. Called by the
// readers of configuration and zones; any thread, no state.
#pragma once

#include <string>
#include <string_view>

#include "control/error.hh"

namespace apex::control {

/// The wire octets of the root name.
inline constexpr std::string_view root_wire{"\0", 1};

/// Uncompressed wire octets of a name in presentation form (RFC 1035 §5.1), its
/// case kept. A name without the trailing dot is completed by `origin`, the wire
/// octets of a name. The error has no file or line.
Result<std::string> dname_wire(const std::string& text, std::string_view origin);

}  // namespace apex::control
