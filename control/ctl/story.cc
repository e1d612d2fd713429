// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What has happened, for people: `apexctl alias history`.

#include "control/ctl/cells.hh"
#include "control/ctl/tables.hh"

namespace apex::control {
namespace {

using nlohmann::json;

/// "192.0.2.1, 192.0.2.2", or why there are none.
std::string set_text(const json& set) {
    const json& answer = member(set, "answer");
    if (answer == "nxdomain") return "no such name";
    if (answer == "nodata") return "no such type";
    return joined(set, "addresses");
}

}  // namespace

std::string render_history(const json& result, const RenderOptions& options) {
    Table table({"TARGET", "TYPE", "SINCE", ">TTL", "SET", "ADDED", "REMOVED", "SAID BY"});
    for (const json& target : elements(result, "targets")) {
        for (const json& set : elements(target, "sets")) {
            table.add({cell(target, "target"), cell(target, "type"), cell(set, "since"),
                       cell(set, "ttl"), set_text(set), joined(set, "added"),
                       joined(set, "removed"), cell(set, "resolver")});
        }
    }
    if (table.empty()) return "nothing has been published of a target outside our zones\n";
    return table.text(options.colour);
}

}  // namespace apex::control
