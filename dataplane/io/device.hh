// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// A `device:` of the configuration, read: a PCI address or a DPDK vdev string.
// Finds before EAL what EAL would only report by number. Used at start.
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace apex::io {

class Device {
  public:
    /// Kinds that need something of their own; `other` is any other vdev.
    enum class Kind { pci, bonding, af_xdp, af_packet, tap, pcap, other };

    /// Reads the string; does not look at the host. The error says what was expected.
    static std::expected<Device, std::string> parse(const std::string& text);

    /// Compares with the host: interface there and up, queues enough for
    /// `workers`, files readable. The error says what to do.
    std::expected<void, std::string> check(unsigned workers) const;

    const std::string& text() const { return text_; }
    /// What EAL will call it: the vdev's name or the full PCI address.
    const std::string& name() const { return name_; }
    Kind kind() const { return kind_; }

    /// The first value of a parameter, and all of them.
    std::optional<std::string> parameter(std::string_view key) const;
    std::vector<std::string> parameters(std::string_view key) const;

    /// The kernel interface behind it; empty when there is none to speak of.
    std::string interface() const;

    /// True when frames come from this host's own kernel stack.
    bool is_kernel_backed() const;

    /// True when the kernel keeps for itself what it hands over.
    bool is_overheard() const { return kind_ == Kind::af_packet || kind_ == Kind::pcap; }

    /// True when our own XDP program steers packets to it.
    bool is_steered() const { return kind_ == Kind::af_xdp && !parameter("xdp_prog"); }

    /// It is a NIC, or several that are one.
    bool is_hardware() const { return kind_ == Kind::pci || kind_ == Kind::bonding; }

    /// What EAL calls the PCI devices that it is: itself, or those of a bond.
    std::vector<std::string> nics() const;

    /// A bond that keeps itself alive by LACP frames (IEEE 802.1AX).
    bool is_lacp() const { return kind_ == Kind::bonding && parameter("mode") == "4"; }

    /// The options that make EAL use it, with what was left unsaid added.
    std::vector<std::string> eal_options(unsigned workers,
                                         const std::filesystem::path& steer_object) const;

    /// Packets that the driver keeps in mbufs of a queue's pool for ever (net_pcap
    /// with infinite_rx); 0 for all others.
    std::expected<std::size_t, std::string> held_packets(unsigned queue) const;

  private:
    struct Parameter {
        std::string key;
        std::string value;
    };

    Device() = default;
    std::expected<void, std::string> check_af_xdp(unsigned workers) const;
    std::expected<void, std::string> check_pcap(unsigned workers) const;
    std::expected<void, std::string> check_bond() const;
    std::expected<void, std::string> check_pci(const std::string& address) const;
    std::expected<void, std::string> check_interface() const;
    std::expected<void, std::string> check_queue_count(std::string_view key,
                                                       unsigned workers) const;
    std::string own_tap_name() const;
    std::unexpected<std::string> fail(const std::string& what) const;

    std::string text_;
    std::string name_;
    Kind kind_ = Kind::other;
    std::vector<Parameter> parameters_;
};

}  // namespace apex::io
