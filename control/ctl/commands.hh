// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The commands of apexctl and the methods they call: one table, from which the
// command line is made and against which docs/control-protocol.md is tested.
#pragma once

#include <span>
#include <string_view>

namespace apex::control {

enum class Argument { none, optional, required };

struct Command {
    std::string_view noun;       ///< first word on the command line
    std::string_view verb;       ///< second word; empty: none
    std::string_view method;     ///< of the control protocol
    std::string_view parameter;  ///< member of params that takes the argument
    Argument argument;
    std::string_view help;
};

/// Grouped by noun.
std::span<const Command> commands();

}  // namespace apex::control
