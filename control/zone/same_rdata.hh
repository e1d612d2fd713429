// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Which records are one record. Pure, any thread.
#pragma once

#include <string_view>

#include "dataplane/wire/types.hh"

namespace apex::control {

/// Two RDATA of one type, uncompressed, are the same but for the case of letters in
/// names, in the types where names have none (RFC 4034 §6.2, §6.3). `alias_type` is one.
bool is_same_rdata(wire::RrType type, std::string_view a, std::string_view b,
                   wire::RrType alias_type);

}  // namespace apex::control
