// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Sets up spdlog's default logger once at start: everything to stderr, where
// systemd or the terminal takes it. Afterwards any control thread logs through
// spdlog itself; the workers never do.
#pragma once

#include <string_view>

#include "control/error.hh"

namespace apex::control {

/// `level` is one of debug, info, warning, error.
Result<void> set_up_log(std::string_view level);

}  // namespace apex::control
