// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/ctl/methods.hh"

#include <spdlog/fmt/chrono.h>
#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

#include "control/ctl/alias_json.hh"
#include "control/zone/name_text.hh"
#include "dataplane/wire/blocks.hh"

namespace apex::control {

namespace {

using nlohmann::json;

constexpr std::size_t max_alarms_shown = 100;

/// Octets of physical memory that the process holds; the kernel counts reserved hugepages apart.
json process_json() {
    std::ifstream status("/proc/self/status");
    const auto kilobytes = [&status](std::string_view field) {
        status.clear();
        status.seekg(0);
        for (std::string line; std::getline(status, line);) {
            if (line.starts_with(field)) return std::strtoull(&line[field.size()], nullptr, 10);
        }
        return 0ULL;
    };
    return {{"resident_bytes", kilobytes("VmRSS:") * 1024},
            {"hugetlb_bytes", kilobytes("HugetlbPages:") * 1024}};
}

/// Where last good sets are kept, and why that fails; null: they are not.
json store_json(const StoreStatus& store) {
    if (store.file.empty()) return nullptr;
    return {{"file", store.file.string()},
            {"trouble", store.trouble.empty() ? json(nullptr) : json(store.trouble)}};
}

json store_counters(const StoreStatus& store) {
    if (store.file.empty()) return nullptr;
    return {{"written", store.written},
            {"unwritten", store.unwritten},
            {"failures", store.failures},
            {"unfollowed", store.unfollowed}};
}

json alarm_list(const AlarmBoard::Alarms& alarms, wire::RrType alias_type) {
    json list = json::array();
    for (const auto& [place, alarm] : alarms) {
        if (list.size() == max_alarms_shown) break;
        list.push_back(alarm_json(alarm, alias_type));
    }
    return list;
}

const char* power_text(Power power) {
    switch (power) {
        case Power::poll:
            return "poll";
        case Power::pause:
            return "pause";
        case Power::sleep:
            return "sleep";
    }
    return "";
}

const char* link_text(Link link) {
    switch (link) {
        case Link::up:
            return "up";
        case Link::down:
            return "down";
        case Link::gone:
            return "gone";
    }
    return "";
}

json port_json(const PortInfo& port) {
    json said = {{"device", port.device},
                 {"driver", port.driver},
                 {"link", link_text(port.link)},
                 {"rx_interrupts", port.rx_interrupts}};
    if (port.mtu != 0) said["mtu"] = port.mtu;
    for (const auto& [nic, link] : port.nics)
        said["nics"].push_back({{"device", nic}, {"link", link_text(link)}});
    if (port.kernel) {
        json& kernel = said["kernel"];
        kernel = {{"interface", port.kernel->interface}, {"driver", port.kernel->driver}};
        for (const auto& [name, count] : port.kernel->counters) kernel[name] = count;
    }
    return said;
}

json status(const Services& services) {
    const ServerConfig& server = services.config.server;
    json addresses = json::array();
    for (const auto& address : server.addresses) addresses.push_back(address.to_text());
    json workers = json::array();
    for (const unsigned lcore : server.workers) workers.push_back({{"lcore", lcore}});
    json ports = json::array();
    for (const PortInfo& port : services.ports()) {
        ports.push_back(port_json(port));
    }
    std::size_t served = 0;
    json failed = json::array();
    for (const auto& [name, entry] : services.zones.zones()) {
        if (entry.served()) ++served;
        if (const Error* problem = entry.problem(); problem != nullptr) {
            failed.push_back({{"name", to_text(name)},
                              {"served", entry.served()},
                              {"error", problem->to_string()}});
        }
    }
    const AliasCounts& aliases = services.engine.counts();
    const AlarmBoard::Alarms& alarms = services.engine.alarms().alarms();
    const auto uptime = std::chrono::steady_clock::now() - services.started;
    const std::size_t unserved = services.zones.zones().size() - served;
    return {
        {"version", APEX_VERSION},
        {"pid", getpid()},
        {"uptime_seconds", std::chrono::duration_cast<std::chrono::seconds>(uptime).count()},
        {"addresses", std::move(addresses)},
        {"port", server.port},
        {"hugepages", services.hugepages},
        {"vectors", wire::vectors_text(wire::best_vectors())},
        {"workers", std::move(workers)},
        {"power", power_text(server.power)},
        {"ports", std::move(ports)},
        {"zones", {{"served", served}, {"failed", unserved}}},
        {"failed_zones", std::move(failed)},
        {"alias",
         {{"targets", aliases.targets},
          {"resolved", aliases.resolved},
          {"failing", aliases.failing},
          {"stale", aliases.stale},
          {"expired", aliases.expired},
          {"next_target", services.zones.fallbacks().count(Source::next_target)},
          {"own_records", services.zones.fallbacks().count(Source::own_records)},
          {"alarms", alarms.size()}}},
        {"health",
         {{"checked", services.health.checked()}, {"unhealthy", services.health.unhealthy()}}},
        {"alarms", alarm_list(alarms, services.config.alias.type)},
        {"store", store_json(services.store.status())},
        {"config",
         {{"file", services.config.file.string()}, {"restart_needed", services.restart_needed}}}};
}

json counters_json(const std::function<std::uint64_t(answer::Verdict)>& value) {
    json counters = json::object();
    for (std::size_t n = 0; n < answer::verdict_count; ++n) {
        counters[std::string(answer::verdict_texts[n].name)] =
            value(static_cast<answer::Verdict>(n));
    }
    return counters;
}

json counters_json(const answer::Counters& counters) {
    return counters_json([&counters](answer::Verdict verdict) { return counters.get(verdict); });
}

json publishing_json(const LatencyHistogram& publishing) {
    return {{"count", publishing.count()},
            {"p50_us", publishing.quantile(0.5)},
            {"p99_us", publishing.quantile(0.99)},
            {"max_us", publishing.greatest()}};
}

/// Null without TCP.
json tcp_json(const TcpServer* tcp) {
    if (tcp == nullptr) return nullptr;
    const TcpStatus status = tcp->status();
    return {{"open", status.open},
            {"accepted", status.accepted},
            {"idle", status.idle},
            {"displaced", status.displaced},
            {"refused", status.refused},
            {"misused", status.misused},
            {"counters", counters_json(tcp->counters())}};
}

/// Null where no sockets are beside the ports.
json beside_json(const answer::Counters* beside) {
    if (beside == nullptr) return nullptr;
    return {{"counters", counters_json(*beside)}};
}

json stats(const Services& services) {
    json workers = json::array();
    for (std::size_t n = 0; n < services.config.server.workers.size(); ++n) {
        workers.push_back({{"lcore", services.config.server.workers[n]},
                           {"counters", counters_json(services.counters(n))}});
    }
    const table::TableSize size = services.publisher.size();
    const AliasTotals& aliases = services.engine.totals();
    return {{"counters", counters_json([&services](answer::Verdict verdict) {
                 return queries(services, verdict);
             })},
            {"workers", std::move(workers)},
            {"tcp", tcp_json(services.tcp)},
            {"sockets", beside_json(services.beside)},
            {"table",
             {{"names", size.names},
              {"zones", size.zones},
              {"bytes", size.bytes},
              {"mapped_bytes", size.mapped},
              {"hugepage_bytes", size.huge},
              {"bytes_per_name", size.names > 0 ? size.bytes / size.names : 0}}},
            {"process", process_json()},
            {"alias",
             {{"resolutions", aliases.resolutions},
              {"changes", aliases.changes},
              {"failures", aliases.failures},
              {"refused", aliases.refused},
              {"unconfirmed", aliases.unconfirmed},
              {"bogus", services.engine.bogus_count()},
              {"alarms", services.engine.alarms().raised()},
              {"publishing", publishing_json(aliases.publishing)}}},
            {"health",
             {{"succeeded", services.health.totals().succeeded},
              {"failed", services.health.totals().failed},
              {"unchecked", services.health.totals().unchecked}}},
            {"store", store_counters(services.store.status())}};
}

/// What else there is in an alias section came with the zones.
bool needs_restart(const AliasConfig& running, const AliasConfig& file) {
    return running.type != file.type || running.stale_max != file.stale_max ||
           running.confirmations != file.confirmations || running.addresses != file.addresses ||
           running.policy.ttl_min != file.policy.ttl_min ||
           running.policy.ttl_max != file.policy.ttl_max;
}

std::vector<std::string> changed_settings(const Config& running, const Config& file) {
    std::vector<std::string> changed;
    if (running.server != file.server) changed.emplace_back("server");
    if (running.tcp != file.tcp) changed.emplace_back("tcp");
    if (running.ports != file.ports) changed.emplace_back("ports");
    if (running.control != file.control) changed.emplace_back("control");
    if (running.resolver != file.resolver) changed.emplace_back("resolver");
    if (needs_restart(running.alias, file.alias)) changed.emplace_back("alias");
    return changed;
}

/// What a configuration reload does, kept until it has done it.
struct ConfigReload {
    Result<Config> file = fail("not read");
    json added = json::array(), removed = json::array(), reloaded = json::array();
    std::vector<wire::Name> loading;
};

Reloader::Plan plan_reload(const ZoneSet& zones, ConfigReload& reload) {
    Reloader::Plan plan;
    std::map<wire::Name, const ZoneConfig*> wanted;
    for (const ZoneConfig& zone : reload.file->zones) {
        wanted.emplace(zone.name, &zone);
        const auto found = zones.zones().find(zone.name);
        const bool is_new = found == zones.zones().end();
        // The entry has the settings of the last attempt, so after a failed one they
        // say nothing of what is in service.
        if (!is_new && !found->second.error && found->second.config == zone) {
            continue;
        }
        (is_new ? reload.added : reload.reloaded).push_back(to_text(zone.name));
        reload.loading.push_back(zone.name);
        plan.load.push_back(zone);
    }
    for (const auto& [name, entry] : zones.zones()) {
        if (wanted.contains(name)) continue;
        reload.removed.push_back(to_text(name));
        plan.remove.push_back(name);
    }
    return plan;
}

json reload_result(const Services& services, ConfigReload& reload) {
    json failed = json::array();
    for (const wire::Name& name : reload.loading) {
        const ZoneEntry& entry = services.zones.zones().at(name);
        if (!entry.error) continue;
        failed.push_back({{"name", to_text(name)}, {"error", entry.error->to_string()}});
    }
    return {{"ok", failed.empty()},
            {"added", std::move(reload.added)},
            {"removed", std::move(reload.removed)},
            {"reloaded", std::move(reload.reloaded)},
            {"failed", std::move(failed)},
            {"restart_needed", services.restart_needed}};
}

/// What became of a configuration reload as a whole; each zone has had its own line.
void log_reload(const Result<json>& result) {
    if (!result) {
        spdlog::error(
            "configuration not reloaded: {}; what is in service stays; correct it, then run "
            "\"apexctl config reload\"",
            result.error().to_string());
        return;
    }
    std::string restart;
    for (const json& key : result->at("restart_needed")) {
        restart +=
            (restart.empty() ? "; only a restart applies the new " : ", ") + key.get<std::string>();
    }
    const auto level = result->at("ok").get<bool>() ? spdlog::level::info : spdlog::level::warn;
    spdlog::log(level,
                "configuration reloaded: {} zones added, {} removed, {} reloaded, {} failed{}",
                result->at("added").size(), result->at("removed").size(),
                result->at("reloaded").size(), result->at("failed").size(), restart);
}

}  // namespace

std::uint64_t queries(const Services& services, answer::Verdict verdict) {
    std::uint64_t sum = 0;
    for (std::size_t n = 0; n < services.config.server.workers.size(); ++n) {
        sum += services.counters(n).get(verdict);
    }
    return sum;
}

std::string time_text(std::chrono::system_clock::time_point time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                       fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

Result<wire::Name> name_parameter(const json& params, const char* key) {
    const auto found = params.find(key);
    if (found == params.end() || !found->is_string()) {
        return fail("the command needs a parameter \"" + std::string(key) + "\", a domain name");
    }
    return parse_name(found->get<std::string>());
}

Result<bool> flag_parameter(const json& params, const char* key) {
    const auto found = params.find(key);
    if (found == params.end()) return false;
    if (found->is_boolean()) return found->get<bool>();
    return fail(std::string("parameter \"") + key + "\": read " + found->type_name() +
                ", expected true or false");
}

void reload_config(Services& services, const Reply& answer) {
    const Reply reply = [answer](Result<json> result) {
        log_reload(result);
        answer(std::move(result));
    };
    auto reload = std::make_shared<ConfigReload>();
    const auto submit = [&services, reload, reply](const Result<void>& read) {
        if (!read) return reply(std::unexpected(read.error()));
        if (!reload->file) return reply(std::unexpected(reload->file.error()));
        services.reloader.submit(
            [&services, reload] { return plan_reload(services.zones, *reload); },
            [&services, reload, reply](const Result<void>& done) {
                if (!done) return reply(std::unexpected(done.error()));
                services.restart_needed = changed_settings(services.config, *reload->file);
                reply(reload_result(services, *reload));
            });
    };
    services.background.run(
        [reload, file = services.config.file] { reload->file = load_config(file); }, submit);
}

Handlers server_methods(Services& services) {
    return {
        {"status", [&](const json&, const Reply& reply) { reply(status(services)); }},
        {"stats", [&](const json&, const Reply& reply) { reply(stats(services)); }},
        {"config.reload", [&](const json&, const Reply& reply) { reload_config(services, reply); }},
        {"stop",
         [&](const json&, const Reply& reply) {
             reply(json{{"ok", true}});
             services.stop();
         }},
    };
}

Handlers make_methods(Services& services) {
    Handlers all = server_methods(services);
    all.merge(zone_methods(services));
    all.merge(alias_methods(services));
    all.merge(history_methods(services));
    all.merge(refresh_methods(services));
    return all;
}

}  // namespace apex::control
