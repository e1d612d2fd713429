// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What RFC 9460 demands of the parameters of SVCB and HTTPS and ldns lets pass. A
// client ignores a record that breaks it. Used by the RDATA parser on a helper
// thread; no state.
#pragma once

#include <string_view>

#include "control/error.hh"

namespace apex::control {

/// `rdata` is that of an SVCB or HTTPS record, with an uncompressed name. The
/// error has neither file nor line.
Result<void> check_svcb(std::string_view rdata);

}  // namespace apex::control
