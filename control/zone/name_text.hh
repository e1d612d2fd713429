// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Between wire names and types and what people read and write, through ldns.
// Any thread, no state.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "control/error.hh"
#include "dataplane/wire/name.hh"
#include "dataplane/wire/types.hh"

namespace apex::control {

/// Presentation form with the trailing dot ("example.com."), escaped as RFC 1035 §5.1 says.
std::string to_text(const wire::Name& name);

/// A name in presentation form; without a trailing dot it is taken as complete.
Result<wire::Name> parse_name(std::string_view text);

/// "A", "AAAA", "TYPE65280"; the ALIAS type (as configured) gives "ALIAS".
std::string type_text(wire::RrType type, wire::RrType alias_type);

/// RDATA in presentation form; RFC 3597's `\# N hex` when ldns does not know the type.
std::string rdata_text(wire::RrType type, std::string_view rdata, wire::RrType alias_type);

}  // namespace apex::control
