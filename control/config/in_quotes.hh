// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Text of a file as it may stand in an error message. Any thread, no state.
#pragma once

#include <string>
#include <string_view>

namespace apex::control {

/// `text` in double quotes on one line: octets that a terminal would act on
/// become "?", and after 60 octets an ellipsis follows.
std::string in_quotes(std::string_view text);

}  // namespace apex::control
