// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What is known of ALIAS targets in the protocol's form, where more than one command or
// notification has it (docs/control-protocol.md). Pure; control thread.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "control/alias/guards.hh"
#include "control/alias/history.hh"

namespace apex::control {

nlohmann::json address_list(std::span<const std::string> addresses, wire::RrType type,
                            wire::RrType alias_type);

/// "addresses", "nxdomain" or "nodata" (RFC 2308 §2.1, §2.2).
std::string_view answer_text(bool has_addresses, bool nxdomain);

/// The members that tell of a set.
nlohmann::json set_json(const PublishedSet& set, wire::RrType type, wire::RrType alias_type);

nlohmann::json alarm_json(const Alarm& alarm, wire::RrType alias_type);

}  // namespace apex::control
