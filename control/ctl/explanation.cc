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
    std::string out, indent(6, ' ');
    for (const json& hop : elements(type, "chain")) {
        out += indent + cell(hop, "owner") + "  " + cell(hop, "type") + "  TTL " + cell(hop, "ttl");
        const json& next = member(hop, "next");
        if (next.is_string()) out += "  -> " + cell(next);
        out += '\n';
        indent += "  ";
    }
    for (const json& address : elements(type, "addresses")) out += indent + cell(address) + '\n';
    return out;
}

/// The way to the addresses does not leave our own zones.
bool is_at_home(const json& type) {
    return member(type, "at_home") == true;
}

/// What the target gives.
std::string outcome_text(const json& type) {
    const json& answer = member(type, "answer");
    if (!answer.is_string()) {
        if (member(type, "rung") == "expired") return "resolved too long ago to be served";
        return member(type, "resolved_at").is_string() || is_at_home(type) ? "not to be resolved"
                                                                           : "not resolved yet";
    }
    if (answer == "nxdomain") return "no such name (NXDOMAIN)";
    if (answer == "nodata") return "no such type (NODATA)";
    const std::string addresses = std::to_string(elements(type, "addresses").size());
    return addresses + (addresses == "1" ? " address" : " addresses");
}

std::string type_text(const json& type, bool colour) {
    std::string out = "    " + cell(type, "type") + ": " + coloured(cell(type, "state"), colour) +
                      ", " + outcome_text(type) + '\n';
    out += chain_text(type);
    if (member(type, "reason").is_string()) {
        out += "      reason      " + cell(type, "reason") + '\n';
    } else if (is_at_home(type)) {
        out += "      resolved    from our own zones, it follows them at once\n";
    }
    if (member(type, "served_ttl").is_number()) {
        out += "      served TTL  " + cell(type, "served_ttl") + ", set by " +
               cell(type, "ttl_rule") + '\n';
    }
    if (member(type, "resolved_at").is_string()) {
        out += "      resolved    by " + cell(type, "resolver") + " at " +
               cell(type, "resolved_at") + " (" + duration(type, "age_seconds") + " ago" +
               (member(type, "restored") == true ? ", before this start" : "") + ")\n";
    }
    if (member(type, "validation").is_string()) {
        out += "      DNSSEC      " + cell(type, "validation") + '\n';
    }
    for (const json& alarm : elements(type, "alarms")) {
        out += "      alarm       " + cell(alarm, "kind") + " since " + cell(alarm, "since") +
               ": " + cell(alarm, "why") + '\n';
    }
    for (const json& refused : elements(type, "refused")) {
        out += "      refused     " + cell(refused, "address") + ", " + cell(refused, "why") + '\n';
    }
    if (member(type, "left_out").is_number() && member(type, "left_out") != 0) {
        out += "      left out    " + counted(type, "left_out", "address", "addresses") +
               " of all targets together, more than one answer may have\n";
    }
    if (is_at_home(type)) return out;
    out += member(type, "next_refresh").is_string()
               ? "      refresh     at " + cell(type, "next_refresh") + " (in " +
                     duration(type, "next_refresh_in") + ")\n"
               : "      refresh     the first one is under way\n";
    out += "      so far      " + counted(type, "resolutions", "resolution", "resolutions") + ", " +
           counted(type, "changes", "change", "changes") + ", " +
           counted(type, "failures", "failure", "failures") + " in a row\n";
    if (member(type, "denials").is_number() && member(type, "denials") != 0) {
        out += "      denied      " + counted(type, "denials", "time", "times") +
               " in a row, which does not withdraw the set yet\n";
    }
    if (member(type, "last_error").is_string()) {
        out += "      last error  " + cell(type, "last_error") + '\n';
    }
    return out;
}

/// The Extended DNS Error that goes with the answers of one type, if one does.
std::string ede_text(const json& served) {
    if (!member(served, "ede").is_number()) return {};
    return "  " + cell(served, "type") + " is served " +
           (member(served, "ttl").is_number() ? "with" : "as SERVFAIL, with") + " EDE " +
           cell(served, "ede") + ": " + cell(served, "reason") + '\n';
}

/// What the checks of the addresses of one type say; nothing where there are none.
std::string health_text(const json& health, const std::string& type) {
    if (!health.is_object()) return {};
    std::string out = "  " + type + " is checked by " + cell(health, "check") + '\n';
    if (member(health, "all_unhealthy") == true) {
        out += "    no address is healthy, so all are served\n";
    }
    for (const json& address : elements(health, "addresses")) {
        const json& healthy = member(address, "healthy");
        out += "    " + cell(address, "address") + "  " +
               (!healthy.is_boolean() ? "not checked yet"
                : healthy == true     ? "healthy since " + cell(address, "since")
                                      : "unhealthy since " + cell(address, "since"));
        if (member(address, "error").is_string()) out += ", last error: " + cell(address, "error");
        out += '\n';
    }
    return out;
}

/// Where the addresses of one type are from, if that is not what the ALIAS says.
std::string source_text(const json& served, bool overrides) {
    const json& source = member(served, "source");
    const std::string start = "  " + cell(served, "type") + " is served from ";
    if (source == "next-target") {
        return start + cell(served, "source_target") + ", for the targets before it give nothing\n";
    }
    if (source != "own-records") return {};
    return start + "its own records, " +
           (overrides ? "which override the ALIAS\n" : "for no target gives anything\n");
}

}  // namespace

std::string render_explanation(const json& result, const RenderOptions& options) {
    std::string out = cell(result, "owner") + " is an ALIAS in zone " + cell(result, "zone") +
                      ", its own TTL " + cell(result, "alias_ttl") + '\n';
    const json& siblings = member(result, "siblings");
    if (siblings == "merge") out += "  of its own addresses: served with the targets'\n";
    if (siblings == "fallback") {
        out += "  of its own addresses: served when no target has any\n";
    }
    if (elements(result, "targets").size() > 1 && member(result, "merged") == false) {
        out += "  of several targets: the first that has any\n";
    }
    for (const json& served : elements(result, "served")) {
        out += ede_text(served);
        out += source_text(served, siblings == "override");
        out += health_text(member(served, "health"), cell(served, "type"));
    }
    for (const json& target : elements(result, "targets")) {
        out += "  follows " + cell(target, "target") + '\n';
        for (const json& type : elements(target, "types")) out += type_text(type, options.colour);
    }
    return out;
}

}  // namespace apex::control
