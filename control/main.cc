// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// apexd: puts the parts together. The only file that knows both the packet side
// and the control plane. The main thread becomes the control loop.
#include <event2/event.h>
#include <spdlog/spdlog.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/alias/engine.hh"
#include "control/alias/event_loop.hh"
#include "control/alias/store.hh"
#include "control/config/config.hh"
#include "control/ctl/methods.hh"
#include "control/ctl/server.hh"
#include "control/ctl/watchers.hh"
#include "control/publish/background.hh"
#include "control/publish/reloader.hh"
#include "control/publish/zone_set.hh"
#include "control/serve/tcp_server.hh"
#include "control/serve/udp_server.hh"
#include "control/telemetry/alias_log.hh"
#include "control/telemetry/link_watch.hh"
#include "control/telemetry/log.hh"
#include "control/telemetry/metrics.hh"
#include "control/zone/name_text.hh"
#include "dataplane/io/dataplane.hh"
#include "dataplane/io/numa.hh"
#include "dataplane/table/publisher.hh"
#include "dataplane/table/table.hh"

namespace apex::control {

namespace {

constexpr int exit_failure = 1;
constexpr int exit_bad_config = 2;

struct EventDeleter {
    void operator()(event* e) const noexcept { event_free(e); }
};
using Event = std::unique_ptr<event, EventDeleter>;

int report(const Error& error, int status) {
    std::fprintf(stderr, "%s\n", error.to_string().c_str());
    return status;
}

/// The compiled XDP program: beside the executable in a build tree, else installed.
std::filesystem::path steer_object() {
    std::error_code ignored;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored);
    const auto beside = program.parent_path() / "steer.bpf.o";
    return std::filesystem::exists(beside, ignored) ? beside : APEX_LIBDIR "/steer.bpf.o";
}

io::Idle idle(Power power) {
    constexpr std::chrono::microseconds nap{50};
    return {power != Power::poll, power == Power::sleep ? nap : nap.zero()};
}

/// The port that is none of DPDK's: the kernel's own sockets.
constexpr std::string_view sockets = "sockets";

bool is_on_sockets(const Config& config) {
    return config.ports.front().device == sockets;
}

answer::Server server_of(const Config& config) {
    return {config.server.identity, config.server.version, config.server.any};
}

io::PortSettings port_settings(const PortConfig& port, const std::vector<wire::IpAddress>& served) {
    using Kernel = io::PortSettings::Kernel;
    io::PortSettings settings;
    settings.device = port.device;
    settings.mtu = static_cast<std::uint16_t>(port.mtu);
    settings.kernel_path = port.kernel.path == KernelConfig::Path::automatic ? Kernel::automatic
                           : port.kernel.path == KernelConfig::Path::on      ? Kernel::on
                                                                             : Kernel::off;
    settings.kernel = {port.kernel.interface, port.kernel.addresses, port.kernel.rate};
    if (port.kernel.addresses.empty()) {
        for (const wire::IpAddress& address : served) {
            settings.kernel.addresses.push_back(address.to_text() +
                                                (address.is_v4() ? "/32" : "/128"));
        }
    }
    return settings;
}

io::Settings packet_settings(const Config& config) {
    io::Settings settings;
    if (!is_on_sockets(config)) {
        for (const PortConfig& port : config.ports) {
            settings.ports.push_back(port_settings(port, config.server.addresses));
        }
    }
    settings.workers = config.server.workers;
    settings.addresses = config.server.addresses;
    settings.udp_port = config.server.port;
    settings.server = server_of(config);
    settings.idle = idle(config.server.power);
    settings.steer_object = steer_object();
    return settings;
}

/// The configuration, also without what the packet side would call a mistake.
Result<Config> read_config(const std::filesystem::path& file) {
    auto config = load_config(file);
    if (!config) return config;
    for (const PortConfig& port : config->ports) {
        if (port.device != sockets || config->ports.size() == 1) continue;
        return fail(
            "port \"sockets\" stands beside others; expected it alone, for it is what there is "
            "where no other can be",
            file.string(), port.line);
    }
    if (const PortConfig& port = config->ports.front();
        port.device == sockets && (port.mtu != 0 || port.kernel.path == KernelConfig::Path::on)) {
        return fail(
            "port \"sockets\" is the kernel's own and has neither \"mtu\" nor \"kernel\"; remove "
            "them",
            file.string(), port.line);
    }
    const auto mistake = io::find_mistake(packet_settings(*config));
    if (!mistake) return config;
    const unsigned line = mistake->where == io::Mistake::Where::port
                              ? config->ports[mistake->index].line
                              : config->server.worker_lines[mistake->index];
    return fail(mistake->message, file.string(), line);
}

/// Reads the zone as a start would, a line for each warning and for the error.
int check_zone(const ZoneConfig& config, wire::RrType alias_type) {
    const PreparedZone prepared = prepare_zone(config, 0, alias_type);
    if (prepared.zone != nullptr) {
        for (Error warning : prepared.zone->warnings) {
            warning.message.insert(0, "warning: ");
            report(warning, 0);
        }
    }
    return prepared.error ? report(*prepared.error, exit_bad_config) : 0;
}

int check_zone(const std::string& name, const std::string& file) {
    auto apex = parse_name(name);
    if (!apex) return report(apex.error(), exit_bad_config);
    ZoneConfig config;
    config.name = std::move(*apex);
    config.file = file;
    return check_zone(config, AliasConfig().type);
}

/// Every problem that a start with this file would meet, a line each.
int check_config(const std::filesystem::path& file) {
    const auto config = read_config(file);
    if (!config) return report(config.error(), exit_bad_config);
    int status = 0;
    for (const ZoneConfig& zone : config->zones) {
        status = std::max(status, check_zone(zone, config->alias.type));
    }
    return status;
}

/// SIGINT or SIGTERM came before there was a loop to end.
volatile std::sig_atomic_t end_asked = 0;

/// Until there is one: a start ends in order, but at the next step, and SIGHUP is ignored,
/// for there is nothing to reload yet.
void remember_signals() {
    for (const int number : {SIGINT, SIGTERM}) std::signal(number, [](int) { end_asked = 1; });
    std::signal(SIGHUP, SIG_IGN);
}

int ended_early() {
    spdlog::info("stopping before it was ready");
    return 0;
}

void load_all_zones(const Config& config, ZoneSet& zones) {
    std::vector<PreparedZone> prepared;
    prepared.reserve(config.zones.size());
    for (const ZoneConfig& zone : config.zones) {
        if (end_asked != 0) return;
        prepared.push_back(prepare_zone(zone, zones.id_for(zone.name), config.alias.type));
    }
    zones.apply(prepared);
}

/// Ends the loop on SIGINT and SIGTERM, reloads the configuration on SIGHUP.
class Signals {
  public:
    Signals(event_base* base, Services& services) : services_(services) {
        for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
            events_.emplace_back(evsignal_new(base, number, &Signals::arrived, this));
            event_add(events_.back().get(), nullptr);
        }
    }

  private:
    static void arrived(evutil_socket_t number, short /*what*/, void* self) {
        Services& services = static_cast<Signals*>(self)->services_;
        if (number != SIGHUP) return services.stop();
        reload_config(services, [](const Result<nlohmann::json>&) {});
    }

    Services& services_;
    std::vector<Event> events_;
};

AliasStore::Run on_thread(Background& thread) {
    return [&thread](std::function<void()> job, std::function<void(Result<void>)> then) {
        thread.run(std::move(job), std::move(then));
    };
}

/// Who reads the table: the workers, then these.
struct Readers {
    explicit Readers(const Config& config)
        : tcp(static_cast<unsigned>(config.server.workers.size())),
          udp_beside(tcp + 1),
          count(udp_beside + 1) {}
    unsigned tcp;
    unsigned udp_beside;
    unsigned count;
};

/// What answers over UDP: sockets alone, or DPDK ports with sockets beside them.
struct UdpSide {
    std::unique_ptr<io::Dataplane> dataplane;
    std::unique_ptr<UdpServer> on_sockets;  ///< beside ports: null where they cannot be
};

Result<UdpSide> start_udp(const Config& config, table::Table& table) {
    const ServerConfig& server = config.server;
    UdpSide side;
    if (is_on_sockets(config)) {
        auto started = UdpServer::start_alone(server.addresses, server.port, server_of(config),
                                              table, server.workers);
        if (!started) return std::unexpected(started.error());
        side.on_sockets = std::move(*started);
        return side;
    }
    auto dataplane = io::Dataplane::start(packet_settings(config), table);
    if (!dataplane) return fail(dataplane.error());
    for (const std::string& warning : (*dataplane)->warnings()) spdlog::warn(warning);
    side.dataplane = std::move(*dataplane);
    if (side.dataplane->is_overheard()) return side;
    auto beside = UdpServer::start_beside(server.addresses, server.port, server_of(config), table,
                                          Readers(config).udp_beside);
    if (beside) {
        side.on_sockets = std::move(*beside);
    } else {
        spdlog::warn("{}; queries that come by the kernel are not answered",
                     beside.error().to_string());
    }
    return side;
}

void connect(Services& services, const UdpServer& server) {
    services.counters = [&server](std::size_t worker) -> const answer::Counters& {
        return server.counters(worker);
    };
    services.ports = [] {
        return std::vector{PortInfo{std::string(sockets), "kernel", Link::up, true}};
    };
}

Link link_of(const auto& one) {
    if (one.is_gone) return Link::gone;
    return one.link_up ? Link::up : Link::down;
}

void connect(Services& services, const io::Dataplane& dataplane) {
    services.counters = [&dataplane](std::size_t worker) -> const answer::Counters& {
        return dataplane.counters(worker);
    };
    services.ports = [&dataplane] {
        std::vector<PortInfo> ports;
        for (const io::PortStatus& port : dataplane.ports()) {
            PortInfo& info = ports.emplace_back(PortInfo{port.device, port.driver, link_of(port),
                                                         port.has_rx_interrupts, port.mtu});
            for (const auto& nic : port.nics) info.nics.emplace_back(nic.device, link_of(nic));
            if (!port.kernel) continue;
            const io::KernelCounters& counters = port.kernel->counters;
            info.kernel = {port.kernel->interface,
                           port.kernel->driver,
                           {{"to_kernel", counters.to_kernel},
                            {"refused", counters.refused},
                            {"from_kernel", counters.from_kernel},
                            {"lost", counters.lost}}};
        }
        return ports;
    };
    services.hugepages = dataplane.hugepages();
}

int run(const Config& config) {
    const EventLoop base = make_event_loop();
    if (base == nullptr) return report({"cannot create an event loop"}, exit_failure);
    io::prefer_memory_of(config.server.workers);

    const Readers readers(config);
    table::Table table(readers.count);
    table::Publisher publisher(table);
    ZoneSet zones(publisher, config.alias.type);
    AliasLog alias_log(base.get(), config.alias.type);
    StoreLimits limits;
    limits.keep_unfollowed = std::max(
        limits.keep_unfollowed,
        std::chrono::ceil<std::chrono::hours>(std::chrono::seconds(config.alias.stale_max)));
    AliasStore store(base.get(), config.control.state, limits);
    Watchers watchers(config.alias.type);
    std::unique_ptr<AliasEngine> engine;
    engine = std::make_unique<AliasEngine>(
        base.get(), config.resolver, config.alias,
        [&](const TargetKey& key) {
            zones.on_alias_change(key);
            const TargetState* state = engine->find(key);
            if (state == nullptr) return;
            alias_log.changed(*state);
            if (state->rung != Rung::fresh) return watchers.aged(*state);
            if (const auto set = engine->history(key)->newest()) watchers.changed(*state, *set);
        },
        [&](const TargetState& state) {
            alias_log.health_changed(state);
            watchers.health_changed(state);
        },
        &store,
        [&](const Alarm& alarm, bool raised) {
            alias_log.alarm(alarm, raised);
            watchers.alarm(alarm, raised);
        },
        config.server.addresses);
    zones.attach(*engine);
    HealthBoard health(base.get());
    health.set_on_change([&](const HealthKey& key, const HealthState& state) {
        zones.on_health_change(key);
        alias_log.health_changed(key, state);
        watchers.health_changed(key, state);
    });
    zones.attach(health);
    zones.tell([&](const ZoneEntry& entry, ZoneFate fate) { watchers.zone_changed(entry, fate); });
    Background background(base.get());
    Background store_writer(base.get());
    Reloader reloader(background, zones, config.alias.type);
    Services services{.config = config,
                      .publisher = publisher,
                      .engine = *engine,
                      .zones = zones,
                      .reloader = reloader,
                      .background = background,
                      .store = store,
                      .health = health,
                      .started = std::chrono::steady_clock::now()};
    services.stop = [&base] { event_base_loopexit(base.get(), nullptr); };

    auto server = ControlServer::listen(base.get(), config.control.socket, make_methods(services));
    if (!server) return report(server.error(), exit_failure);
    watchers.attach([&server](const auto& params) { (*server)->notify(params); });
    std::unique_ptr<MetricsServer> metrics;
    if (!config.control.metrics.empty()) {
        auto listening = MetricsServer::listen(base.get(), config.control.metrics,
                                               [&services] { return metrics_text(services); });
        if (!listening) return report(listening.error(), exit_failure);
        metrics = std::move(*listening);
    }

    store.open();
    load_all_zones(config, zones);
    if (end_asked != 0) return ended_early();
    const auto udp = start_udp(config, table);
    if (!udp) return report(udp.error(), exit_failure);
    // Only now is this thread off the polling CPUs, and a thread inherits that.
    background.start();
    store_writer.start();
    store.start(on_thread(store_writer), on_thread(background));
    std::unique_ptr<TcpServer> tcp;
    if (config.tcp.connections != 0) {
        auto started = TcpServer::start(config.server.addresses, config.server.port,
                                        server_of(config), config.tcp, table, readers.tcp);
        if (!started) return report(started.error(), exit_failure);
        tcp = std::move(*started);
        services.tcp = tcp.get();
    }
    if (udp->dataplane != nullptr) {
        connect(services, *udp->dataplane);
        if (udp->on_sockets != nullptr) services.beside = &udp->on_sockets->counters(0);
    } else {
        connect(services, *udp->on_sockets);
    }
    const LinkWatch links(base.get(), [&] {
        if (udp->dataplane != nullptr) udp->dataplane->pass_links_on();
        return services.ports();
    });
    const Signals signals(base.get(), services);
    if (end_asked != 0) return ended_early();

    spdlog::info("answering; {} zones, control socket {}", publisher.size().zones,
                 config.control.socket.string());
    sd_notify(0, "READY=1");
    event_base_dispatch(base.get());
    sd_notify(0, "STOPPING=1");
    spdlog::info("stopping");
    return 0;
}

}  // namespace

}  // namespace apex::control

// NOLINTNEXTLINE(bugprone-exception-escape): only for want of memory, and then it may end
int main(int argc, char** argv) {
    using namespace apex::control;
    CLI::App app{"apexd, an authoritative DNS responder that flattens ALIAS at the packet path"};
    std::string config_file;
    std::string checked_file;
    app.add_option("-c,--config", config_file, "Run in the foreground with this configuration");
    app.add_option("--check-config", checked_file,
                   "Check this configuration and its zones, print what is wrong, exit");
    std::vector<std::string> checked_zone;
    app.add_option("--check-zone", checked_zone,
                   "Check this zone file as the zone NAME, print what is wrong, exit")
        ->type_name("NAME FILE")
        ->expected(2);
    std::string log_level = "info";
    app.add_option("--log-level", log_level, "debug, info, warning or error");
    app.set_version_flag("-V,--version", "apexd " APEX_VERSION);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : exit_bad_config;
    }
    const int tasks = (config_file.empty() ? 0 : 1) + (checked_file.empty() ? 0 : 1) +
                      (checked_zone.empty() ? 0 : 1);
    if (tasks != 1) {
        std::fprintf(
            stderr, "apexd: give one of -c FILE, --check-config FILE and --check-zone NAME FILE\n");
        return exit_bad_config;
    }
    try {
        if (const auto log = set_up_log(log_level); !log)
            return report(log.error(), exit_bad_config);
        if (!checked_file.empty()) return check_config(checked_file);
        if (!checked_zone.empty()) return check_zone(checked_zone[0], checked_zone[1]);
        remember_signals();
        const auto config = read_config(config_file);
        if (!config) return report(config.error(), exit_bad_config);
        return run(*config);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "apexd: %s\n", error.what());
        return exit_failure;
    }
}
