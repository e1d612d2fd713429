// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The keys that DNSSEC validation starts from (RFC 4033 §2 "Trust Anchor"), as a file of
// DS and DNSKEY records has them, such as /usr/share/dns/root.key. Read with the
// configuration; any thread, no state.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "control/error.hh"

namespace apex::control {

/// Each record in presentation form, on one line, without quotes. The error names the file,
/// and the line of what is no such record; a file without any is one too.
Result<std::vector<std::string>> read_trust_anchors(const std::filesystem::path& file);

}  // namespace apex::control
