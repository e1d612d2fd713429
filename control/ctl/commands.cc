// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "control/ctl/commands.hh"

#include <array>

namespace apex::control {
namespace {

using enum Argument;

constexpr std::array table{
    Command{"status", "", "status", "", none, "What the daemon is doing and what needs attention"},
    Command{"stats", "", "stats", "", none, "Counters of the workers, the table and ALIAS"},
    Command{"zone", "list", "zone.list", "", none, "Every configured zone and its state"},
    Command{"zone", "show", "zone.show", "zone", required, "One zone with its records"},
    Command{"zone", "reload", "zone.reload", "zone", optional,
            "Read the zone file again (without a name: every zone's)"},
    Command{"alias", "list", "alias.list", "", none, "Every ALIAS and what it answers now"},
    Command{"alias", "explain", "alias.explain", "name", required,
            "Where an ALIAS's answer comes from, hop by hop"},
    Command{"alias", "history", "alias.history", "name", required,
            "Which sets an ALIAS's targets had, and when they changed"},
    Command{"alias", "refresh", "alias.refresh", "name", or_option,
            "Ask for an ALIAS's targets now; returns when the outcome is served"},
    Command{"watch", "", "watch", "", none, "Print what happens, a line each, until Ctrl-C"},
    Command{"config", "reload", "config.reload", "", none,
            "Read the configuration again; zones come and go"},
    Command{"stop", "", "stop", "", none, "Stop the daemon"},
    Command{"hello", "", "hello", "", none, "What answers on the socket"},
};

constexpr std::array option_table{
    CommandOption{"alias.list", "--stale", "stale", false,
                  "Those served from an older answer, since the last resolution failed"},
    CommandOption{"alias.list", "--failing", "failing", false,
                  "Those with nothing to serve, since every resolution failed"},
    CommandOption{"alias.list", "--target", "target", true, "Those that follow this name"},
    CommandOption{"alias.refresh", "--all", "all", false, "Every target of every ALIAS"},
};

}  // namespace

std::span<const Command> commands() {
    return table;
}

std::span<const CommandOption> command_options() {
    return option_table;
}

}  // namespace apex::control
