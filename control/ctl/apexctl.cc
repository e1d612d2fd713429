// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// apexctl: one command to a running apexd over its control socket. The exit
// status tells a script what happened (docs/man/apexctl.1).

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "control/config/edit_distance.hh"
#include "control/ctl/cells.hh"
#include "control/ctl/client.hh"
#include "control/ctl/commands.hh"
#include "control/ctl/message.hh"
#include "control/ctl/tables.hh"

namespace {

using namespace apex::control;
using nlohmann::json;

enum Status { done = 0, refused = 1, usage = 2, unreachable = 3 };

struct Options {
    std::string socket = "/run/apexdns/apexd.sock";
    double timeout = 30;
    bool as_json = false;
    RenderOptions render;
    std::string argument;
    std::map<std::string_view, bool> flags;          ///< by parameter, of whatever command
    std::map<std::string_view, std::string> values;  ///< likewise
    const Command* command = nullptr;
};

void add_command(CLI::App& parent, const Command& command, std::string_view word,
                 Options& options) {
    CLI::App* sub = parent.add_subcommand(std::string(word), std::string(command.help));
    if (command.argument != Argument::none) {
        CLI::Option* argument = sub->add_option("NAME", options.argument, "A domain name");
        argument->required(command.argument == Argument::required);
    }
    if (command.method == "stats") {
        sub->add_flag("--all", options.render.zeros, "Also show counters that are zero");
    }
    for (const CommandOption& option : command_options()) {
        if (option.method != command.method) continue;
        const std::string flag(option.flag), help(option.help);
        if (option.takes_name) {
            sub->add_option(flag, options.values[option.parameter], help);
        } else {
            sub->add_flag(flag, options.flags[option.parameter], help);
        }
    }
    if (command.argument == Argument::or_option) sub->require_option(1);
    sub->callback([&options, &command] { options.command = &command; });
}

void add_commands(CLI::App& app, Options& options) {
    std::map<std::string_view, CLI::App*> nouns;
    for (const Command& command : commands()) {
        if (command.verb.empty()) {
            add_command(app, command, command.noun, options);
            continue;
        }
        CLI::App*& noun = nouns[command.noun];
        if (noun == nullptr) {
            noun = app.add_subcommand(std::string(command.noun));
            noun->require_subcommand(1);
        }
        const std::string verbs = noun->get_description();
        noun->description(verbs + (verbs.empty() ? "" : ", ") + std::string(command.verb));
        add_command(*noun, command, command.verb, options);
    }
}

int complain(const std::string& message, Status status) {
    std::cerr << "apexctl: " << printable(message) << '\n';
    return status;
}

/// The words that may stand first, or behind that noun.
std::vector<std::string_view> words_behind(std::string_view noun) {
    std::vector<std::string_view> words;
    for (const Command& command : commands()) {
        if (!noun.empty() && command.noun != noun) continue;
        const std::string_view word = noun.empty() ? command.noun : command.verb;
        if (!word.empty() && (words.empty() || words.back() != word)) words.push_back(word);
    }
    return words;
}

/// Says which word is none of ours, or that one is missing; CLI11 would only say that a
/// "subcommand" is required. Empty when something else is wrong.
std::string wrong_word(const CLI::App& app) {
    const auto parsed = app.get_subcommands();
    const std::string noun = parsed.empty() ? "" : parsed[0]->get_name();
    const auto words = words_behind(noun);
    if (words.empty() || (!parsed.empty() && !parsed[0]->get_subcommands().empty())) return {};

    const auto left = app.remaining();
    const std::string word = left.empty() ? "" : left[0];
    if (word.starts_with('-')) return {};
    std::string message = word.empty() ? "a word is missing" : "no command";
    if (!noun.empty() || !word.empty()) {
        const std::string between = noun.empty() || word.empty() ? "" : " ";
        message += (word.empty() ? " after \"" : " \"") + noun + between + word + '"';
    }
    message += "; expected one of ";
    for (const std::string_view known : words) {
        message.append(known == words.front() ? "" : ", ").append(known);
    }
    const auto distance = [&word](std::string_view known) { return edit_distance(word, known); };
    const auto nearest = std::ranges::min_element(words, {}, distance);
    if (distance(*nearest) < std::min<std::size_t>(word.size(), 4)) {
        message.append("; did you mean \"").append(*nearest).append("\"?");
    }
    return message;
}

json params_of(const Options& options) {
    json params = json::object();
    if (options.command->method == "hello") params["protocol"] = protocol_version;
    if (!options.argument.empty()) {
        params[std::string(options.command->parameter)] = options.argument;
    }
    for (const auto& [parameter, given] : options.flags) {
        if (given) params[std::string(parameter)] = true;
    }
    for (const auto& [parameter, value] : options.values) {
        if (!value.empty()) params[std::string(parameter)] = value;
    }
    return params;
}

int show(const json& result, const Options& options) {
    std::cout << (options.as_json
                      ? result.dump(2, ' ', false, json::error_handler_t::replace) + '\n'
                      : render(options.command->method, result, options.render));
    if (!std::cout.flush()) return complain("cannot write to standard output", refused);
    return member(result, "ok") == false ? refused : done;
}

/// Prints what happens until somebody ends it.
int watch(ControlClient& client, const Options& options) {
    for (;;) {
        const auto event = client.next("watch");
        if (!event) return complain(event.error().to_string(), unreachable);
        std::cout << (options.as_json
                          ? event->dump(-1, ' ', false, json::error_handler_t::replace) + '\n'
                          : render("watch", *event, options.render));
        if (!std::cout.flush()) return complain("cannot write to standard output", refused);
    }
}

int run(const Options& options) {
    const std::chrono::milliseconds timeout(static_cast<long long>(options.timeout * 1000));
    auto client = ControlClient::connect(options.socket, timeout);
    if (!client) return complain(client.error().to_string(), unreachable);
    auto answer = client->call("hello", {{"protocol", protocol_version}});
    if (answer && answer->error.empty() && options.command->method != "hello") {
        answer = client->call(std::string(options.command->method), params_of(options));
    }
    if (!answer) return complain(answer.error().to_string(), unreachable);
    if (!answer->error.empty()) return complain(answer->error, refused);
    if (options.command->method == "watch") return watch(*client, options);
    return show(answer->result, options);
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): only for want of memory, and then it may end
int main(int argc, char** argv) {
    Options options;
    options.render.colour = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
    CLI::App app("Control a running apexd.", "apexctl");
    app.set_version_flag("--version", "apexctl " APEX_VERSION);
    app.add_option("-s,--socket", options.socket, "The daemon's control socket")
        ->envname("APEXCTL_SOCKET")
        ->capture_default_str();
    app.add_flag("--json", options.as_json, "Print the result as JSON");
    app.add_option("--timeout", options.timeout, "Seconds to wait for the answer")
        ->check(CLI::Range(0.1, 86400.0))
        ->capture_default_str();
    app.require_subcommand(1);
    app.fallthrough();
    try {
        add_commands(app, options);
        app.parse(argc, argv);
        return run(options);
    } catch (const CLI::RequiredError& error) {
        const std::string message = wrong_word(app);
        if (!message.empty()) return complain(message, usage);
        app.exit(error);
        return usage;
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? done : usage;
    } catch (const std::exception& error) {
        return complain(error.what(), unreachable);
    }
}
