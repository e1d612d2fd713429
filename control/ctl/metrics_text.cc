// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What `stats` and `status` show, as Prometheus wants it. Control thread.
#include <spdlog/fmt/fmt.h>

#include <functional>
#include <string>
#include <string_view>

#include "control/ctl/methods.hh"

namespace apex::control {

namespace {

using Add = std::function<void(const std::string& name, std::string_view type,
                               std::string_view help, std::uint64_t value)>;

/// Replies that no worker gave.
void add_replies(const Add& add, const std::string& prefix, const std::string& where,
                 const answer::Counters& counters) {
    for (std::size_t n = 0; n < answer::verdict_count; ++n) {
        const auto& [name, help] = answer::verdict_texts[n];
        const auto verdict = static_cast<answer::Verdict>(n);
        if (!answer::is_reply(verdict)) continue;
        add(prefix + std::string(name) + "_total", "counter", where + std::string(help),
            counters.get(verdict));
    }
}

void add_tcp(const Add& add, const TcpServer& tcp) {
    add_replies(add, "tcp_", "over TCP: ", tcp.counters());
    const TcpStatus status = tcp.status();
    add("tcp_connections", "gauge", "TCP connections", status.open);
    add("tcp_accepted_total", "counter", "TCP connections accepted", status.accepted);
    add("tcp_idle_total", "counter", "TCP connections closed for being idle", status.idle);
    add("tcp_displaced_total", "counter", "TCP connections closed for another one",
        status.displaced);
    add("tcp_refused_total", "counter", "TCP connections closed at once, their client had too many",
        status.refused);
    add("tcp_misused_total", "counter", "TCP connections closed for what no client sends",
        status.misused);
}

/// A label's value: a device string is the operator's.
std::string label(std::string text) {
    for (std::size_t at = 0; (at = text.find_first_of("\\\"\n", at)) != std::string::npos;
         at += 2) {
        if (text[at] == '\n') text[at] = 'n';
        text.insert(at, 1, '\\');
    }
    return text;
}

void add_ports(std::string& text, const std::vector<PortInfo>& ports) {
    text += "# HELP apexdns_port_up the port's link is up\n# TYPE apexdns_port_up gauge\n";
    for (const PortInfo& port : ports) {
        text += fmt::format("apexdns_port_up{{device=\"{}\"}} {}\n", label(port.device),
                            port.link == Link::up ? 1 : 0);
    }
    text += "# HELP apexdns_nic_up the link of a bond's NIC is up\n# TYPE apexdns_nic_up gauge\n";
    for (const PortInfo& port : ports) {
        for (const auto& [nic, link] : port.nics) {
            text += fmt::format("apexdns_nic_up{{device=\"{}\",nic=\"{}\"}} {}\n",
                                label(port.device), label(nic), link == Link::up ? 1 : 0);
        }
    }
    text +=
        "# HELP apexdns_kernel_frames_total frames between ports and the kernel's interfaces "
        "beside them\n# TYPE apexdns_kernel_frames_total counter\n";
    for (const PortInfo& port : ports) {
        if (!port.kernel) continue;
        for (const auto& [fate, count] : port.kernel->counters) {
            text += fmt::format("apexdns_kernel_frames_total{{interface=\"{}\",fate=\"{}\"}} {}\n",
                                label(port.kernel->interface), fate, count);
        }
    }
}

/// By powers of two, from about 0.1 ms to 8 s.
void add_histogram(std::string& text, std::string_view name, std::string_view help,
                   const LatencyHistogram& histogram) {
    constexpr unsigned first = 7;
    constexpr unsigned last = 23;
    constexpr double second = 1e6;
    text += fmt::format("# HELP apexdns_{0} {1}\n# TYPE apexdns_{0} histogram\n", name, help);
    for (unsigned doubling = first; doubling <= last; ++doubling) {
        text += fmt::format("apexdns_{}_bucket{{le=\"{}\"}} {}\n", name,
                            static_cast<double>(1U << doubling) / second,
                            histogram.count_below(doubling));
    }
    text += fmt::format(
        "apexdns_{0}_bucket{{le=\"+Inf\"}} {1}\napexdns_{0}_sum {2}\n"
        "apexdns_{0}_count {1}\n",
        name, histogram.count(), static_cast<double>(histogram.sum()) / second);
}

}  // namespace

std::string metrics_text(const Services& services) {
    std::string text;
    const Add add = [&text](const std::string& name, std::string_view type, std::string_view help,
                            std::uint64_t value) {
        text += "# HELP apexdns_" + name + " " + std::string(help) + "\n# TYPE apexdns_" + name +
                " " + std::string(type) + "\napexdns_" + name + " " + std::to_string(value) + "\n";
    };
    for (std::size_t n = 0; n < answer::verdict_count; ++n) {
        add(std::string(answer::verdict_texts[n].name) + "_total", "counter",
            answer::verdict_texts[n].help, queries(services, static_cast<answer::Verdict>(n)));
    }
    if (services.beside != nullptr)
        add_replies(add, "sockets_", "on the sockets beside the ports: ", *services.beside);
    if (services.tcp != nullptr) add_tcp(add, *services.tcp);
    if (services.ports) add_ports(text, services.ports());
    const table::TableSize size = services.publisher.size();
    const AliasCounts& aliases = services.engine.counts();
    add("table_names", "gauge", "names in the record table", size.names);
    add("table_bytes", "gauge", "octets of the record table", size.bytes);
    add("zones", "gauge", "zones in service", size.zones);
    add("alias_targets", "gauge", "targets and types being followed", aliases.targets);
    add("alias_resolved", "gauge", "of these, with a set", aliases.resolved);
    add("alias_failing", "gauge", "of these, with a failed last resolution", aliases.failing);
    add("alias_stale", "gauge", "of these, with a set past its life that is still served",
        aliases.stale);
    add("alias_expired", "gauge", "of these, with a set too old to be served", aliases.expired);
    const Fallbacks& fallbacks = services.zones.fallbacks();
    add("alias_next_target", "gauge", "owners and types served by a later target in order",
        fallbacks.count(Source::next_target));
    add("alias_own_records", "gauge",
        "owners and types served by their own records for want of targets",
        fallbacks.count(Source::own_records));
    const AlarmBoard& alarms = services.engine.alarms();
    add("alias_alarms", "gauge", "alarms about targets", alarms.alarms().size());
    add("alias_alarms_total", "counter", "alarms about targets since the start", alarms.raised());
    const AliasTotals& totals = services.engine.totals();
    add("alias_resolutions_total", "counter", "questions put to the resolver", totals.resolutions);
    add("alias_changes_total", "counter", "times a published set changed", totals.changes);
    add("alias_failures_total", "counter", "resolutions that failed", totals.failures);
    add("alias_unconfirmed_total", "counter",
        "empty answers that the second resolver did not confirm", totals.unconfirmed);
    add("alias_bogus_total", "counter", "answers that failed DNSSEC validation",
        services.engine.bogus_count());
    add("alias_refused_addresses_total", "counter", "addresses left out of resolved sets",
        totals.refused);
    add_histogram(text, "alias_publish_seconds",
                  "from libunbound's answer to its change being published", totals.publishing);
    const HealthTotals& health = services.health.totals();
    add("health_checked", "gauge", "addresses and checks", services.health.checked());
    add("health_unhealthy", "gauge", "of these, unhealthy ones", services.health.unhealthy());
    add("health_attempts_succeeded_total", "counter", "health checks passed", health.succeeded);
    add("health_attempts_failed_total", "counter", "health checks failed", health.failed);
    add("health_unchecked_total", "counter", "checks not made, for there are too many",
        health.unchecked);
    const StoreStatus& store = services.store.status();
    add("store_trouble", "gauge", "1: ALIAS sets are published without being on disk",
        store.trouble.empty() ? 0 : 1);
    add("store_failures_total", "counter", "times that the disk failed", store.failures);
    add("store_written_total", "counter", "sets on disk before being published", store.written);
    add("store_unwritten_total", "counter", "sets published without being on disk",
        store.unwritten);
    return text;
}

}  // namespace apex::control
