// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Which worker answers a frame, where a port does not say. Packet path.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/io/frame_layout.hh"
#include "dataplane/wire/bytes.hh"

namespace apex::io {

/// From 0 to `workers` - 1, the same for all frames of a flow; 0 for what is neither IPv4 nor IPv6.
inline unsigned worker_of(wire::Bytes frame, unsigned workers) noexcept {
    const std::uint8_t* at = frame.data();
    std::size_t ip = ethertype_offset;
    std::uint16_t ethertype = 0;
    for (unsigned tags = 0; tags <= max_vlan_tags; ++tags, ip += vlan_size) {
        if (frame.size() < ip + 2) return 0;
        ethertype = wire::load_be16(at + ip);
        if (ethertype != ethertype_vlan && ethertype != ethertype_qinq) break;
    }
    ip += 2;
    // Source and destination address, then the two ports behind them: in IPv4 without options,
    // in IPv6 without extension headers. What else lies there is as good to tell flows apart.
    const bool is_v4 = ethertype == ethertype_ipv4;
    if (!is_v4 && ethertype != ethertype_ipv6) return 0;
    const std::size_t from = ip + (is_v4 ? ipv4_source : ipv6_source);
    const std::size_t size = (is_v4 ? 8U : 32U) + 4U;
    if (frame.size() < from + size) return 0;
    constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;
    std::uint64_t hash = wire::load32(at + from + size - 4);
    for (std::size_t n = 0; n + 8 < size; n += 8) {
        hash = (hash ^ wire::load64(at + from + n)) * odd;
        hash ^= hash >> 32;
    }
    return static_cast<unsigned>(((hash & 0xffffffff) * workers) >> 32);
}

}  // namespace apex::io
