// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/config/ports_reader.hh"

#include <net/if.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "control/config/period.hh"
#include "dataplane/wire/address.hh"

namespace apex::control {

namespace {

constexpr std::uint32_t least_mtu = 1280;  // IPv6 over it (RFC 8200 §5)
constexpr std::uint32_t most_mtu = 9600;
constexpr std::uint32_t most_rate = 1'000'000;

/// What the kernel takes for one, and DPDK in a list of parameters.
std::optional<std::string> parse_interface(const std::string& text) {
    const auto is_odd = [](unsigned char c) {
        return c <= ' ' || c > '~' || c == '/' || c == ':' || c == ',' || c == '=';
    };
    if (text.size() >= IFNAMSIZ || text == "." || text == "..") return std::nullopt;
    if (std::ranges::any_of(text, is_odd)) return std::nullopt;
    return text;
}

/// "192.0.2.1/24".
bool is_address_with_prefix(const std::string& text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string::npos) return false;
    const auto address = wire::IpAddress::from_text(text.substr(0, slash));
    const auto length = parse_number(std::string_view(text).substr(slash + 1), 128U);
    return address && length && (!address->is_v4() || *length <= 32);
}

void read_kernel(YamlReader& yaml, const YAML::Node& node, const YamlPlace& place,
                 PortConfig& port) {
    if (node.IsScalar() && node.Scalar() == "none") {
        port.kernel.path = KernelConfig::Path::off;
        return;
    }
    port.kernel.path = KernelConfig::Path::on;
    const auto add_address = [&](const YAML::Node& item, const YamlPlace& at) {
        const auto text = yaml.read_text(item, at);
        if (!text) return;
        if (!is_address_with_prefix(*text)) return yaml.mismatch(item, at);
        port.kernel.addresses.push_back(*text);
    };
    const auto read_addresses = [&](const YAML::Node& list, const YamlPlace& at) {
        yaml.read_list(list, at, "an IP address with its prefix, such as 192.0.2.1/24",
                       add_address);
    };
    yaml.read_map(node, place,
                  {
                      {"interface", "a name of at most 15 characters", Presence::optional,
                       store(yaml, port.kernel.interface, parse_interface)},
                      {"addresses", "a list of IP addresses, each with its prefix",
                       Presence::optional, read_addresses},
                      {"rate", "a number of frames a second from 1 to 1000000", Presence::optional,
                       store(yaml, port.kernel.rate, parse_between<std::uint32_t, 1, most_rate>)},
                  });
}

}  // namespace

void read_ports(YamlReader& yaml, const YAML::Node& node, const YamlPlace& place,
                std::vector<PortConfig>& ports) {
    if (node.IsSequence() && node.size() == 0) return yaml.mismatch(node, place);
    const auto add_port = [&](const YAML::Node& item, const YamlPlace& at) {
        PortConfig port;
        port.kernel.interface = "apex" + std::to_string(ports.size());
        const auto as_device = [&](const YAML::Node& value, const YamlPlace& where) {
            port.device = yaml.read_text(value, where).value_or("");
            port.line = where.line;
        };
        const auto as_kernel = [&](const YAML::Node& value, const YamlPlace& where) {
            read_kernel(yaml, value, where, port);
        };
        yaml.read_map(
            item, at,
            {
                {"device", "a PCI address, a DPDK vdev or \"sockets\"", Presence::required,
                 as_device},
                {"mtu", "a number from 1280 to 9600", Presence::optional,
                 store(yaml, port.mtu, parse_between<std::uint32_t, least_mtu, most_mtu>)},
                {"kernel", "none, or a map", Presence::optional, as_kernel},
            });
        ports.push_back(std::move(port));
    };
    yaml.read_list(node, place, "a map with \"device\"", add_port);
}

}  // namespace apex::control
