// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Whole text files into memory, bounded. Called by the readers of configuration
// and zones; any thread, blocking.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "control/error.hh"

namespace apex::control {

/// The octets of a regular file of at most `limit` octets. The error names the
/// file and what the system said.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit);

}  // namespace apex::control
