// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/io/reply_frame.hh"

#include <cstring>

#include "dataplane/io/frame_layout.hh"
#include "dataplane/wire/checksum.hh"

namespace apex::io {

namespace {

using wire::load_be16;
using wire::store_be16;

template <std::size_t Size>
void swap_fields(std::uint8_t* a, std::uint8_t* b) noexcept {
    std::uint8_t kept[Size];
    std::memcpy(kept, a, Size);
    std::memcpy(a, b, Size);
    std::memcpy(b, kept, Size);
}

/// Sum of the pseudo-header (RFC 768, RFC 8200 §8.1), the UDP length left out.
std::uint64_t sum_pseudo_header(const std::uint8_t* ip, bool is_v6) noexcept {
    const wire::Bytes addresses = is_v6 ? wire::Bytes{ip + ipv6_source, 32}
                                        : wire::Bytes{ip + ipv4_source, 8};
    return wire::sum_words(addresses) + protocol_udp;
}

void rewrite_ipv4(std::uint8_t* ip, std::uint16_t udp_octets) noexcept {
    // Ten octets come before the checksum; the last two are TTL and protocol.
    const std::uint64_t old_sum = wire::sum_be64(wire::load_be64(ip)) + load_be16(ip + ipv4_ttl);
    // Never fragmented, so the identification identifies nothing (RFC 6864 §4.1).
    const std::uint64_t fields =
        wire::pack16(ipv4_version_and_size, static_cast<std::uint16_t>(ipv4_size + udp_octets), 0,
                     ipv4_dont_fragment);
    constexpr std::uint16_t ttl_and_protocol = reply_ttl << 8 | protocol_udp;
    wire::store_be64(ip, fields);
    store_be16(ip + ipv4_ttl, ttl_and_protocol);
    const std::uint64_t delta =
        wire::sum_be64(fields) + ttl_and_protocol + wire::minus(old_sum);
    store_be16(ip + ipv4_checksum, wire::update_checksum(load_be16(ip + ipv4_checksum), delta));
    swap_fields<4>(ip + ipv4_source, ip + ipv4_destination);
}

void rewrite_ipv6(std::uint8_t* ip, std::uint16_t udp_octets) noexcept {
    wire::store_be32(ip, 0x60000000);  // no traffic class, no flow label
    store_be16(ip + ipv6_payload_length, udp_octets);
    ip[ipv6_hop_limit] = reply_ttl;
    swap_fields<16>(ip + ipv6_source, ip + ipv6_destination);
}

/// The checksum field holds no checksum: it is 0, or what a kernel leaves there
/// for its hardware, the plain sum of the pseudo-header.
bool has_no_checksum(std::uint16_t checksum, std::uint16_t udp_octets, const std::uint8_t* ip,
                     bool is_v6, bool partial_checksums) noexcept {
    if (checksum == 0) return true;
    return partial_checksums && checksum == wire::fold(sum_pseudo_header(ip, is_v6) + udp_octets);
}

}  // namespace

std::uint16_t write_reply_frame(std::uint8_t* frame, const Layers& layers,
                                const answer::Reply& reply, bool partial_checksums) noexcept {
    std::uint8_t* ip = frame + layers.ip;
    std::uint8_t* udp = frame + layers.udp;
    const std::uint16_t old_octets = load_be16(udp + udp_length);
    const auto new_octets = static_cast<std::uint16_t>(udp_size + reply.length);
    const std::uint16_t old_checksum = load_be16(udp + udp_checksum);
    const bool anew =
        has_no_checksum(old_checksum, old_octets, ip, layers.is_v6, partial_checksums);

    swap_fields<mac_size>(frame, frame + mac_size);
    if (layers.is_v6) {
        rewrite_ipv6(ip, new_octets);
    } else {
        rewrite_ipv4(ip, new_octets);
    }
    swap_fields<2>(udp + udp_source, udp + udp_destination);
    store_be16(udp + udp_length, new_octets);

    std::uint16_t checksum = 0;
    if (anew) {
        store_be16(udp + udp_checksum, 0);
        checksum = static_cast<std::uint16_t>(
            ~wire::fold(sum_pseudo_header(ip, layers.is_v6) + new_octets +
                        wire::sum_words({udp, new_octets})));
    } else {
        // The length counts twice: in the header and in the pseudo-header.
        const std::uint64_t delta = reply.checksum_delta + 2 * std::uint64_t{new_octets} +
                                    2 * wire::minus(old_octets);
        checksum = wire::update_checksum(old_checksum, delta);
    }
    // 0 would say that there is none (RFC 768).
    store_be16(udp + udp_checksum, checksum != 0 ? checksum : std::uint16_t{0xffff});
    return static_cast<std::uint16_t>(layers.udp + new_octets);
}

}  // namespace apex::io
