// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "control/ctl/tables.hh"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "control/ctl/cells.hh"

namespace apex::control {
namespace {

using nlohmann::json;

/// "label:        value", labels of one width.
std::string field(std::string_view label, const std::string& value) {
    constexpr std::size_t column = 16;
    std::string line(label);
    line += ':';
    line.append(line.size() < column ? column - line.size() : 1, ' ');
    return line + value + '\n';
}

/// Frames that the kernel path lost, in both directions; nothing when there are none.
std::string lost_of(const json& kernel) {
    std::string text;
    for (const auto& [key, what] :
         {std::pair("refused", " refused by it"), std::pair("lost", " lost on the way out")}) {
        const json& count = member(kernel, key);
        if (count.is_number() && count != 0) text += ", " + cell(kernel, key) + what;
    }
    return text;
}

std::string status_text(const json& result, const RenderOptions& options) {
    const json& zones = member(result, "zones");
    const json& alias = member(result, "alias");
    const json& config = member(result, "config");
    std::string lcores;
    for (const json& worker : elements(result, "workers")) {
        lcores += (lcores.empty() ? "lcore " : ", ") + cell(worker, "lcore");
    }
    std::string out = field("apexd", cell(result, "version") + ", pid " + cell(result, "pid") +
                                         ", up " + duration(result, "uptime_seconds"));
    out += field("addresses", joined(result, "addresses") + " port " + cell(result, "port"));
    out += field("workers", lcores.empty() ? "-" : lcores);
    for (const json& port : elements(result, "ports")) {
        out += field("port", cell(port, "device") + " (" + cell(port, "driver") + "), link " +
                                 coloured(cell(port, "link"), options.colour));
        for (const json& nic : elements(port, "nics")) {
            out += field("nic", cell(nic, "device") + ", link " +
                                    coloured(cell(nic, "link"), options.colour));
        }
        if (const json& kernel = member(port, "kernel"); kernel.is_object()) {
            out += field("kernel", cell(kernel, "interface") + " (" + cell(kernel, "driver") +
                                       "), " + cell(kernel, "to_kernel") + " frames to it, " +
                                       cell(kernel, "from_kernel") + " from it" + lost_of(kernel));
        }
    }
    out += field("hugepages", cell(result, "hugepages"));
    out += field("vectors", cell(result, "vectors"));
    out += field("zones", cell(zones, "served") + " served, " + cell(zones, "failed") + " failed");
    for (const json& zone : elements(result, "failed_zones")) {
        const bool stays = member(zone, "served") == true;
        out += "  " + cell(zone, "name") + ' ' + coloured("failed", options.colour) +
               (stays ? ", served as before: " : ": ") + cell(zone, "error") + '\n';
    }
    out += field("alias", counted(alias, "targets", "target", "targets") + ": " +
                              cell(alias, "resolved") + " resolved, " + cell(alias, "failing") +
                              " failing, " + cell(alias, "stale") + " stale, " +
                              cell(alias, "expired") + " expired");
    for (const auto& [key, what] : {std::pair("next_target", "by a later target in order"),
                                    std::pair("own_records", "by their own records")}) {
        const json& count = member(alias, key);
        if (!count.is_number() || count == 0) continue;
        out += "  " + counted(alias, key, "owner and type", "owners and types") + " served " +
               what + ", for want of better\n";
    }
    const json& health = member(result, "health");
    if (member(health, "checked").is_number() && member(health, "checked") != 0) {
        out += field("health", counted(health, "checked", "check", "checks") + " of addresses, " +
                                   cell(health, "unhealthy") + " unhealthy");
    }
    if (!elements(result, "alarms").empty()) {
        out += field("alarms", cell(alias, "alarms"));
    }
    for (const json& alarm : elements(result, "alarms")) {
        out += "  " + cell(alarm, "target") + ' ' + cell(alarm, "type") + ' ' +
               coloured(cell(alarm, "kind"), options.colour) + " since " + cell(alarm, "since") +
               ": " + cell(alarm, "why") + '\n';
    }
    const json& store = member(result, "store");
    if (store.is_object()) {
        const bool is_well = member(store, "trouble").is_null();
        out += field("store",
                     is_well ? cell(store, "file")
                             : coloured("failing", options.colour) + ": " + cell(store, "trouble"));
    }
    out += field("config", cell(config, "file"));
    if (!elements(config, "restart_needed").empty()) {
        out += field("restart needed",
                     "changed in the file, not in the daemon: " + joined(config, "restart_needed"));
    }
    return out;
}

/// Counters by name: the sum and, with several workers, each one's own.
std::string counter_table(const json& result, const RenderOptions& options) {
    const std::vector<json> workers = elements(result, "workers");
    std::vector<std::string> headings{"COUNTER", ">TOTAL"};
    std::set<std::string> names;
    const auto collect = [&](const json& counters) {
        if (!counters.is_object()) return;
        for (const auto& [name, value] : counters.items()) names.insert(name);
    };
    collect(member(result, "counters"));
    for (const json& worker : workers) {
        headings.push_back(">LCORE " + cell(worker, "lcore"));
        collect(member(worker, "counters"));
    }
    Table table(std::move(headings));
    for (const std::string& name : names) {
        std::vector<std::string> row{printable(name), cell(member(result, "counters"), name)};
        for (const json& worker : workers) row.push_back(cell(member(worker, "counters"), name));
        const bool zero = std::all_of(row.begin() + 1, row.end(), [](const std::string& text) {
            return text == "0" || text == "-";
        });
        if (!zero || options.zeros) table.add(std::move(row));
    }
    if (table.empty()) return "every counter is zero\n";
    return table.text(options.colour);
}

/// Nothing where sets are not kept.
std::string store_text(const json& store) {
    if (!store.is_object()) return {};
    return field("store", counted(store, "written", "set", "sets") + " written, " +
                              cell(store, "unwritten") + " published without, " +
                              counted(store, "failures", "failure", "failures"));
}

/// Nothing before the first change.
std::string publishing_text(const json& publishing) {
    if (cell(publishing, "count") == "0") return {};
    return field("publishing", "half of the changes within " + cell(publishing, "p50_us") +
                                   " us of the answer, 99 % within " + cell(publishing, "p99_us") +
                                   " us, all within " + cell(publishing, "max_us") + " us");
}

std::string query_count(const json& server) {
    std::uint64_t queries = 0;
    for (const auto& [name, count] : member(server, "counters").items()) {
        if (name != "tx_full") queries += count.get<std::uint64_t>();  // of those counted already
    }
    return std::to_string(queries) + (queries == 1 ? " query" : " queries");
}

/// Nothing where there are none.
std::string sockets_text(const json& sockets) {
    if (!sockets.is_object()) return {};
    return field("sockets", query_count(sockets) + " that came by the kernel");
}

/// Nothing without TCP.
std::string tcp_text(const json& tcp) {
    if (!tcp.is_object()) return {};
    return field("tcp", cell(tcp, "open") + " open of " +
                            counted(tcp, "accepted", "connection", "connections") + ", " +
                            query_count(tcp) + "; closed: " + cell(tcp, "idle") + " idle, " +
                            cell(tcp, "displaced") + " displaced, " + cell(tcp, "refused") +
                            " refused, " + cell(tcp, "misused") + " misused");
}

std::string stats_text(const json& result, const RenderOptions& options) {
    const json& table = member(result, "table");
    const json& alias = member(result, "alias");
    const json& process = member(result, "process");
    return counter_table(result, options) + '\n' +
           field("table", counted(table, "names", "name", "names") + " in " +
                              counted(table, "zones", "zone", "zones") + ", " +
                              cell(table, "bytes") + " bytes (" + cell(table, "bytes_per_name") +
                              " a name)") +
           field("memory",
                 cell(table, "mapped_bytes") + " bytes mapped, " + cell(table, "hugepage_bytes") +
                     " of them on huge pages; the process: " + cell(process, "resident_bytes") +
                     " resident, and " + cell(process, "hugetlb_bytes") + " of huge pages") +
           sockets_text(member(result, "sockets")) + tcp_text(member(result, "tcp")) +
           field("alias", counted(alias, "resolutions", "resolution", "resolutions") + ", " +
                              counted(alias, "changes", "change", "changes") + ", " +
                              counted(alias, "failures", "failure", "failures") + ", " +
                              counted(alias, "alarms", "alarm", "alarms")) +
           publishing_text(member(alias, "publishing")) + store_text(member(result, "store"));
}

std::string zone_list_text(const json& result, const RenderOptions& options) {
    Table table({"ZONE", "STATE", ">SERIAL", ">NAMES", ">RECORDS", ">ALIASES", "LOADED", "FILE"});
    std::string errors;
    for (const json& zone : elements(result, "zones")) {
        table.add({cell(zone, "name"), cell(zone, "state"), cell(zone, "serial"),
                   cell(zone, "names"), cell(zone, "records"), cell(zone, "aliases"),
                   cell(zone, "loaded_at"), cell(zone, "file")});
        if (member(zone, "error").is_string()) {
            errors += cell(zone, "name") + ": " + cell(zone, "error") + '\n';
        }
    }
    if (table.empty()) return "no zones\n";
    return table.text(options.colour) + (errors.empty() ? "" : '\n' + errors);
}

std::string zone_show_text(const json& result, const RenderOptions& options) {
    std::string out = field("zone", cell(result, "name"));
    out += field("state", coloured(cell(result, "state"), options.colour));
    out += field("serial", cell(result, "serial"));
    out += field("contents", counted(result, "names", "name", "names") + ", " +
                                 counted(result, "records", "record", "records") + ", " +
                                 counted(result, "aliases", "alias", "aliases"));
    out += field("file", cell(result, "file"));
    out += field("loaded", cell(result, "loaded_at"));
    if (member(result, "error").is_string()) out += field("error", cell(result, "error"));
    for (const json& warning : elements(result, "warnings")) out += field("warning", cell(warning));
    Table table({"OWNER", ">TTL", "TYPE", "RDATA"});
    for (const json& owner : elements(result, "owners")) {
        for (const json& rrset : elements(owner, "rrsets")) {
            for (const json& rdata : elements(rrset, "rdata")) {
                table.add(
                    {cell(owner, "owner"), cell(rrset, "ttl"), cell(rrset, "type"), cell(rdata)});
            }
        }
    }
    if (!table.empty()) out += '\n' + table.text(options.colour);
    if (member(result, "truncated") == true) out += "(the zone has more than is shown)\n";
    return out;
}

std::string zone_reload_text(const json& result, const RenderOptions& options) {
    Table table({"ZONE", "STATE", ">SERIAL", ">CHANGED", "ERROR"});
    for (const json& zone : elements(result, "zones")) {
        table.add({cell(zone, "name"), cell(zone, "state"), cell(zone, "serial"),
                   cell(zone, "changed_names"), cell(zone, "error")});
    }
    return table.empty() ? "no zones\n" : table.text(options.colour);
}

std::string alias_list_text(const json& result, const RenderOptions& options) {
    Table table({"OWNER", "TARGET", "TYPE", "STATE", ">TTL", "REFRESH IN", "ADDRESSES"});
    for (const json& alias : elements(result, "aliases")) {
        const json& answer = member(alias, "answer");
        table.add({cell(alias, "owner"), cell(alias, "target"), cell(alias, "type"),
                   cell(alias, "state"), cell(alias, "ttl"), duration(alias, "next_refresh_in"),
                   answer == "nxdomain" ? "no such name"
                   : answer == "nodata" ? "no such type"
                                        : joined(alias, "addresses")});
    }
    if (table.empty()) return "no aliases\n";
    std::string out = table.text(options.colour);
    if (member(result, "truncated") == true) out += "(there are more than are shown)\n";
    return out;
}

std::string alias_refresh_text(const json& result, const RenderOptions& options) {
    std::string out = counted(result, "asked", "target and type", "targets and types") +
                      " asked for: " + cell(result, "changed") + " changed, " +
                      cell(result, "failed") + " failed\n";
    if (member(result, "asked") == 0) {
        out = "nothing to ask: zones served here have the answer\n";
    }
    Table table({"TARGET", "TYPE", "OUTCOME", "ERROR"});
    for (const json& target : elements(result, "targets")) {
        const char* outcome = member(target, "error").is_string() ? "failed"
                              : member(target, "changed") == true ? "changed"
                                                                  : "unchanged";
        table.add({cell(target, "target"), cell(target, "type"), outcome, cell(target, "error")});
    }
    if (!table.empty()) out += table.text(options.colour);
    if (member(result, "truncated") == true) out += "(there are more than are shown)\n";
    const json& gone = member(result, "gone");
    if (gone.is_number() && gone != 0) {
        out += cell(gone) +
               " of them are followed no more, for a zone was loaded meanwhile; run "
               "it again\n";
    }
    return out;
}

std::string config_reload_text(const json& result, const RenderOptions& options) {
    std::string out;
    for (const char* what : {"added", "removed", "reloaded"}) {
        if (!elements(result, what).empty()) out += field(what, joined(result, what));
    }
    for (const json& zone : elements(result, "failed")) {
        out += cell(zone, "name") + ' ' + coloured("failed", options.colour) + ": " +
               cell(zone, "error") + '\n';
    }
    if (!elements(result, "restart_needed").empty()) {
        out += field("restart needed", joined(result, "restart_needed"));
    }
    return out.empty() ? "nothing has changed\n" : out;
}

std::string stop_text(const json&, const RenderOptions&) {
    return "apexd is stopping\n";
}

std::string hello_text(const json& result, const RenderOptions&) {
    return cell(result, "server") + ' ' + cell(result, "version") + ", protocol " +
           cell(result, "protocol") + '\n';
}

}  // namespace

std::string render(std::string_view method, const json& result, const RenderOptions& options) {
    using Renderer = std::string (*)(const json&, const RenderOptions&);
    static const std::map<std::string_view, Renderer> renderers = {
        {"status", status_text},
        {"stats", stats_text},
        {"zone.list", zone_list_text},
        {"zone.show", zone_show_text},
        {"zone.reload", zone_reload_text},
        {"alias.list", alias_list_text},
        {"alias.explain", render_explanation},
        {"alias.history", render_history},
        {"alias.refresh", alias_refresh_text},
        {"config.reload", config_reload_text},
        {"watch", render_event},
        {"stop", stop_text},
        {"hello", hello_text},
    };
    const auto renderer = renderers.find(method);
    return renderer == renderers.end() ? result.dump(2) + '\n' : renderer->second(result, options);
}

}  // namespace apex::control
