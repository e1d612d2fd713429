// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "dataplane/io/device.hh"

#include <algorithm>
#include <array>
#include <cctype>

#include <unistd.h>

#include "dataplane/io/capture.hh"
#include "dataplane/io/interface.hh"

namespace apex::io {

namespace {

struct DriverName {
    std::string_view prefix;
    Device::Kind kind;
};

constexpr std::string_view tap_prefix = "net_tap";

// EAL matches a vdev to its driver by prefix too, the old "eth_" names included.
constexpr std::array known_drivers{
    DriverName{"net_af_xdp", Device::Kind::af_xdp},
    DriverName{"net_af_packet", Device::Kind::af_packet},
    DriverName{"eth_af_packet", Device::Kind::af_packet},
    DriverName{tap_prefix, Device::Kind::tap},
    DriverName{"net_bonding", Device::Kind::bonding},
    DriverName{"net_pcap", Device::Kind::pcap},
    DriverName{"eth_pcap", Device::Kind::pcap},
};

constexpr std::array other_prefixes{std::string_view{"net_"}, std::string_view{"eth_"},
                                    std::string_view{"virtio_user"}};

bool is_hex(std::string_view text, std::size_t digits) {
    return text.size() == digits &&
           std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

/// "0000:01:00.0" from itself or from "01:00.0"; empty when `text` is neither.
std::string full_pci_address(std::string_view text) {
    std::string full{text};
    if (text.size() == 7) full = "0000:" + full;
    if (full.size() != 12 || full[4] != ':' || full[7] != ':' || full[10] != '.') return {};
    const std::string_view view = full;
    const bool valid = is_hex(view.substr(0, 4), 4) && is_hex(view.substr(5, 2), 2) &&
                       is_hex(view.substr(8, 2), 2) && full[11] >= '0' && full[11] <= '7';
    return valid ? full : std::string{};
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::size_t start = 0;
    while (true) {
        const std::size_t end = text.find(separator, start);
        parts.push_back(text.substr(start, end - start));
        if (end == std::string::npos) return parts;
        start = end + 1;
    }
}

std::string plural(unsigned count, const std::string& noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

std::unexpected<std::string> Device::fail(const std::string& what) const {
    return std::unexpected("port \"" + text_ + "\": " + what);
}

std::expected<Device, std::string> Device::parse(const std::string& text) {
    Device device;
    device.text_ = text;
    const auto parts = split(text, ',');

    if (const std::string address = full_pci_address(parts[0]); !address.empty()) {
        device.name_ = address;
        device.kind_ = Kind::pci;
    } else {
        device.name_ = parts[0];
        const auto starts = [&](std::string_view prefix) { return parts[0].starts_with(prefix); };
        if (std::ranges::none_of(other_prefixes, starts)) {
            return device.fail(
                "expected a PCI address such as \"0000:01:00.0\" or a DPDK virtual device such as "
                "\"net_af_xdp0,iface=eth1\"");
        }
        for (const auto& driver : known_drivers) {
            if (starts(driver.prefix)) device.kind_ = driver.kind;
        }
    }

    for (std::size_t i = 1; i < parts.size(); ++i) {
        const std::size_t equals = parts[i].find('=');
        if (equals == 0 || equals == std::string::npos) {
            return device.fail("expected KEY=VALUE, read \"" + parts[i] + "\"");
        }
        device.parameters_.push_back({parts[i].substr(0, equals), parts[i].substr(equals + 1)});
    }
    const bool needs_interface = device.kind_ == Kind::af_xdp || device.kind_ == Kind::af_packet;
    if (device.kind_ == Kind::bonding) {
        if (auto fit = device.check_bond(); !fit) return std::unexpected(fit.error());
    }
    if (needs_interface && device.interface().empty()) {
        return device.fail("expected iface=NAME, the interface to take packets from");
    }
    return device;
}

std::optional<std::string> Device::parameter(std::string_view key) const {
    const auto found = std::ranges::find(parameters_, key, &Parameter::key);
    if (found == parameters_.end()) return std::nullopt;
    return found->value;
}

std::vector<std::string> Device::parameters(std::string_view key) const {
    std::vector<std::string> values;
    for (const auto& parameter : parameters_) {
        if (parameter.key == key) values.push_back(parameter.value);
    }
    return values;
}

/// As given, else "dtap1" of "net_tap1". The driver would let the kernel choose a number.
std::string Device::own_tap_name() const {
    if (const auto said = parameter("iface"); said) return *said;
    const std::string number = name_.substr(tap_prefix.size());
    return "dtap" + (number.empty() ? "0" : number);
}

std::string Device::interface() const {
    switch (kind_) {
        case Kind::af_xdp:
        case Kind::af_packet:
        case Kind::pcap:
            return parameter("iface").value_or("");
        case Kind::tap:
            if (const auto remote = parameter("remote"); remote) return *remote;
            return own_tap_name();
        case Kind::pci:
        case Kind::bonding:
        case Kind::other:
            break;
    }
    return {};
}

bool Device::is_kernel_backed() const {
    if (kind_ == Kind::pcap) return !interface().empty();
    return kind_ == Kind::af_xdp || kind_ == Kind::af_packet || kind_ == Kind::tap;
}

std::expected<void, std::string> Device::check(unsigned workers) const {
    switch (kind_) {
        case Kind::af_xdp:
            return check_af_xdp(workers);
        case Kind::af_packet:
            if (auto fit = check_queue_count("qpairs", workers); !fit) return fit;
            return check_interface();
        case Kind::pcap:
            return check_pcap(workers);
        case Kind::tap:
            if (::access("/dev/net/tun", R_OK | W_OK) != 0) {
                return fail("needs /dev/net/tun, which cannot be opened; \"modprobe tun\" as root");
            }
            return {};
        case Kind::pci:
        case Kind::bonding:
            for (const std::string& nic : nics()) {
                if (auto there = check_pci(nic); !there) return there;
            }
            return {};
        case Kind::other:
            return {};
    }
    return {};
}

std::vector<std::string> Device::nics() const {
    if (kind_ == Kind::pci) return {name_};
    std::vector<std::string> addresses;
    if (kind_ != Kind::bonding) return addresses;
    for (const std::string& slave : parameters("slave")) {
        addresses.push_back(full_pci_address(slave));
    }
    return addresses;
}

std::expected<void, std::string> Device::check_bond() const {
    for (const std::string& slave : parameters("slave")) {
        if (full_pci_address(slave).empty())
            return fail("slave=" + slave + ": expected a PCI address");
    }
    return {};
}

std::expected<void, std::string> Device::check_pci(const std::string& address) const {
    if (::access(("/sys/bus/pci/devices/" + address).c_str(), F_OK) != 0) {
        return fail("no PCI device " + address + " on this host; see \"dpdk-devbind.py --status\"");
    }
    return {};
}

std::expected<void, std::string> Device::check_interface() const {
    const std::string name = interface();
    const auto found = find_interface(name);
    if (!found) {
        return fail("no interface \"" + name + "\" in this network namespace; see \"ip link\"");
    }
    if (!found->up) {
        return fail("interface \"" + name + "\" is down; \"ip link set " + name + " up\"");
    }
    return {};
}

/// Either each worker has one, or the first has the only one for all.
std::expected<void, std::string> Device::check_queue_count(std::string_view key,
                                                           unsigned workers) const {
    const auto said = parameter(key);
    if (!said || *said == "1" || *said == std::to_string(workers)) return {};
    return fail(std::string(key) + "=" + *said + "; expected 1, or as many as server.workers, " +
                std::to_string(workers) + ": of other queues some would be nobody's");
}

std::expected<void, std::string> Device::check_af_xdp(unsigned workers) const {
    if (auto present = check_interface(); !present) return present;
    // Whoever names the queues knows where the packets arrive.
    if (auto fit = check_queue_count("queue_count", workers); !fit) return fit;
    if (parameter("queue_count") || parameter("start_queue")) return {};

    const std::string name = interface();
    const auto found = find_interface(name);
    if (!found) return fail("interface \"" + name + "\" went away");
    // Its one queue has all frames, and is polled for all workers.
    if (found->rx_queues == 1) return {};
    if (found->combined_queues < workers) {
        return fail("interface \"" + name + "\" has " + plural(found->combined_queues, "queue") +
                    " for AF_XDP, server.workers asks for " + std::to_string(workers) +
                    "; \"ethtool -L " + name + " combined " + std::to_string(workers) +
                    "\" if the driver can, else fewer workers");
    }
    if (found->rx_queues > workers) {
        return fail("interface \"" + name + "\" receives on " + plural(found->rx_queues, "queue") +
                    ", of which " + plural(workers, "worker") + " would poll only the first " +
                    std::to_string(workers) + "; \"ethtool -L " + name + " combined " +
                    std::to_string(workers) + "\", or more server.workers");
    }
    return {};
}

std::expected<void, std::string> Device::check_pcap(unsigned workers) const {
    for (const auto& file : parameters("rx_pcap")) {
        if (const auto count = count_packets(std::filesystem::path{file}); !count) {
            return fail("\"" + file + "\" " + count.error());
        }
    }
    const std::size_t queues =
        std::max({parameters("rx_pcap").size(), parameters("rx_iface").size(),
                  parameters("rx_iface_in").size(), std::size_t{1}});
    if (queues < workers) {
        return fail("gives " + plural(static_cast<unsigned>(queues), "queue") +
                    ", one for each rx_...=, but " + plural(workers, "worker") + " would poll it");
    }
    if (const auto name = parameter("iface"); name) return check_interface();
    return {};
}

std::vector<std::string> Device::eal_options(unsigned workers,
                                             const std::filesystem::path& steer_object) const {
    if (kind_ == Kind::pci) return {"--allow=" + text_};
    std::vector<std::string> options;
    for (const std::string& nic : nics()) options.push_back("--allow=" + nic);
    std::string option = "--vdev=" + text_;
    const auto add_unless_given = [&](std::string_view key, const std::string& value) {
        if (!parameter(key)) option.append(",").append(key).append("=").append(value);
    };
    if (kind_ == Kind::af_xdp) {
        add_unless_given("start_queue", "0");
        const auto found = find_interface(interface());
        const bool has_one = found && found->rx_queues == 1;
        add_unless_given("queue_count", std::to_string(has_one ? 1 : workers));
        add_unless_given("xdp_prog", steer_object.string());
    }
    if (kind_ == Kind::af_packet) add_unless_given("qpairs", std::to_string(workers));
    if (kind_ == Kind::tap) add_unless_given("iface", own_tap_name());
    options.push_back(std::move(option));
    return options;
}

std::expected<std::size_t, std::string> Device::held_packets(unsigned queue) const {
    const auto files = parameters("rx_pcap");
    const std::string infinite = parameter("infinite_rx").value_or("0");
    if (kind_ != Kind::pcap || infinite == "0" || queue >= files.size()) return 0;
    auto count = count_packets(std::filesystem::path{files[queue]});
    if (!count) return fail("\"" + files[queue] + "\" " + count.error());
    return count;
}

}  // namespace apex::io
