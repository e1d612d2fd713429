// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Where the fields of a frame are: offsets from the start of their own header,
// and the values that are told apart. Packet path.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/wire/blocks.hh"
#include "dataplane/wire/header.hh"

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
// ICMPv6 types of neighbour discovery, from the first to the last (RFC 4861 §4)
inline constexpr std::uint8_t icmp_v6_router_solicitation = 133;
inline constexpr std::uint8_t icmp_v6_redirect = 137;

// UDP (RFC 768)
inline constexpr std::size_t udp_size = 8;
inline constexpr std::size_t udp_source = 0;
inline constexpr std::size_t udp_destination = 2;
inline constexpr std::size_t udp_length = 4;
inline constexpr std::size_t udp_checksum = 6;

inline constexpr std::uint8_t reply_ttl = 64;

// Of an IPv4 frame without tags or IP options.
inline constexpr std::size_t plain_ip = ethertype_offset + ethertype_size;
inline constexpr std::size_t plain_udp = plain_ip + ipv4_size;
inline constexpr std::size_t plain_dns = plain_udp + udp_size;

/// The bits by which Served::plain_v4 tells a frame with a plain query, from its start on:
/// no group addresses; EtherType; version and header size; no fragment; protocol;
/// destination address; destination port; QR and opcode; all counts but that of additional
/// records, which is 0 or 1.
inline constexpr wire::Line plain_v4_mask = [] {
    wire::Line mask{};
    const auto all = [&](std::size_t at, std::size_t size) {
        for (std::size_t n = 0; n < size; ++n) mask[at + n] = 0xff;
    };
    mask[0] = mask[mac_size] = 1;
    all(ethertype_offset, ethertype_size);
    all(plain_ip, 1);
    all(plain_ip + ipv4_fragment, 2);
    mask[plain_ip + ipv4_fragment] = 0x3f;  // the other two bits say nothing about it
    all(plain_ip + ipv4_protocol, 1);
    all(plain_ip + ipv4_destination, 4);
    all(plain_udp + udp_destination, 2);
    mask[plain_dns + wire::flags_offset] = (wire::qr_flag | wire::opcode_mask) >> 8;
    all(plain_dns + wire::qdcount_offset, 8);
    mask[plain_dns + wire::arcount_offset + 1] = 0xfe;
    return mask;
}();

}  // namespace apex::io
