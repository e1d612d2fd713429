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

// The two MAC addresses and what is behind them; source and destination of IPv4, the ports
// and the rest of the UDP header.
constexpr wire::Order swapped_macs{6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 12, 13, 14, 15};
constexpr wire::Order swapped_v4{4, 5, 6, 7, 0, 1, 2, 3, 10, 11, 8, 9, 12, 13, 14, 15};
static_assert(ipv4_source + 8 == ipv4_size);

// All is read before anything is written: a load that a wider or a narrower store before it
// covers in part has to wait.

/// With the MAC addresses and the UDP ports.
void rewrite_ipv4(std::uint8_t* frame, std::uint8_t* ip, std::uint16_t udp_octets) noexcept {
    // Ten octets come before the checksum; the last two are TTL and protocol.
    const std::uint64_t old_sum = wire::sum_of(wire::load64(ip)) + wire::load16(ip + ipv4_ttl);
    // Never fragmented, so the identification identifies nothing (RFC 6864 §4.1).
    const std::uint64_t fields =
        wire::pack16(ipv4_version_and_size, static_cast<std::uint16_t>(ipv4_size + udp_octets), 0,
                     ipv4_dont_fragment);
    constexpr std::uint16_t ttl_and_protocol = wire16(reply_ttl << 8 | protocol_udp);
    const std::uint64_t delta = wire::sum_of(fields) + ttl_and_protocol + wire::minus(old_sum);
    const std::uint16_t checksum = wire::update_checksum(wire::load16(ip + ipv4_checksum), delta);
    wire::rearrange(frame, swapped_macs);
    wire::rearrange(ip + ipv4_source, swapped_v4);
    wire::store64(ip, fields);
    wire::store32(ip + ipv4_ttl, ttl_and_protocol | std::uint32_t{checksum} << 16);
}

/// Likewise.
void rewrite_ipv6(std::uint8_t* frame, std::uint8_t* ip, std::uint16_t udp_octets) noexcept {
    wire::rearrange(frame, swapped_macs);
    wire::store32(ip, 0x60);  // no traffic class, no flow label
    wire::store_be16(ip + ipv6_payload_length, udp_octets);
    ip[ipv6_hop_limit] = reply_ttl;
    std::array<std::uint8_t, 16> source{};
    std::memcpy(source.data(), ip + ipv6_source, source.size());
    std::memcpy(ip + ipv6_source, ip + ipv6_destination, source.size());
    std::memcpy(ip + ipv6_destination, source.data(), source.size());
    wire::store32(ip + ipv6_size, std::rotl(wire::load32(ip + ipv6_size), 16));
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

/// The last fields of a UDP header: `delta` is what the checksum changes by, the two lengths
/// aside, of which each counts twice: in the header and in the pseudo-header.
void write_udp_length(std::uint8_t* udp, std::uint16_t old_checksum, std::uint16_t old_octets,
                      std::uint16_t octets, std::uint64_t delta) noexcept {
    const std::uint16_t checksum =
        wire::update_checksum(old_checksum, delta + 2 * (wire::minus(old_octets) + wire16(octets)));
    // 0 would say that there is none (RFC 768).
    const std::uint32_t field = checksum != 0 ? checksum : 0xffff;
    wire::store32(udp + udp_length, wire16(octets) | field << 16);
}

}  // namespace

std::uint16_t write_plain_reply_frame(std::uint8_t* frame, answer::Reply reply,
                                      bool partial_checksums) noexcept {
    std::uint8_t* ip = frame + plain_ip;
    std::uint8_t* udp = frame + plain_udp;
    const std::uint16_t old_octets = wire::load16(udp + udp_length);
    const std::uint16_t old_checksum = wire::load16(udp + udp_checksum);
    if (has_no_checksum(old_checksum, old_octets, ip, false, partial_checksums)) [[unlikely]] {
        return write_reply_frame(frame, plain_layers, reply, partial_checksums);
    }
    const auto octets = static_cast<std::uint16_t>(udp_size + reply.length);
    rewrite_ipv4(frame, ip, octets);
    write_udp_length(udp, old_checksum, old_octets, octets, reply.checksum_delta);
    return static_cast<std::uint16_t>(plain_udp + octets);
}

[[gnu::noinline]] std::uint16_t write_reply_frame(std::uint8_t* frame, const Layers& layers,
                                                  answer::Reply reply,
                                                  bool partial_checksums) noexcept {
    std::uint8_t* ip = frame + layers.ip;
    std::uint8_t* udp = frame + layers.udp;
    const std::uint16_t old_octets = wire::load16(udp + udp_length);
    const auto new_octets = static_cast<std::uint16_t>(udp_size + reply.length);
    const std::uint16_t old_checksum = wire::load16(udp + udp_checksum);
    const bool anew =
        has_no_checksum(old_checksum, old_octets, ip, layers.is_v6, partial_checksums);

    if (layers.is_v6) [[unlikely]] {
        rewrite_ipv6(frame, ip, new_octets);
    } else {
        rewrite_ipv4(frame, ip, new_octets);
    }

    if (anew) [[unlikely]] {
        wire::store32(udp + udp_length, wire16(new_octets));
        const std::uint16_t checksum = make_checksum(ip, udp, new_octets, layers.is_v6);
        wire::store16(udp + udp_checksum, checksum != 0 ? checksum : 0xffff);
    } else {
        write_udp_length(udp, old_checksum, old_octets, new_octets, reply.checksum_delta);
    }
    return static_cast<std::uint16_t>(layers.udp + new_octets);
}

}  // namespace apex::io
