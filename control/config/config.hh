// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What the YAML file says, checked. Read once at start and again at each
// `config reload`; any thread, no state.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "control/config/alias_policy.hh"
#include "control/config/upstream.hh"
#include "control/error.hh"
#include "dataplane/answer/server.hh"
#include "dataplane/wire/address.hh"
#include "dataplane/wire/name.hh"
#include "dataplane/wire/types.hh"

namespace apex::control {

/// Which CNAMEs of a zone are treated as ALIAS.
enum class Flatten { none, apex, all };

/// The kernel's interface beside a port that DPDK has to itself.
struct KernelConfig {
    /// `automatic`: where the port is hardware.
    enum class Path : std::uint8_t { automatic, off, on } path = Path::automatic;
    std::string interface;
    std::vector<std::string> addresses{};  ///< with prefix; empty: those served, alone
    std::uint32_t rate = 20'000;           ///< frames a second of each kind, each worker
    bool operator==(const KernelConfig&) const = default;
};

struct PortConfig {
    std::string device;     ///< PCI address or DPDK vdev string, as given
    unsigned line = 0;      ///< where "device" is said
    std::uint32_t mtu = 0;  ///< 0: as the driver has it
    KernelConfig kernel;
    bool operator==(const PortConfig& other) const {
        return device == other.device && mtu == other.mtu && kernel == other.kernel;
    }
};

struct ZoneConfig {
    wire::Name name;
    std::filesystem::path file;  ///< absolute, or relative to the working directory
    Flatten flatten = Flatten::apex;
    unsigned line = 0;
    AliasPolicy alias{};
    std::map<wire::Name, AliasPolicy> records{};  ///< of owners that have their own

    /// What holds for the ALIAS at `owner`.
    const AliasPolicy& alias_at(const wire::Name& owner) const {
        const auto own = records.find(owner);
        return own != records.end() ? own->second : alias;
    }
    bool operator==(const ZoneConfig& other) const {
        return name == other.name && file == other.file && flatten == other.flatten &&
               alias == other.alias && records == other.records;
    }
};

/// What a worker does while nothing comes in.
enum class Power : std::uint8_t {
    poll,   ///< looks again at once
    pause,  ///< lets the other thread of its core have the time of an instruction or two
    sleep,  ///< after a while without a frame, sleeps between looks
};

struct ServerConfig {
    std::vector<wire::IpAddress> addresses;  ///< served; at least one
    std::uint16_t port = 53;
    std::vector<unsigned> workers;       ///< lcores that poll; at least one, no duplicates
    std::vector<unsigned> worker_lines;  ///< where each of them is said
    std::string identity;                ///< id.server, hostname.bind, NSID; empty: not told
    std::string version;                 ///< version.server, version.bind; empty: not told
    answer::AnyPolicy any = answer::AnyPolicy::rrset;
    Power power = Power::pause;
    bool operator==(const ServerConfig& other) const {
        return addresses == other.addresses && port == other.port && workers == other.workers &&
               identity == other.identity && version == other.version && any == other.any &&
               power == other.power;
    }
};

/// DNS over TCP.
struct TcpLimits {
    /// At once; a further one takes the place of one that only came, or of the idlest. 0: no TCP.
    unsigned connections = 1000;
    unsigned per_client = 100;  ///< of one IPv4 address or one IPv6 /64; more are closed at once
    std::uint32_t idle = 10;    ///< seconds without a whole query before it is closed
    bool operator==(const TcpLimits&) const = default;
};

struct ControlConfig {
    std::filesystem::path socket = "/run/apexdns/apexd.sock";
    std::string metrics;          ///< "ADDRESS:PORT" of the HTTP metrics listener; empty: none
    std::filesystem::path state;  ///< the folder of what is kept over restarts; empty: nothing
    bool operator==(const ControlConfig&) const = default;
};

struct ResolverConfig {
    /// Who is asked; empty: full recursion from the root.
    std::vector<Upstream> forward;
    /// Who must agree before a live set is withdrawn; empty: nobody.
    std::vector<Upstream> confirm{};
    /// DS and DNSKEY records in presentation form; empty: nothing is validated.
    std::vector<std::string> trust_anchors{};
    bool operator==(const ResolverConfig&) const = default;
};

/// Which addresses of a target are served.
struct AddressLimits {
    bool private_allowed = false;
    std::size_t most = 64;  ///< of one answer, the owner's own aside
    bool operator==(const AddressLimits&) const = default;
};

struct AliasConfig {
    AliasPolicy policy;
    AddressLimits addresses{};
    std::uint32_t stale_max = 3 * 86400;  ///< seconds beyond its life that a set is served
    std::uint32_t confirmations = 3;      ///< empty answers in a row that withdraw a live set
    wire::RrType type = wire::RrType::alias;
    bool operator==(const AliasConfig&) const = default;
};

struct Config {
    std::filesystem::path file;  ///< where it was read from
    ServerConfig server;
    TcpLimits tcp;
    std::vector<PortConfig> ports;
    ControlConfig control;
    ResolverConfig resolver;
    AliasConfig alias;
    std::vector<ZoneConfig> zones;  ///< no name twice
};

/// Reads and checks `file`. The error names file and line, what was read and
/// what was expected; an unknown key is an error that names the nearest known one.
Result<Config> load_config(const std::filesystem::path& file);

}  // namespace apex::control
