// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What the commands of the control socket do (docs/control-protocol.md). Each
// reply goes out when the command's effect is visible to queries. Control thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/alias/engine.hh"
#include "control/alias/health.hh"
#include "control/alias/store.hh"
#include "control/config/config.hh"
#include "control/ctl/handlers.hh"
#include "control/publish/background.hh"
#include "control/publish/reloader.hh"
#include "control/publish/zone_set.hh"
#include "control/serve/tcp_server.hh"
#include "dataplane/answer/counters.hh"
#include "dataplane/table/publisher.hh"

namespace apex::control {

enum class Link : std::uint8_t {
    up,
    down,
    gone,  ///< the device or interface is not there any more
};

struct PortInfo {
    std::string device;
    std::string driver;
    Link link = Link::down;
    bool rx_interrupts = false;                        ///< end the sleep of idle workers
    unsigned mtu = 0;                                  ///< 0: not the port's to say
    std::vector<std::pair<std::string, Link>> nics{};  ///< of a bond
    /// The kernel's interface beside it.
    struct Kernel {
        std::string interface;
        std::string driver;
        std::vector<std::pair<std::string, std::uint64_t>> counters;
    };
    std::optional<Kernel> kernel{};
};

/// What the commands work on. Everything must outlive the handlers.
struct Services {
    const Config& config;  ///< as the process was started with
    table::Publisher& publisher;
    AliasEngine& engine;
    ZoneSet& zones;
    Reloader& reloader;
    Background& background;
    const AliasStore& store;
    const HealthBoard& health;
    std::chrono::steady_clock::time_point started;
    // The packet side, which the control plane does not know; set before the loop runs.
    std::function<std::vector<PortInfo>()> ports = {};
    std::function<const answer::Counters&(std::size_t worker)> counters = {};
    const TcpServer* tcp = nullptr;            ///< null: there is none
    const answer::Counters* beside = nullptr;  ///< of the UDP sockets beside the ports; null: none
    bool hugepages = false;
    std::function<void()> stop = {};
    /// Settings that the file has changed since, but that only a restart applies.
    std::vector<std::string> restart_needed = {};
};

/// All commands, by method name.
Handlers make_methods(Services& services);

/// Reads the configuration file again and brings the zones in line with it.
void reload_config(Services& services, const Reply& reply);

/// Prometheus text of what `stats` and `status` show.
std::string metrics_text(const Services& services);

// By subject; make_methods() collects them.
Handlers server_methods(Services& services);
Handlers zone_methods(Services& services);
Handlers alias_methods(Services& services);
Handlers history_methods(Services& services);
Handlers refresh_methods(Services& services);

/// Frames with that fate, of all workers.
std::uint64_t queries(const Services& services, answer::Verdict verdict);

/// UTC, RFC 3339, whole seconds.
std::string time_text(std::chrono::system_clock::time_point time);

/// A parameter that is a domain name.
Result<wire::Name> name_parameter(const nlohmann::json& params, const char* key);

/// A parameter that is true or false, which is also what its absence means.
Result<bool> flag_parameter(const nlohmann::json& params, const char* key);

/// An owner with an ALIAS that is served; the references hold until the loop's next turn.
struct AliasOwner {
    wire::Name name;
    const ZoneEntry& zone;  ///< served
    const Owner& records;
};

/// The one that the parameter "name" tells.
Result<AliasOwner> alias_owner(const Services& services, const nlohmann::json& params);

}  // namespace apex::control
