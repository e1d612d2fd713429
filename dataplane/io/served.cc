// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include <algorithm>

#include "dataplane/io/burst.hh"
#include "dataplane/io/frame_layout.hh"
#include "dataplane/wire/bytes.hh"

namespace apex::io {

namespace {

wire::Block plain_v4_pattern(const std::array<std::uint8_t, 4>& address, std::uint16_t port) {
    wire::Block pattern{};
    std::uint8_t* ip = pattern.data() + ethertype_size;
    wire::store_be16(pattern.data(), ethertype_ipv4);
    ip[0] = ipv4_version_and_size >> 8;
    ip[ipv4_protocol] = protocol_udp;
    std::ranges::copy(address, ip + ipv4_destination);
    wire::store_be16(ip + ipv4_size + udp_destination, port);
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
