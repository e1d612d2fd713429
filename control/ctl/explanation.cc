// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The story that `apexctl alias explain` tells: which target the owner follows,
// each hop of the chain with its TTL, who said so and when, and what comes next.

#include "control/ctl/cells.hh"
#include "control/ctl/tables.hh"

namespace apex::control {
namespace {

using nlohmann::json;

/// One line a hop, each further in than the one that led to it.
std::string chain_text(const json& type) {
    const std::vector<json> chain = elements(type, "chain");
    if (chain.empty()) return "      no chain is known yet\n";
    std::string out, indent(6, ' ');
    for (const json& hop : chain) {
        out += indent + cell(hop, "owner") + "  " + cell(hop, "type") + "  TTL " + cell(hop, "ttl");
        const json& next = member(hop, "next");
        if (next.is_string()) out += "  -> " + cell(next);
        out += '\n';
        indent += "  ";
    }
    for (const json& address : elements(type, "addresses")) out += indent + cell(address) + '\n';
    return out;
}

std::string type_text(const json& type, bool colour) {
    const std::string addresses = std::to_string(elements(type, "addresses").size());
    std::string out = "    " + cell(type, "type") + ": " + coloured(cell(type, "state"), colour) +
                      ", " + addresses + (addresses == "1" ? " address" : " addresses") + '\n';
    out += chain_text(type);
    out += "      served TTL  " + cell(type, "served_ttl") + ", set by " + cell(type, "ttl_rule") +
           '\n';
    out += "      resolved    by " + cell(type, "resolver") + " at " + cell(type, "resolved_at") +
           " (" + duration(type, "age_seconds") + " ago)\n";
    out += "      refresh     at " + cell(type, "next_refresh") + " (in " +
           duration(type, "next_refresh_in") + ")\n";
    out += "      so far      " + counted(type, "resolutions", "resolution", "resolutions") + ", " +
           counted(type, "changes", "change", "changes") + ", " +
           counted(type, "failures", "failure", "failures") + " in a row\n";
    if (member(type, "last_error").is_string()) {
        out += "      last error  " + cell(type, "last_error") + '\n';
    }
    return out;
}

}  // namespace

std::string render_explanation(const json& result, const RenderOptions& options) {
    std::string out = cell(result, "owner") + " is an ALIAS in zone " + cell(result, "zone") +
                      ", its own TTL " + cell(result, "alias_ttl") + '\n';
    for (const json& target : elements(result, "targets")) {
        out += "  follows " + cell(target, "target") + '\n';
        for (const json& type : elements(target, "types")) out += type_text(type, options.colour);
    }
    return out;
}

}  // namespace apex::control
