// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/config/config.hh"

#include <sys/un.h>

#include <algorithm>
#include <set>
#include <span>

#include "control/config/in_quotes.hh"
#include "control/config/period.hh"
#include "control/config/policy_reader.hh"
#include "control/config/ports_reader.hh"
#include "control/config/read_file.hh"
#include "control/config/resolver_reader.hh"
#include "control/config/yaml_reader.hh"
#include "control/config/zones_reader.hh"

namespace apex::control {

namespace {

constexpr std::size_t max_file_size = 64U << 20;
constexpr unsigned max_lcore = 127;                  // Debian builds DPDK with RTE_MAX_LCORE 128
constexpr std::uint16_t first_private_type = 65280;  // RFC 6895 §3.1
constexpr std::uint16_t last_private_type = 65534;

static_assert(answer::Server::max_text == 128);
constexpr std::string_view own_text_expected = "a text of at most 128 octets";
constexpr std::size_t max_socket_path = sizeof(sockaddr_un::sun_path) - 1;

constexpr std::string_view ip_expected = "an IPv4 or IPv6 address";
constexpr std::string_view host_expected =
    "the address of one host: not unspecified, multicast or broadcast";

/// Packets can be sent to it, and replies from it.
bool is_host(const wire::IpAddress& address) {
    const auto octets = std::span(address.bytes).subspan(address.is_v4() ? 12 : 0);
    const auto all = [&octets](int value) {
        return std::ranges::all_of(octets, [value](int octet) { return octet == value; });
    };
    const bool multicast = address.is_v4() ? octets[0] >> 4 == 0xe : octets[0] == 0xff;
    return !all(0) && !all(0xff) && !multicast;
}

/// "ADDRESS:PORT", an IPv6 address in brackets.
bool is_listener(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos || !parse_port(std::string_view(text).substr(colon + 1))) {
        return false;
    }
    std::string host = text.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    const bool has_colon = host.find(':') != std::string::npos;
    return bracketed == has_colon && wire::IpAddress::from_text(host).has_value();
}

std::optional<wire::RrType> parse_private_type(std::string_view text) {
    if (text.starts_with("TYPE")) text.remove_prefix(4);
    const auto number = parse_number(text, last_private_type);
    if (!number || *number < first_private_type) return std::nullopt;
    return static_cast<wire::RrType>(*number);
}

std::optional<bool> parse_permission(std::string_view text) {
    if (text == "allow") return true;
    if (text == "refuse") return false;
    return std::nullopt;
}

std::optional<answer::AnyPolicy> parse_any(std::string_view text) {
    if (text == "rrset") return answer::AnyPolicy::rrset;
    if (text == "hinfo") return answer::AnyPolicy::hinfo;
    return std::nullopt;
}

std::optional<Power> parse_power(std::string_view text) {
    if (text == "poll") return Power::poll;
    if (text == "pause") return Power::pause;
    if (text == "sleep") return Power::sleep;
    return std::nullopt;
}

/// What the server says of itself.
std::optional<std::string> parse_own_text(const std::string& text) {
    if (text.size() > answer::Server::max_text) return std::nullopt;
    return text;
}

class ConfigReader {
  public:
    explicit ConfigReader(Config& config) : config_(config), folder_(config.file.parent_path()) {}

    void read(const std::string& text);
    const std::optional<Error>& error() const { return yaml_.error(); }

  private:
    void read_server(const YAML::Node& node, const YamlPlace& place);
    void read_tcp(const YAML::Node& node, const YamlPlace& place);
    void read_control(const YAML::Node& node, const YamlPlace& place);
    void read_alias(const YAML::Node& node, const YamlPlace& place);
    void add_address(const YAML::Node& node, const YamlPlace& place);
    void add_worker(const YAML::Node& node, const YamlPlace& place);

    ReadValue member(void (ConfigReader::*reader)(const YAML::Node&, const YamlPlace&)) {
        return [this, reader](const YAML::Node& node, const YamlPlace& place) {
            (this->*reader)(node, place);
        };
    }

    Config& config_;
    const std::filesystem::path folder_;
    YamlReader yaml_;
    ZonesReader zones_{yaml_, folder_, config_.zones};
    PolicyChanges server_changes_;
    std::set<wire::IpAddress> addresses_;
};

void ConfigReader::read(const std::string& text) {
    const YAML::Node root = yaml_.load(text);
    if (yaml_.failed()) return;
    const auto resolver = [this](const YAML::Node& node, const YamlPlace& place) {
        read_resolver(yaml_, node, place, folder_, config_.resolver);
    };
    const auto ports = [this](const YAML::Node& node, const YamlPlace& place) {
        read_ports(yaml_, node, place, config_.ports);
    };
    const auto zones = [this](const YAML::Node& node, const YamlPlace& place) {
        zones_.read(node, place);
    };
    yaml_.read_map(
        root,
        {.section = "", .key = "", .expected = "a map with \"server\" and \"ports\"", .line = 1},
        {
            {"server", "a map with \"addresses\" and \"workers\"", Presence::required,
             member(&ConfigReader::read_server)},
            {"ports", "a list of ports, each with \"device\"", Presence::required, ports},
            {"tcp", "a map", Presence::optional, member(&ConfigReader::read_tcp)},
            {"control", "a map", Presence::optional, member(&ConfigReader::read_control)},
            {"resolver", "a map", Presence::optional, resolver},
            {"alias", "a map", Presence::optional, member(&ConfigReader::read_alias)},
            {"zones", "a list of zones, each with \"name\" and \"file\"", Presence::optional,
             zones},
        });
    if (yaml_.failed()) return;
    AliasPolicy& server = config_.alias.policy;
    server = server_changes_.applied_to(server, PolicyLevel::server);
    check_bounds(yaml_, server, server_changes_.line);
    zones_.settle_policies(server);
}

void ConfigReader::read_server(const YAML::Node& node, const YamlPlace& place) {
    const auto list_of = [this](std::string_view item_expected,
                                void (ConfigReader::*add)(const YAML::Node&, const YamlPlace&)) {
        return [this, item_expected, add](const YAML::Node& list, const YamlPlace& at) {
            if (list.IsSequence() && list.size() == 0) return yaml_.mismatch(list, at);
            yaml_.read_list(list, at, item_expected, member(add));
        };
    };
    yaml_.read_map(node, place,
                   {
                       {"addresses", "a list of at least one IP address", Presence::required,
                        list_of(ip_expected, &ConfigReader::add_address)},
                       {"port", "a number from 1 to 65535", Presence::optional,
                        store(yaml_, config_.server.port, parse_port)},
                       {"workers", "a list of at least one lcore number", Presence::required,
                        list_of("an lcore number from 0 to 127", &ConfigReader::add_worker)},
                       {"identity", own_text_expected, Presence::optional,
                        store(yaml_, config_.server.identity, parse_own_text)},
                       {"version", own_text_expected, Presence::optional,
                        store(yaml_, config_.server.version, parse_own_text)},
                       {"any", "rrset or hinfo", Presence::optional,
                        store(yaml_, config_.server.any, parse_any)},
                       {"power", "poll, pause or sleep", Presence::optional,
                        store(yaml_, config_.server.power, parse_power)},
                   });
}

void ConfigReader::add_address(const YAML::Node& node, const YamlPlace& place) {
    const auto text = yaml_.read_text(node, place);
    if (!text) return;
    const auto address = wire::IpAddress::from_text(*text);
    if (!address) return yaml_.mismatch(node, place);
    if (!is_host(*address)) {
        YamlPlace host = place;
        host.expected = host_expected;
        return yaml_.mismatch(node, host);
    }
    if (!addresses_.insert(*address).second) {
        return yaml_.fail_at(place.line, "address " + in_quotes(*text) +
                                             " is in \"addresses\" twice; expected each once");
    }
    config_.server.addresses.push_back(*address);
}

void ConfigReader::add_worker(const YAML::Node& node, const YamlPlace& place) {
    const auto text = yaml_.read_text(node, place);
    if (!text) return;
    const auto lcore = parse_number(*text, max_lcore);
    if (!lcore) return yaml_.mismatch(node, place);
    std::vector<unsigned>& workers = config_.server.workers;
    if (std::ranges::find(workers, *lcore) != workers.end()) {
        return yaml_.fail_at(place.line, "lcore " + in_quotes(*text) +
                                             " is in \"workers\" twice; expected each once");
    }
    workers.push_back(*lcore);
    config_.server.worker_lines.push_back(place.line);
}

void ConfigReader::read_tcp(const YAML::Node& node, const YamlPlace& place) {
    constexpr std::uint32_t most = 100'000;
    const auto as_connections = [](const std::string& text) { return parse_number(text, most); };
    const auto as_idle = [](const std::string& text) -> std::optional<std::uint32_t> {
        const auto period = parse_period(text);
        return period && *period >= 1 && *period <= 3600 ? period : std::nullopt;
    };
    yaml_.read_map(node, place,
                   {
                       {"connections", "a number from 0, for no TCP, to 100000", Presence::optional,
                        store(yaml_, config_.tcp.connections, as_connections)},
                       {"per-client", "a number from 1 to 100000", Presence::optional,
                        store(yaml_, config_.tcp.per_client, parse_between<unsigned, 1, most>)},
                       {"idle", "a time from 1s to 1h, such as 10s", Presence::optional,
                        store(yaml_, config_.tcp.idle, as_idle)},
                   });
}

void ConfigReader::read_control(const YAML::Node& node, const YamlPlace& place) {
    static const std::string path_expected =
        "a path of at most " + std::to_string(max_socket_path) + " octets";
    const auto as_path = [](const std::string& text) {
        return text.size() <= max_socket_path ? std::optional(text) : std::nullopt;
    };
    const auto as_listener = [](const std::string& text) {
        return is_listener(text) ? std::optional(text) : std::nullopt;
    };
    const auto as_folder = [](const std::string& text) {
        return text.empty() ? std::nullopt : std::optional(text);
    };
    yaml_.read_map(node, place,
                   {
                       {"socket", path_expected, Presence::optional,
                        store(yaml_, config_.control.socket, as_path)},
                       {"metrics", "ADDRESS:PORT, such as 127.0.0.1:9153 or [::1]:9153",
                        Presence::optional, store(yaml_, config_.control.metrics, as_listener)},
                       {"state", "the path of a folder", Presence::optional,
                        store(yaml_, config_.control.state, as_folder)},
                   });
}

void ConfigReader::read_alias(const YAML::Node& node, const YamlPlace& place) {
    server_changes_.line = place.line;
    std::vector<Key> keys = policy_keys(yaml_, server_changes_);
    keys.push_back({"stale-max", period_expected, Presence::optional,
                    store(yaml_, config_.alias.stale_max, parse_ttl)});
    keys.push_back(
        {"confirmations", "a number from 1 to 10", Presence::optional,
         store(yaml_, config_.alias.confirmations, parse_between<std::uint32_t, 1, 10>)});
    keys.push_back({"private", "allow or refuse", Presence::optional,
                    store(yaml_, config_.alias.addresses.private_allowed, parse_permission)});
    keys.push_back(
        {"max-addresses", "a number from 1 to 1000", Presence::optional,
         store(yaml_, config_.alias.addresses.most, parse_between<std::size_t, 1, 1000>)});
    keys.push_back({"type", "a private-use type from 65280 to 65534, such as 65401 or TYPE65401",
                    Presence::optional, store(yaml_, config_.alias.type, parse_private_type)});
    yaml_.read_map(node, place, keys);
}

}  // namespace

Result<Config> load_config(const std::filesystem::path& file) {
    const auto text = read_file(file, max_file_size);
    if (!text) return std::unexpected(text.error());
    Config config;
    config.file = file;
    ConfigReader reader(config);
    reader.read(*text);
    if (const auto& error = reader.error(); error) {
        return fail(error->message, file.string(), error->line);
    }
    return config;
}

}  // namespace apex::control
