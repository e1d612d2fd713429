// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Where the fields of a frame are: offsets from the start of their own header,
// and the values that are told apart. Packet path.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/wire/blocks.hh"

namespace apex::io {

// Ethernet (IEEE 802.3, 802.1Q)
inline constexpr std::size_t mac_size = 6;
inline constexpr std::size_t ethertype_offset = 12;
inline constexpr std::size_t ethertype_size = 2;
inline constexpr std::size_t vlan_size = 4;
inline constexpr unsigned max_vlan_tags = 2;
inline constexpr std::uint16_t ethertype_ipv4 = 0x0800;
inline constexpr std::uint16_t ethertype_arp = 0x0806;
inline constexpr std::uint16_t ethertype_vlan = 0x8100;
inline constexpr std::uint16_t ethertype_qinq = 0x88a8;
inline constexpr std::uint16_t ethertype_ipv6 = 0x86dd;

// IPv4 (RFC 791 §3.1); a header with options never gets past classify
inline constexpr std::size_t ipv4_size = 20;
inline constexpr std::size_t ipv4_total_length = 2;
inline constexpr std::size_t ipv4_fragment = 6;
inline constexpr std::size_t ipv4_ttl = 8;
inline constexpr std::size_t ipv4_protocol = 9;
inline constexpr std::size_t ipv4_checksum = 10;
inline constexpr std::size_t ipv4_source = 12;
inline constexpr std::size_t ipv4_destination = 16;
inline constexpr std::uint16_t ipv4_version_and_size = 0x4500;  // and no traffic class
inline constexpr std::uint16_t ipv4_dont_fragment = 0x4000;

// IPv6 (RFC 8200 §3, §4)
inline constexpr std::size_t ipv6_size = 40;
inline constexpr std::size_t ipv6_payload_length = 4;
inline constexpr std::size_t ipv6_next_header = 6;
inline constexpr std::size_t ipv6_hop_limit = 7;
inline constexpr std::size_t ipv6_source = 8;
inline constexpr std::size_t ipv6_destination = 24;

inline constexpr std::uint8_t extension_hop_by_hop = 0;
inline constexpr std::uint8_t protocol_icmp = 1;
inline constexpr std::uint8_t protocol_tcp = 6;
inline constexpr std::uint8_t protocol_udp = 17;
inline constexpr std::uint8_t extension_routing = 43;
inline constexpr std::uint8_t extension_fragment = 44;
inline constexpr std::uint8_t protocol_icmp_v6 = 58;
inline constexpr std::uint8_t extension_destination = 60;

// UDP (RFC 768)
inline constexpr std::size_t udp_size = 8;
inline constexpr std::size_t udp_source = 0;
inline constexpr std::size_t udp_destination = 2;
inline constexpr std::size_t udp_length = 4;
inline constexpr std::size_t udp_checksum = 6;

inline constexpr std::uint8_t reply_ttl = 64;

/// The bits by which Served::plain_v4 tells such a frame, from its EtherType on:
/// EtherType; version and header size; no fragment; protocol; destination address;
/// destination port.
inline constexpr wire::Block plain_v4_mask = [] {
    wire::Block mask{};
    const auto all = [&](std::size_t at, std::size_t size) {
        for (std::size_t n = 0; n < size; ++n) mask[at + n] = 0xff;
    };
    constexpr std::size_t ip = ethertype_size;
    all(0, ethertype_size);
    all(ip, 1);
    all(ip + ipv4_fragment, 2);
    mask[ip + ipv4_fragment] = 0x3f;  // the other two bits say nothing about it
    all(ip + ipv4_protocol, 1);
    all(ip + ipv4_destination, 4);
    all(ip + ipv4_size + udp_destination, 2);
    return mask;
}();

}  // namespace apex::io
