// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The commands of apexctl and the methods they call: one table, from which the
// command line is made and against which docs/control-protocol.md is tested.
#pragma once

#include <span>
#include <string_view>

namespace apex::control {

/// `or_option`: the argument or one of the command's options, not both.
enum class Argument { none, optional, required, or_option };

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

/// An option that becomes a member of params.
struct CommandOption {
    std::string_view method;     ///< of the command that has it
    std::string_view flag;       ///< with its dashes
    std::string_view parameter;  ///< true, or the value
    bool takes_name;             ///< a domain name follows
    std::string_view help;
};

std::span<const CommandOption> command_options();

}  // namespace apex::control
