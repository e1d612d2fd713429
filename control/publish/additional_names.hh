// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Whose addresses a client will ask for next. Pure, any thread.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "dataplane/wire/name.hh"
#include "dataplane/wire/types.hh"

namespace apex::control {

/// The names in RDATA whose addresses belong in the additional section: of NS, MX
/// (RFC 1035 §3.3), SRV (RFC 2782), SVCB and HTTPS (RFC 9460 §4.1).
std::vector<wire::Name> additional_names(wire::RrType type, std::span<const std::string> rdata,
                                         const wire::Name& owner);

}  // namespace apex::control
