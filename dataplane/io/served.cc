// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include <algorithm>

#include "dataplane/io/burst.hh"
#include "dataplane/io/frame_layout.hh"
#include "dataplane/wire/bytes.hh"

namespace apex::io {

namespace {

wire::Line plain_v4_pattern(const std::array<std::uint8_t, 4>& address, std::uint16_t port) {
    wire::Line pattern{};
    std::uint8_t* ip = pattern.data() + plain_ip;
    wire::store_be16(pattern.data() + ethertype_offset, ethertype_ipv4);
    ip[0] = ipv4_version_and_size >> 8;
    ip[ipv4_protocol] = protocol_udp;
    std::ranges::copy(address, ip + ipv4_destination);
    wire::store_be16(pattern.data() + plain_udp + udp_destination, port);
    wire::store_be16(pattern.data() + plain_dns + wire::qdcount_offset, 1);
    return pattern;
}

}  // namespace

Served::Served(const Endpoint& endpoint)
    : udp_port(endpoint.udp_port), partial_checksums(endpoint.partial_checksums) {
    for (const wire::IpAddress& address : endpoint.addresses) {
        if (address.is_v4()) {
            std::copy_n(address.bytes.begin() + 12, 4, v4.emplace_back().begin());
            plain_v4.push_back(plain_v4_pattern(v4.back(), udp_port));
        } else {
            v6.push_back(address.bytes);
        }
    }
}

}  // namespace apex::io
