// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/config/config.hh"

#include <sys/un.h>

#include <algorithm>
#include <set>
#include <span>
#include <unordered_map>

#include "control/config/dname_text.hh"
#include "control/config/health_check_reader.hh"
#include "control/config/in_quotes.hh"
#include "control/config/period.hh"
#include "control/config/policy_reader.hh"
#include "control/config/read_file.hh"
#include "control/config/trust_anchor.hh"
#include "control/config/yaml_reader.hh"

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

std::optional<std::uint16_t> parse_port(std::string_view text) {
    const auto port = parse_number(text, 65535);
    if (!port || *port == 0) return std::nullopt;
    return static_cast<std::uint16_t>(*port);
}

/// Packets can be sent to it, and replies from it.
bool is_host(const wire::IpAddress& address) {
    const auto octets = std::span(address.bytes).subspan(address.is_v4() ? 12 : 0);
    const auto all = [&octets](int value) {
        return std::ranges::all_of(octets, [value](int octet) { return octet == value; });
    };
    const bool multicast = address.is_v4() ? octets[0] >> 4 == 0xe : octets[0] == 0xff;
    return !all(0) && !all(0xff) && !multicast;
}

/// "ADDRESS" or "ADDRESS@PORT".
bool is_forward(const std::string& text) {
    const std::size_t at = text.find('@');
    if (!wire::IpAddress::from_text(text.substr(0, at))) return false;
    return at == std::string::npos || parse_port(std::string_view(text).substr(at + 1));
}

/// Of what is_forward() takes: one text for each server, however it is spelled.
std::string canonical_forward(const std::string& text) {
    const std::size_t at = text.find('@');
    const auto port =
        at == std::string::npos ? 53 : parse_port(std::string_view(text).substr(at + 1)).value();
    return wire::IpAddress::from_text(text.substr(0, at))->to_text() + '@' + std::to_string(port);
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

std::optional<std::size_t> parse_address_count(std::string_view text) {
    const auto number = parse_number(text, 1000);
    if (!number || *number == 0) return std::nullopt;
    return *number;
}

std::optional<Flatten> parse_flatten(std::string_view text) {
    if (text == "none") return Flatten::none;
    if (text == "apex") return Flatten::apex;
    if (text == "all") return Flatten::all;
    return std::nullopt;
}

std::optional<answer::AnyPolicy> parse_any(std::string_view text) {
    if (text == "rrset") return answer::AnyPolicy::rrset;
    if (text == "hinfo") return answer::AnyPolicy::hinfo;
    return std::nullopt;
}

/// What the server says of itself.
std::optional<std::string> parse_own_text(const std::string& text) {
    if (text.size() > answer::Server::max_text) return std::nullopt;
    return text;
}

class ConfigReader {
  public:
    explicit ConfigReader(Config& config) : config_(config) {}

    void read(const std::string& text);
    const std::optional<Error>& error() const { return yaml_.error(); }

  private:
    void read_server(const YAML::Node& node, const YamlPlace& place);
    void read_ports(const YAML::Node& node, const YamlPlace& place);
    void read_control(const YAML::Node& node, const YamlPlace& place);
    void read_resolver(const YAML::Node& node, const YamlPlace& place);
    void read_alias(const YAML::Node& node, const YamlPlace& place);
    void read_zones(const YAML::Node& node, const YamlPlace& place);
    void read_zone(const YAML::Node& node, const YamlPlace& place);
    void settle_policies();
    void settle_record(ZoneConfig& zone, const std::string& owner, const PolicyChanges& changes);
    void add_address(const YAML::Node& node, const YamlPlace& place);
    void add_worker(const YAML::Node& node, const YamlPlace& place);

    /// A reader that stores what `parse` makes of the text, or complains.
    template <typename T, typename Parse>
    ReadValue store(T& target, Parse parse) {
        return [this, &target, parse](const YAML::Node& node, const YamlPlace& place) {
            const auto text = yaml_.read_text(node, place);
            if (!text) return;
            const auto value = parse(*text);
            if (!value) return yaml_.mismatch(node, place);
            target = *value;
        };
    }
    ReadValue member(void (ConfigReader::*reader)(const YAML::Node&, const YamlPlace&)) {
        return [this, reader](const YAML::Node& node, const YamlPlace& place) {
            (this->*reader)(node, place);
        };
    }

    struct ZoneChanges {
        PolicyChanges zone;
        std::vector<std::pair<std::string, PolicyChanges>> records;  // by owner, as given
    };

    Config& config_;
    YamlReader yaml_;
    PolicyChanges server_changes_;
    std::vector<ZoneChanges> zone_changes_;  // one for each of config_.zones
    std::set<wire::IpAddress> addresses_;
    std::unordered_map<wire::Name, unsigned> zone_lines_;
};

void ConfigReader::read(const std::string& text) {
    const YAML::Node root = yaml_.load(text);
    if (yaml_.failed()) return;
    yaml_.read_map(
        root,
        {.section = "", .key = "", .expected = "a map with \"server\" and \"ports\"", .line = 1},
        {
            {"server", "a map with \"addresses\" and \"workers\"", Presence::required,
             member(&ConfigReader::read_server)},
            {"ports", "a list of ports, each with \"device\"", Presence::required,
             member(&ConfigReader::read_ports)},
            {"control", "a map", Presence::optional, member(&ConfigReader::read_control)},
            {"resolver", "a map", Presence::optional, member(&ConfigReader::read_resolver)},
            {"alias", "a map", Presence::optional, member(&ConfigReader::read_alias)},
            {"zones", "a list of zones, each with \"name\" and \"file\"", Presence::optional,
             member(&ConfigReader::read_zones)},
        });
    if (!yaml_.failed()) settle_policies();
}

void ConfigReader::read_server(const YAML::Node& node, const YamlPlace& place) {
    const auto list_of = [this](std::string_view item_expected,
                                void (ConfigReader::*add)(const YAML::Node&, const YamlPlace&)) {
        return [this, item_expected, add](const YAML::Node& list, const YamlPlace& at) {
            if (list.IsSequence() && list.size() == 0) return yaml_.mismatch(list, at);
            yaml_.read_list(list, at, item_expected, member(add));
        };
    };
    yaml_.read_map(
        node, place,
        {
            {"addresses", "a list of at least one IP address", Presence::required,
             list_of(ip_expected, &ConfigReader::add_address)},
            {"port", "a number from 1 to 65535", Presence::optional,
             store(config_.server.port, parse_port)},
            {"workers", "a list of at least one lcore number", Presence::required,
             list_of("an lcore number from 0 to 127", &ConfigReader::add_worker)},
            {"identity", own_text_expected, Presence::optional,
             store(config_.server.identity, parse_own_text)},
            {"version", own_text_expected, Presence::optional,
             store(config_.server.version, parse_own_text)},
            {"any", "rrset or hinfo", Presence::optional, store(config_.server.any, parse_any)},
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

void ConfigReader::read_ports(const YAML::Node& node, const YamlPlace& place) {
    if (node.IsSequence() && node.size() == 0) return yaml_.mismatch(node, place);
    const auto add_port = [this](const YAML::Node& item, const YamlPlace& at) {
        PortConfig port;
        yaml_.read_map(item, at,
                       {{"device", "a PCI address or a DPDK vdev", Presence::required,
                         [&](const YAML::Node& value, const YamlPlace& where) {
                             port.device = yaml_.read_text(value, where).value_or("");
                             port.line = where.line;
                         }}});
        config_.ports.push_back(std::move(port));
    };
    yaml_.read_list(node, place, "a map with \"device\"", add_port);
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
    yaml_.read_map(
        node, place,
        {
            {"socket", path_expected, Presence::optional, store(config_.control.socket, as_path)},
            {"metrics", "ADDRESS:PORT, such as 127.0.0.1:9153 or [::1]:9153", Presence::optional,
             store(config_.control.metrics, as_listener)},
            {"state", "the path of a folder", Presence::optional,
             store(config_.control.state, as_folder)},
        });
}

void ConfigReader::read_resolver(const YAML::Node& node, const YamlPlace& place) {
    const auto read_servers = [this](std::vector<std::string>& to) {
        return [this, &to](const YAML::Node& list, const YamlPlace& at) {
            const auto add = [this, &to](const YAML::Node& item, const YamlPlace& where) {
                const auto text = yaml_.read_text(item, where);
                if (!text) return;
                if (!is_forward(*text)) return yaml_.mismatch(item, where);
                to.push_back(*text);
            };
            yaml_.read_list(list, at, "ADDRESS or ADDRESS@PORT", add);
        };
    };
    const auto read_anchors = [this](const YAML::Node& value, const YamlPlace& at) {
        const auto text = yaml_.read_text(value, at);
        if (!text) return;
        auto anchors = read_trust_anchors(config_.file.parent_path() / *text);
        if (!anchors) {
            return yaml_.fail_at(at.line, "\"trust-anchor\": " + anchors.error().to_string());
        }
        config_.resolver.trust_anchors = std::move(*anchors);
    };
    constexpr const char* servers = "a list of ADDRESS or ADDRESS@PORT";
    yaml_.read_map(
        node, place,
        {{"forward", servers, Presence::optional, read_servers(config_.resolver.forward)},
         {"confirm", servers, Presence::optional, read_servers(config_.resolver.confirm)},
         {"trust-anchor", "a file of DS or DNSKEY records", Presence::optional, read_anchors}});
    for (const std::string& server : config_.resolver.confirm) {
        const auto is_same = [&server](const std::string& other) {
            return canonical_forward(server) == canonical_forward(other);
        };
        if (std::ranges::none_of(config_.resolver.forward, is_same)) continue;
        yaml_.fail_at(place.line, "\"confirm\" in \"resolver\" has " + in_quotes(server) +
                                      ", which is in \"forward\" too; expected somebody else, for "
                                      "a second opinion");
    }
}

void ConfigReader::read_alias(const YAML::Node& node, const YamlPlace& place) {
    server_changes_.line = place.line;
    std::vector<Key> keys = policy_keys(yaml_, server_changes_);
    keys.push_back({"stale-max", period_expected, Presence::optional,
                    store(config_.alias.stale_max, parse_ttl)});
    keys.push_back({"private", "allow or refuse", Presence::optional,
                    store(config_.alias.addresses.private_allowed, parse_permission)});
    keys.push_back({"max-addresses", "a number from 1 to 1000", Presence::optional,
                    store(config_.alias.addresses.most, parse_address_count)});
    keys.push_back({"type", "a private-use type from 65280 to 65534, such as 65401 or TYPE65401",
                    Presence::optional, store(config_.alias.type, parse_private_type)});
    yaml_.read_map(node, place, keys);
}

void ConfigReader::read_zones(const YAML::Node& node, const YamlPlace& place) {
    if (node.IsNull()) return;  // "zones:" with every entry commented out
    yaml_.read_list(node, place, "a map with \"name\" and \"file\"",
                    member(&ConfigReader::read_zone));
}

void ConfigReader::read_zone(const YAML::Node& node, const YamlPlace& place) {
    ZoneConfig zone;
    zone.line = place.line;
    const auto read_name = [&](const YAML::Node& value, const YamlPlace& at) {
        const auto text = yaml_.read_text(value, at);
        if (!text) return;
        const auto octets = dname_wire(*text, root_wire);
        if (!octets) return yaml_.fail_at(at.line, octets.error().message);
        zone.name = *wire::Name::from_wire(*octets);
        const auto [first, fresh] = zone_lines_.emplace(zone.name, at.line);
        if (!fresh) {
            yaml_.fail_at(at.line, "zone " + in_quotes(*text) + " is already on line " +
                                       std::to_string(first->second) + "; expected each zone once");
        }
    };
    const auto read_path = [&](const YAML::Node& value, const YamlPlace& at) {
        const auto text = yaml_.read_text(value, at);
        if (text) zone.file = config_.file.parent_path() / *text;
    };
    ZoneChanges changes;
    const auto read_policy = [&](const YAML::Node& value, const YamlPlace& at) {
        changes.zone.line = at.line;
        yaml_.read_map(value, at, policy_keys(yaml_, changes.zone));
    };
    const auto read_records = [&](const YAML::Node& value, const YamlPlace& at) {
        const auto read_record = [&](const std::string& owner, const YAML::Node& settings,
                                     const YamlPlace& where) {
            auto& [text, record] = changes.records.emplace_back(owner, PolicyChanges{});
            record.line = where.line;
            std::vector<Key> keys = policy_keys(yaml_, record);
            keys.push_back({"health", "a map with \"check\"", Presence::optional,
                            [&](const YAML::Node& check, const YamlPlace& here) {
                                read_health_check(yaml_, check, here, record.health);
                            }});
            yaml_.read_map(settings, where, keys);
        };
        yaml_.read_entries(value, at, "an owner name", read_record);
    };
    yaml_.read_map(node, place,
                   {
                       {"name", "a domain name", Presence::required, read_name},
                       {"file", "a path", Presence::required, read_path},
                       {"flatten", "none, apex or all", Presence::optional,
                        store(zone.flatten, parse_flatten)},
                       {"alias", "a map", Presence::optional, read_policy},
                       {"records", "a map from owner names to their settings", Presence::optional,
                        read_records},
                   });
    config_.zones.push_back(std::move(zone));
    zone_changes_.push_back(std::move(changes));
}

/// Gives every zone and record its policy, now that all levels were read.
void ConfigReader::settle_policies() {
    AliasPolicy& server = config_.alias.policy;
    server = server_changes_.applied_to(server, PolicyLevel::server);
    check_bounds(yaml_, server, server_changes_.line);
    for (std::size_t n = 0; n < zone_changes_.size() && !yaml_.failed(); ++n) {
        ZoneConfig& zone = config_.zones[n];
        const PolicyChanges& changes = zone_changes_[n].zone;
        zone.alias = changes.applied_to(server, PolicyLevel::zone);
        check_bounds(yaml_, zone.alias, changes.line);
        for (const auto& [owner, record] : zone_changes_[n].records) {
            settle_record(zone, owner, record);
        }
    }
}

void ConfigReader::settle_record(ZoneConfig& zone, const std::string& owner,
                                 const PolicyChanges& changes) {
    const auto octets = dname_wire(owner, zone.name.wire());
    if (!octets) return yaml_.fail_at(changes.line, octets.error().message);
    const wire::Name name = owner == "@" ? zone.name : *wire::Name::from_wire(*octets);
    if (!name.is_at_or_below(zone.name)) {
        return yaml_.fail_at(changes.line, "owner " + in_quotes(owner) +
                                               " in \"records\" is not in its zone; expected a "
                                               "name at or below the zone's");
    }
    AliasPolicy policy = changes.applied_to(zone.alias, PolicyLevel::record);
    if (policy.health && policy.health->kind != HealthCheck::Kind::tcp) {
        std::string& host = policy.health->host;
        if (host.empty()) host = host_of(name);
        if (host.empty()) {
            return yaml_.fail_at(changes.line, "owner " + in_quotes(owner) +
                                                   " is no host name; expected a \"host\" in its "
                                                   "\"health\"");
        }
    }
    const auto [record, is_new] = zone.records.emplace(name, std::move(policy));
    if (!is_new) {
        return yaml_.fail_at(changes.line, "owner " + in_quotes(owner) +
                                               " in \"records\" is there twice; expected each "
                                               "once");
    }
    check_bounds(yaml_, record->second, changes.line);
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
