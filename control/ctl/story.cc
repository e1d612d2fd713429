// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What has happened and what happens, for people: `apexctl alias history`, `apexctl watch`.

#include <map>

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

/// "added A, B; removed C"; empty when only the TTL is another.
std::string difference_text(const json& set) {
    std::string text;
    for (const char* what : {"added", "removed"}) {
        if (elements(set, what).empty()) continue;
        text += text.empty() ? "" : "; ";
        text += what;
        text += ' ' + joined(set, what);
    }
    return text;
}

std::string changed_text(const json& event) {
    const std::string difference = difference_text(event);
    return set_text(event) + ", TTL " + cell(event, "ttl") +
           (difference.empty() ? "" : " (" + difference + ')');
}

std::string failing_text(const json& event) {
    return cell(event, "error") + (member(event, "served") == true
                                       ? "; its last good set stays in service"
                                       : "; nothing to serve");
}

std::string stale_text(const json&) {
    return "past its TTL, served with a TTL of 30 s while nobody answers";
}

std::string expired_text(const json&) {
    return "too old, no longer served";
}

std::string alarm_text(const json& event) {
    return cell(event, "kind") + ", " + cell(event, "why");
}

std::string alarm_over_text(const json& event) {
    return cell(event, "kind") + ", since " + cell(event, "since");
}

std::string unhealthy_text(const json& event) {
    return cell(event, "check") + ": " + cell(event, "error");
}

std::string healthy_text(const json& event) {
    return cell(event, "check");
}

/// What the event is about.
std::string subject_text(const json& event) {
    for (const char* subject : {"zone", "address"}) {
        if (event.contains(subject)) return cell(event, subject);
    }
    return cell(event, "target") + ' ' + cell(event, "type");
}

std::string zone_text(const json& event) {
    const json& fate = member(event, "fate");
    if (fate == "gone") return "out of service";
    if (fate != "failed") return "loaded, serial " + cell(event, "serial");
    return "not loaded: " + cell(event, "error") +
           (member(event, "served") == true ? "; the version in service stays" : "; not served");
}

}  // namespace

std::string render_event(const json& params, const RenderOptions& options) {
    using Text = std::string (*)(const json&);
    static const std::map<std::string_view, Text> texts = {
        {"alarm", alarm_text},     {"alarm-over", alarm_over_text}, {"changed", changed_text},
        {"expired", expired_text}, {"failing", failing_text},       {"healthy", healthy_text},
        {"stale", stale_text},     {"unhealthy", unhealthy_text},   {"zone", zone_text},
    };
    const std::string event = cell(params, "event");
    const auto text = texts.find(event);
    const std::string gap(event.size() < 10 ? 10 - event.size() : 0, ' ');
    return cell(params, "time") + "  " + coloured(event, options.colour) + gap + "  " +
           subject_text(params) + (text == texts.end() ? "" : ": " + text->second(params)) + '\n';
}

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
