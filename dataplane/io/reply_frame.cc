// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/io/reply_frame.hh"

#include <array>
#include <bit>
#include <cstring>

#include "dataplane/io/frame_layout.hh"
#include "dataplane/wire/checksum.hh"

namespace apex::io {

namespace {

using wire::wire16;

/// Sum of the pseudo-header (RFC 768, RFC 8200 §8.1), the UDP length left out.
std::uint64_t sum_pseudo_header(const std::uint8_t* ip, bool is_v6) noexcept {
    const wire::Bytes addresses =
        is_v6 ? wire::Bytes{ip + ipv6_source, 32} : wire::Bytes{ip + ipv4_source, 8};
    return wire::sum_words(addresses) + wire16(protocol_udp);
}

// What follows writes no octet that is not of its own field: the ones beside it are
// read soon, and a load that a wider store before it covers in part has to wait.

void swap_macs(std::uint8_t* frame) noexcept {
    const std::uint64_t first = wire::load64(frame);
    const std::uint64_t second = wire::load64(frame + 4);
    wire::store64(frame, second >> 16 | first << 48);
    wire::store32(frame + 8, static_cast<std::uint32_t>(first >> 16));
}

void swap_ports(std::uint8_t* udp) noexcept {
    wire::store32(udp, std::rotl(wire::load32(udp), 16));
}

void rewrite_ipv4(std::uint8_t* ip, std::uint16_t udp_octets) noexcept {
    // Ten octets come before the checksum; the last two are TTL and protocol.
    const std::uint64_t old_sum = wire::sum_of(wire::load64(ip)) + wire::load16(ip + ipv4_ttl);
    // Never fragmented, so the identification identifies nothing (RFC 6864 §4.1).
    const std::uint64_t fields =
        wire::pack16(ipv4_version_and_size, static_cast<std::uint16_t>(ipv4_size + udp_octets), 0,
                     ipv4_dont_fragment);
    constexpr std::uint16_t ttl_and_protocol = wire16(reply_ttl << 8 | protocol_udp);
    const std::uint64_t delta = wire::sum_of(fields) + ttl_and_protocol + wire::minus(old_sum);
    const std::uint16_t checksum = wire::update_checksum(wire::load16(ip + ipv4_checksum), delta);
    wire::store64(ip, fields);
    wire::store32(ip + ipv4_ttl, ttl_and_protocol | std::uint32_t{checksum} << 16);
    wire::store64(ip + ipv4_source, std::rotl(wire::load64(ip + ipv4_source), 32));
}

void rewrite_ipv6(std::uint8_t* ip, std::uint16_t udp_octets) noexcept {
    wire::store32(ip, 0x60);  // no traffic class, no flow label
    wire::store_be16(ip + ipv6_payload_length, udp_octets);
    ip[ipv6_hop_limit] = reply_ttl;
    std::array<std::uint8_t, 16> source{};
    std::memcpy(source.data(), ip + ipv6_source, source.size());
    std::memcpy(ip + ipv6_source, ip + ipv6_destination, source.size());
    std::memcpy(ip + ipv6_destination, source.data(), source.size());
}

/// The checksum field holds no checksum: it is 0, or what a kernel leaves there
/// for its hardware, the plain sum of the pseudo-header.
bool has_no_checksum(std::uint16_t checksum, std::uint16_t octets, const std::uint8_t* ip,
                     bool is_v6, bool partial_checksums) noexcept {
    if (checksum == 0) [[unlikely]]
        return true;
    return partial_checksums && checksum == wire::fold(sum_pseudo_header(ip, is_v6) + octets);
}

/// The checksum in full; the field itself must be 0.
[[gnu::noinline]] std::uint16_t make_checksum(const std::uint8_t* ip, const std::uint8_t* udp,
                                              std::uint16_t octets, bool is_v6) noexcept {
    return static_cast<std::uint16_t>(~wire::fold(sum_pseudo_header(ip, is_v6) + wire16(octets) +
                                                  wire::sum_words({udp, octets})));
}

}  // namespace

std::uint16_t write_reply_frame(std::uint8_t* frame, const Layers& layers,
                                const answer::Reply& reply, bool partial_checksums) noexcept {
    std::uint8_t* ip = frame + layers.ip;
    std::uint8_t* udp = frame + layers.udp;
    const std::uint16_t old_octets = wire::load16(udp + udp_length);
    const auto new_octets = static_cast<std::uint16_t>(udp_size + reply.length);
    const std::uint16_t old_checksum = wire::load16(udp + udp_checksum);
    const bool anew =
        has_no_checksum(old_checksum, old_octets, ip, layers.is_v6, partial_checksums);

    swap_macs(frame);
    if (layers.is_v6) {
        rewrite_ipv6(ip, new_octets);
    } else {
        rewrite_ipv4(ip, new_octets);
    }
    swap_ports(udp);

    std::uint16_t checksum = 0;
    if (anew) [[unlikely]] {
        wire::store32(udp + udp_length, wire16(new_octets));
        checksum = make_checksum(ip, udp, new_octets, layers.is_v6);
    } else {
        // The length counts twice: in the header and in the pseudo-header.
        const std::uint64_t delta = reply.checksum_delta + 2 * std::uint64_t{wire16(new_octets)} +
                                    2 * wire::minus(old_octets);
        checksum = wire::update_checksum(old_checksum, delta);
    }
    // 0 would say that there is none (RFC 768).
    const std::uint32_t field = checksum != 0 ? checksum : 0xffff;
    wire::store32(udp + udp_length, wire16(new_octets) | field << 16);
    return static_cast<std::uint16_t>(layers.udp + new_octets);
}

}  // namespace apex::io
