// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "tests/packet/frame.hh"

#include <algorithm>

#include "tests/packet/octets.hh"

namespace apex::test {

namespace {

const std::string client_mac("\x02\x00\x00\x00\x00\x01", 6);
const std::string server_mac("\x02\x00\x00\x00\x00\x02", 6);

std::string address(const std::string& text) {
    const wire::IpAddress ip = wire::IpAddress::from_text(text).value();
    const auto first = ip.bytes.begin() + (ip.is_v4() ? 12 : 0);
    return {first, ip.bytes.end()};
}

std::string source_of(const FrameSpec& spec) {
    return address(!spec.source.empty() ? spec.source : spec.v6 ? "2001:db8::99" : "198.51.100.9");
}
std::string destination_of(const FrameSpec& spec) {
    return address(!spec.destination.empty() ? spec.destination
                   : spec.v6                 ? "2001:db8:53::1"
                                             : "10.53.0.1");
}

struct Ends {
    std::string source, destination;
    std::uint16_t source_port, destination_port;
};

std::string pseudo_header(const Ends& ends, std::size_t udp_length) {
    return ends.source + ends.destination + be32(static_cast<std::uint32_t>(udp_length)) + be32(17);
}

unsigned complement(unsigned sum) {
    return ~sum & 0xffff;
}
/// A UDP checksum is never sent as 0 (RFC 768).
unsigned never_zero(unsigned checksum) {
    return checksum != 0 ? checksum : 0xffff;
}

/// A checksum that is wrong, by the same amount whatever the right one is.
unsigned damaged(unsigned checksum) {
    const unsigned sum = complement(checksum) + 0x0101;
    return never_zero(complement(sum > 0xffff ? sum - 0xffff : sum));
}

std::string udp(const Ends& ends, std::string_view payload, UdpChecksum checksum) {
    const std::size_t length = 8 + payload.size();
    std::string datagram = be16(ends.source_port) + be16(ends.destination_port) +
                           be16(static_cast<unsigned>(length)) + be16(0) + std::string(payload);
    const unsigned pseudo_sum = plain_sum(pseudo_header(ends, length));
    const unsigned right =
        never_zero(complement(plain_sum(pseudo_header(ends, length) + datagram)));
    switch (checksum) {
        case UdpChecksum::correct:
            put16(datagram, 6, right);
            break;
        case UdpChecksum::corrupt:
            put16(datagram, 6, damaged(right));
            break;
        case UdpChecksum::zero:
            break;
        case UdpChecksum::partial:
            put16(datagram, 6, pseudo_sum);
            break;
    }
    return datagram;
}

struct IpFields {
    unsigned tos, id, flags, ttl;
};

std::string ip_header(const Ends& ends, bool v6, std::size_t payload, const IpFields& fields) {
    if (v6) {
        return be32(0x60000000U | fields.tos << 20 | fields.id) +
               be16(static_cast<unsigned>(payload)) + octet(17) + octet(fields.ttl) + ends.source +
               ends.destination;
    }
    std::string header = octet(0x45) + octet(fields.tos) +
                         be16(static_cast<unsigned>(20 + payload)) + be16(fields.id) +
                         be16(fields.flags) + octet(fields.ttl) + octet(17) + be16(0) +
                         ends.source + ends.destination;
    put16(header, 10, complement(plain_sum(header)));
    return header;
}

std::string ethernet(const std::string& to, const std::string& from, const FrameSpec& spec) {
    std::string header = to + from;
    unsigned tag = 0x2064;  // priority 1, VLAN 100; the next tag has VLAN 101
    for (const std::uint16_t tpid : spec.tags) header += be16(tpid) + be16(tag++);
    return header + be16(spec.v6 ? 0x86dd : 0x0800);
}

/// Where the IP header is; npos when there is none behind at most two tags.
std::size_t find_ip(std::string_view frame) {
    for (std::size_t at = 12; at <= 20 && at + 2 <= frame.size(); at += 4) {
        const unsigned ethertype = be16_at(frame, at);
        if (ethertype == 0x0800 || ethertype == 0x86dd) return at + 2;
        if (ethertype != 0x8100 && ethertype != 0x88a8) break;
    }
    return std::string_view::npos;
}

std::string ip_addresses(std::string_view frame, std::size_t ip, bool v6) {
    return std::string(v6 ? frame.substr(ip + 8, 32) : frame.substr(ip + 12, 8));
}

}  // namespace

std::string make_frame(const FrameSpec& spec) {
    const Ends ends{source_of(spec), destination_of(spec), spec.source_port, spec.destination_port};
    const std::string datagram = udp(ends, spec.payload, spec.checksum);
    const IpFields fields{0x2e, 0xbeef, 0, 57};
    return ethernet(server_mac, client_mac, spec) +
           ip_header(ends, spec.v6, datagram.size(), fields) + datagram + spec.padding;
}

std::string expected_reply(const FrameSpec& spec, std::string_view reply) {
    const Ends ends{destination_of(spec), source_of(spec), spec.destination_port, spec.source_port};
    const bool corrupt = spec.checksum == UdpChecksum::corrupt;
    const std::string datagram =
        udp(ends, reply, corrupt ? UdpChecksum::corrupt : UdpChecksum::correct);
    const IpFields fields{0, 0, 0x4000, 64};
    return ethernet(client_mac, server_mac, spec) +
           ip_header(ends, spec.v6, datagram.size(), fields) + datagram;
}

void fix_ipv4_checksum(std::string& frame, std::size_t ip) {
    put16(frame, ip + 10, 0);
    put16(frame, ip + 10, complement(plain_sum(std::string_view(frame).substr(ip, 20))));
}

void fix_udp_checksum(std::string& frame, std::size_t ip, bool v6) {
    const std::size_t at = ip + (v6 ? 40 : 20);
    const std::uint16_t length = be16_at(frame, at + 4);
    put16(frame, at + 6, 0);
    const std::string summed =
        ip_addresses(frame, ip, v6) + be32(length) + be32(17) + frame.substr(at, length);
    put16(frame, at + 6, never_zero(complement(plain_sum(summed))));
}

bool checksums_verify(std::string_view frame) {
    const std::size_t ip = find_ip(frame);
    if (ip == std::string_view::npos) return false;
    const bool v6 = be16_at(frame, ip - 2) == 0x86dd;
    if (!v6 && plain_sum(frame.substr(ip, 20)) != 0xffff) return false;
    const std::size_t udp = ip + (v6 ? 40 : 20);
    const std::uint16_t length = be16_at(frame, udp + 4);
    if (be16_at(frame, udp + 6) == 0) return false;
    const std::string summed = ip_addresses(frame, ip, v6) + be32(length) + be32(17) +
                               std::string(frame.substr(udp, length));
    return plain_sum(summed) == 0xffff;
}

std::string frame_faults(std::string_view frame, Checksums checksums) {
    const std::size_t ip = find_ip(frame);
    if (ip == std::string_view::npos) return "no IP header";
    const bool v6 = be16_at(frame, ip - 2) == 0x86dd;
    const std::size_t udp = ip + (v6 ? 40 : 20);
    if (frame.size() < udp + 8 + 12) return "shorter than a DNS header";
    if (octet_at(frame, ip) != (v6 ? 0x60 : 0x45)) return "IP version or header length";
    const std::size_t ip_length = v6 ? 40U + be16_at(frame, ip + 4) : be16_at(frame, ip + 2);
    if (ip_length != frame.size() - ip) return "IP length";
    if (be16_at(frame, udp + 4) != frame.size() - udp) return "UDP length";
    if (be16_at(frame, udp + 6) == 0) return "UDP checksum of zero";
    if (checksums == Checksums::verify && !checksums_verify(frame)) return "checksum";
    return "";
}

const answer::Server& sample_server() {
    static const answer::Server server("test", "", answer::AnyPolicy::rrset);
    return server;
}

io::Endpoint sample_endpoint(bool partial_checksums) {
    return {{wire::IpAddress::from_text("10.53.0.1").value(),
             wire::IpAddress::from_text("2001:db8:53::1").value()},
            53,
            partial_checksums};
}

FrameBuffer::FrameBuffer(std::string_view frame, std::size_t capacity, std::string_view behind)
    : memory_(std::make_unique<std::uint8_t[]>(capacity)) {
    // What an earlier frame left behind this one must not matter.
    std::fill_n(memory_.get(), capacity, std::uint8_t{0xa5});
    std::copy(frame.begin(), frame.end(), memory_.get());
    behind = behind.substr(0, capacity - frame.size());
    std::copy(behind.begin(), behind.end(), memory_.get() + frame.size());
    frame_.data = memory_.get();
    frame_.length = static_cast<std::uint16_t>(frame.size());
    frame_.capacity = static_cast<std::uint16_t>(capacity);
    // As a burst before this one may have left it.
    frame_.reply_length = 7;
    frame_.verdict = answer::Verdict::tx_full;
}

}  // namespace apex::test
