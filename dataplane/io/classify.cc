// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/io/classify.hh"

#include <array>
#include <cstring>
#include <vector>

#include "dataplane/io/frame_layout.hh"

namespace apex::io {

namespace {

using answer::Verdict;
using wire::load_be16;

template <std::size_t Size>
bool contains(const std::vector<std::array<std::uint8_t, Size>>& addresses,
              const std::uint8_t* address) noexcept {
    for (const auto& one : addresses) {
        if (std::memcmp(one.data(), address, Size) == 0) return true;
    }
    return false;
}

/// This network, loopback, multicast, reserved, broadcast (RFC 1812 §5.3.7).
bool is_martian_v4(const std::uint8_t* address) noexcept {
    return address[0] == 0 || address[0] == 127 || address[0] >= 224;
}

/// Sent to or from a group address: the reply could not come from there, or would go
/// to everybody (RFC 1122 §3.3.6).
bool is_group_frame(const std::uint8_t* frame) noexcept {
    return ((frame[0] | frame[mac_size]) & 1) != 0;
}

/// Unspecified, loopback, multicast (RFC 4291 §2.5.2, §2.5.3, §2.7).
bool is_martian_v6(const std::uint8_t* address) noexcept {
    if (address[0] == 0xff) return true;
    for (unsigned octet = 0; octet < 15; ++octet) {
        if (address[octet] != 0) return false;
    }
    return address[15] <= 1;
}

/// The ICMPv6 type is one of neighbour discovery's: a kind of its own, for without neighbours a
/// flood of others would take queries too.
bool is_nd(std::uint8_t type) noexcept {
    return type >= icmp_v6_router_solicitation && type <= icmp_v6_redirect;
}

Verdict other_protocol(std::uint8_t protocol) noexcept {
    switch (protocol) {
        case protocol_tcp:
            return Verdict::punt_tcp;
        case protocol_icmp:
        case protocol_icmp_v6:
            return Verdict::punt_icmp;
        case extension_fragment:
            return Verdict::punt_fragment;
        case extension_hop_by_hop:
        case extension_routing:
        case extension_destination:
            return Verdict::punt_options;
        default:
            return Verdict::punt_protocol;
    }
}

/// UDP at `offset`, with `room` octets up to where the IP header says it ends.
Verdict classify_udp(wire::Bytes frame, std::size_t offset, std::size_t room, const Served& served,
                     Layers& layers) noexcept {
    if (room < udp_size) return Verdict::drop_bad_length;
    const std::uint8_t* udp = frame.data() + offset;
    if (load_be16(udp + udp_destination) != served.udp_port) return Verdict::punt_port;
    if (load_be16(udp + udp_length) != room) return Verdict::drop_bad_length;
    if (is_group_frame(frame.data())) return Verdict::drop_group_mac;
    if (load_be16(udp + udp_source) == 0) return Verdict::drop_source_port_zero;
    if (layers.is_v6 && load_be16(udp + udp_checksum) == 0) return Verdict::drop_no_checksum;
    layers.udp = static_cast<std::uint32_t>(offset);
    layers.dns_length = static_cast<std::uint32_t>(room - udp_size);
    return Verdict::answer;
}

Verdict classify_v4(wire::Bytes frame, std::size_t offset, const Served& served,
                    Layers& layers) noexcept {
    const std::size_t room = frame.size() - offset;
    if (room < ipv4_size) return Verdict::drop_runt;
    const std::uint8_t* ip = frame.data() + offset;
    if (ip[0] >> 4 != 4) return Verdict::drop_bad_version;
    const std::size_t header = std::size_t{4} * (ip[0] & 0x0fU);
    const std::size_t total = load_be16(ip + ipv4_total_length);
    if (header < ipv4_size || total < header || total > room) return Verdict::drop_bad_length;
    if (header > ipv4_size) return Verdict::punt_options;
    if ((load_be16(ip + ipv4_fragment) & 0x3fff) != 0) return Verdict::punt_fragment;
    if (ip[ipv4_protocol] != protocol_udp) return other_protocol(ip[ipv4_protocol]);
    if (!contains(served.v4, ip + ipv4_destination)) return Verdict::punt_address;
    const Verdict verdict =
        classify_udp(frame, offset + ipv4_size, total - ipv4_size, served, layers);
    if (verdict == Verdict::answer && is_martian_v4(ip + ipv4_source)) return Verdict::drop_martian;
    return verdict;
}

Verdict classify_v6(wire::Bytes frame, std::size_t offset, const Served& served,
                    Layers& layers) noexcept {
    const std::size_t room = frame.size() - offset;
    if (room < ipv6_size) return Verdict::drop_runt;
    const std::uint8_t* ip = frame.data() + offset;
    if (ip[0] >> 4 != 6) return Verdict::drop_bad_version;
    const std::size_t payload = load_be16(ip + ipv6_payload_length);
    if (payload > room - ipv6_size) return Verdict::drop_bad_length;
    if (ip[ipv6_next_header] != protocol_udp) {
        if (ip[ipv6_next_header] == protocol_icmp_v6 && payload > 0 && is_nd(ip[ipv6_size]))
            return Verdict::punt_nd;
        return other_protocol(ip[ipv6_next_header]);
    }
    if (!contains(served.v6, ip + ipv6_destination)) return Verdict::punt_address;
    layers.is_v6 = true;
    const Verdict verdict = classify_udp(frame, offset + ipv6_size, payload, served, layers);
    if (verdict == Verdict::answer && is_martian_v6(ip + ipv6_source)) return Verdict::drop_martian;
    return verdict;
}

}  // namespace

std::size_t plain_v4_query(wire::Bytes frame, const Served& served,
                           wire::Vectors vectors) noexcept {
    const std::uint8_t* ip = frame.data() + plain_ip;
    const std::uint8_t* udp = frame.data() + plain_udp;
    for (const wire::Line& pattern : served.plain_v4) {
        if (!wire::matches(frame.data(), pattern, plain_v4_mask, vectors)) [[unlikely]]
            continue;
        const std::size_t total = load_be16(ip + ipv4_total_length);
        const std::size_t room = load_be16(udp + udp_length);
        if (room < udp_size + wire::header_size || total != room + ipv4_size ||
            total + plain_ip > frame.size() || wire::load16(udp + udp_source) == 0 ||
            is_martian_v4(ip + ipv4_source)) [[unlikely]] {
            return 0;
        }
        return room - udp_size;
    }
    return 0;
}

Verdict classify(wire::Bytes frame, const Served& served, Layers& layers) noexcept {
    layers = {};
    std::size_t offset = ethertype_offset;
    for (unsigned tags = 0; tags <= max_vlan_tags; ++tags, offset += vlan_size) {
        if (frame.size() < offset + 2) return Verdict::drop_runt;
        const std::uint16_t ethertype = load_be16(frame.data() + offset);
        if (ethertype == ethertype_vlan || ethertype == ethertype_qinq) continue;
        offset += 2;
        layers.ip = static_cast<std::uint32_t>(offset);
        if (ethertype == ethertype_ipv4) return classify_v4(frame, offset, served, layers);
        if (ethertype == ethertype_ipv6) return classify_v6(frame, offset, served, layers);
        return ethertype == ethertype_arp ? Verdict::punt_arp : Verdict::punt_ethertype;
    }
    return Verdict::punt_ethertype;
}

}  // namespace apex::io
