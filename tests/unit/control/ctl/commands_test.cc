// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The command table against docs/control-protocol.md and the renderers.

#include "control/ctl/commands.hh"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

namespace apex::control {
namespace {

std::string read_file(const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(std::string(APEX_SOURCE_DIR) + "/" + name).rdbuf();
    return text.str();
}

/// The headings of the form "### `method`".
std::set<std::string> documented_methods() {
    std::istringstream lines(read_file("docs/control-protocol.md"));
    std::set<std::string> methods;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("### `") && line.ends_with('`')) {
            methods.insert(line.substr(5, line.size() - 6));
        }
    }
    return methods;
}

TEST(Commands, are_the_documented_methods) {
    std::set<std::string> called;
    for (const Command& command : commands()) called.emplace(command.method);
    EXPECT_EQ(called.size(), commands().size());
    EXPECT_EQ(called, documented_methods());
}

TEST(Commands, name_their_parameters_as_documented) {
    const std::string text = read_file("docs/control-protocol.md");
    for (const Command& command : commands()) {
        SCOPED_TRACE(command.method);
        EXPECT_EQ(command.parameter.empty(), command.argument == Argument::none);
        if (command.parameter.empty()) continue;
        const auto section = text.find("### `" + std::string(command.method) + '`');
        const auto params =
            text.find("Params: `{\"" + std::string(command.parameter) + '"', section);
        EXPECT_LT(params, text.find("###", section + 1));
    }
}

TEST(Commands, name_their_options_as_documented) {
    const std::string protocol = read_file("docs/control-protocol.md");
    const std::string manual = read_file("docs/man/apexctl.1");
    for (const CommandOption& option : command_options()) {
        SCOPED_TRACE(option.flag);
        const auto section = protocol.find("### `" + std::string(option.method) + '`');
        const auto parameter = protocol.find('"' + std::string(option.parameter) + "\":", section);
        EXPECT_LT(parameter, protocol.find("###", section + 1));
        EXPECT_NE(manual.find("Fl Fl " + std::string(option.flag.substr(2))), std::string::npos);
    }
}

TEST(Commands, are_in_the_manual) {
    const std::string manual = read_file("docs/man/apexctl.1");
    for (const Command& command : commands()) {
        std::string words = ".It Cm " + std::string(command.noun);
        if (!command.verb.empty()) words += ' ' + std::string(command.verb);
        EXPECT_NE(manual.find(words), std::string::npos) << words;
    }
}

}  // namespace
}  // namespace apex::control
