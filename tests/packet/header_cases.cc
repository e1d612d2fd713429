// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Frames whose headers decide their fate: the kernel's, and those that are wrong.
#include <functional>
#include <string>
#include <tuple>
#include <utility>

#include "tests/packet/frame.hh"
#include "tests/packet/frame_cases.hh"
#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"

namespace apex::test {

namespace {

using answer::Verdict;

/// A good frame of either family with something done to it.
std::string changed(bool v6, const std::function<void(std::string&)>& change) {
    std::string frame = make_frame({.payload = www_query(), .v6 = v6});
    change(frame);
    return frame;
}

std::string with_protocol(bool v6, unsigned protocol) {
    return changed(v6, [=](std::string& frame) {
        frame[ip_at + (v6 ? 6 : 9)] = static_cast<char>(protocol);
        if (!v6) fix_ipv4_checksum(frame);
    });
}

void add_other_traffic(Cases& cases) {
    const std::string macs = make_frame({}).substr(0, 12);
    cases.push_back(silent("ARP", macs + be16(0x0806) + std::string(46, '\0'), Verdict::punt_arp));
    cases.push_back(silent("ARP with a tag",
                           macs + be16(vlan) + be16(1) + be16(0x0806) + std::string(46, '\0'),
                           Verdict::punt_arp));
    cases.push_back(
        silent("LLDP", macs + be16(0x88cc) + std::string(46, '\0'), Verdict::punt_ethertype));
    cases.push_back(silent("802.3 length field", macs + be16(0x0026) + std::string(46, '\0'),
                           Verdict::punt_ethertype));
    const FrameSpec three{.payload = www_query(), .tags = {qinq, vlan, vlan}};
    cases.push_back(silent("three VLAN tags", make_frame(three), Verdict::punt_ethertype));

    for (const bool v6 : {false, true}) {
        const std::string family = v6 ? "IPv6, " : "IPv4, ";
        const auto add = [&](const char* what, unsigned protocol, Verdict verdict) {
            cases.push_back(silent(family + what, with_protocol(v6, protocol), verdict));
        };
        add("TCP", 6, Verdict::punt_tcp);
        add("ICMP", 1, Verdict::punt_icmp);
        add("ICMPv6", 58, Verdict::punt_icmp);
        for (const unsigned type : {132, 133, 135, 137, 138}) {
            const bool is_nd = v6 && type != 132 && type != 138;
            std::string frame = with_protocol(v6, 58);
            frame[ip_at + (v6 ? 40 : 20)] = static_cast<char>(type);
            cases.push_back(silent(family + "ICMPv6 of type " + std::to_string(type), frame,
                                   is_nd ? Verdict::punt_nd : Verdict::punt_icmp));
        }
        add("SCTP", 132, Verdict::punt_protocol);
        add("fragment header", 44, Verdict::punt_fragment);
        add("hop-by-hop options", 0, Verdict::punt_options);
        add("routing header", 43, Verdict::punt_options);
        add("destination options", 60, Verdict::punt_options);
        cases.push_back(silent(family + "not our address",
                               make_frame({.payload = www_query(),
                                           .v6 = v6,
                                           .destination = v6 ? "2001:db8:53::2" : "10.53.0.2"}),
                               Verdict::punt_address));
        cases.push_back(
            silent(family + "not our port",
                   make_frame({.payload = www_query(), .v6 = v6, .destination_port = 5353}),
                   Verdict::punt_port));
        cases.push_back(silent(family + "source port 0",
                               make_frame({.payload = www_query(), .v6 = v6, .source_port = 0}),
                               Verdict::drop_source_port_zero));
        std::string response = www_query();
        put16(response, 2, 0x8100);
        cases.push_back(silent(family + "QR=1", make_frame({.payload = response, .v6 = v6}),
                               Verdict::drop_response));
        for (const std::size_t octets : {0U, 1U, 11U}) {
            cases.push_back(silent(family + "message of " + std::to_string(octets),
                                   make_frame({.payload = www_query().substr(0, octets), .v6 = v6}),
                                   Verdict::drop_short_message));
        }
    }
    // The served IPv4 address as an IPv6 destination is another address.
    cases.push_back(silent(
        "IPv6, to the mapped form of our IPv4 address",
        [] {
            std::string frame = make_frame({.payload = www_query(), .v6 = true});
            frame.replace(ip_at + 24, 16, std::string(10, '\0') + be16(0xffff) + be32(0x0a350001));
            fix_udp_checksum(frame, ip_at, true);
            return frame;
        }(),
        Verdict::punt_address));
}

void add_fragments_and_options(Cases& cases) {
    for (const auto& [what, field] : {std::pair{"first fragment", 0x2000U},
                                      {"middle fragment", 0x2001U},
                                      {"last fragment", 0x0001U},
                                      {"last fragment, highest offset", 0x1fffU},
                                      {"fragment with DF", 0x6000U}}) {
        const unsigned value = field;
        cases.push_back(silent(std::string("IPv4, ") + what,
                               changed(false,
                                       [value](auto& frame) {
                                           put16(frame, ip_at + 6, value);
                                           fix_ipv4_checksum(frame);
                                       }),
                               Verdict::punt_fragment));
    }
    std::string with_options = make_frame({.payload = www_query()});
    with_options[ip_at] = 0x46;
    put16(with_options, ip_at + 2, be16_at(with_options, ip_at + 2) + 4U);
    with_options.insert(ip_at + 20, be32(0x01010100));
    fix_ipv4_checksum(with_options);
    cases.push_back(silent("IPv4, options", with_options, Verdict::punt_options));

    // DF alone and the reserved bit do not make a fragment.
    for (const unsigned flags : {0x4000U, 0x8000U}) {
        const FrameSpec spec{.payload = www_query()};
        FrameCase c = answered("IPv4, fragment flags " + std::to_string(flags), spec,
                               Verdict::answer, www_reply());
        put16(c.in, ip_at + 6, flags);
        fix_ipv4_checksum(c.in);
        cases.push_back(std::move(c));
    }
}

void add_martians(Cases& cases) {
    for (const char* source : {"0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.255", "224.0.0.1",
                               "239.1.2.3", "240.0.0.1", "255.255.255.255"}) {
        cases.push_back(silent(std::string("from ") + source,
                               make_frame({.payload = www_query(), .source = source}),
                               Verdict::drop_martian));
    }
    for (const char* source : {"::", "::1", "ff02::1", "ff0e::1234"}) {
        cases.push_back(silent(std::string("from ") + source,
                               make_frame({.payload = www_query(), .v6 = true, .source = source}),
                               Verdict::drop_martian));
    }
    for (const char* source :
         {"1.0.0.1", "126.255.255.255", "128.0.0.1", "223.255.255.255", "10.0.0.1"}) {
        cases.push_back(answered(std::string("from ") + source,
                                 {.payload = www_query(), .source = source}, Verdict::answer,
                                 www_reply()));
    }
    for (const char* source : {"::2", "100::1", "fe80::1", "fdff::1"}) {
        cases.push_back(answered(std::string("from ") + source,
                                 {.payload = www_query(), .v6 = true, .source = source},
                                 Verdict::answer, www_reply()));
    }
}

void add_group_macs(Cases& cases) {
    for (const bool v6 : {false, true}) {
        for (const auto& [what, at, octet] : {std::tuple{"to a group", 0, 0x33},
                                              {"to everybody", 0, 0xff},
                                              {"from a group", 6, 0x01}}) {
            std::string frame = make_frame({.payload = www_query(), .v6 = v6});
            frame[static_cast<std::size_t>(at)] = static_cast<char>(octet);
            cases.push_back(
                silent(std::string(v6 ? "IPv6 " : "IPv4 ") + what, frame, Verdict::drop_group_mac));
        }
    }
}

void add_lies(Cases& cases) {
    const auto v4 = [&cases](const char* what, Verdict verdict,
                             const std::function<void(std::string&)>& change) {
        cases.push_back(silent(std::string("IPv4, ") + what,
                               changed(false,
                                       [&](auto& frame) {
                                           change(frame);
                                           fix_ipv4_checksum(frame);
                                       }),
                               verdict));
    };
    const auto v6 = [&cases](const char* what, Verdict verdict,
                             const std::function<void(std::string&)>& change) {
        cases.push_back(silent(std::string("IPv6, ") + what, changed(true, change), verdict));
    };
    const auto set16 = [](std::size_t at, unsigned value) {
        return [=](std::string& frame) { put16(frame, at, value); };
    };
    const auto add16 = [](std::size_t at, int by) {
        return [=](std::string& frame) {
            put16(frame, at, static_cast<unsigned>(be16_at(frame, at) + by));
        };
    };
    const auto set8 = [](std::size_t at, unsigned value) {
        return [=](std::string& frame) { frame[at] = static_cast<char>(value); };
    };
    v4("version 6", Verdict::drop_bad_version, set8(ip_at, 0x65));
    v4("version 0", Verdict::drop_bad_version, set8(ip_at, 0x05));
    v6("version 4", Verdict::drop_bad_version, set8(ip_at, 0x40));
    v4("header length 16", Verdict::drop_bad_length, set8(ip_at, 0x44));
    v4("header length 0", Verdict::drop_bad_length, set8(ip_at, 0x40));
    v4("header longer than the packet", Verdict::drop_bad_length, [](std::string& frame) {
        frame[ip_at] = 0x4f;
        put16(frame, ip_at + 2, 40);
    });
    v4("total length one more", Verdict::drop_bad_length, add16(ip_at + 2, 1));
    v4("total length one less", Verdict::drop_bad_length, add16(ip_at + 2, -1));
    v4("total length 0", Verdict::drop_bad_length, set16(ip_at + 2, 0));
    v4("total length 19", Verdict::drop_bad_length, set16(ip_at + 2, 19));
    v4("total length 20", Verdict::drop_bad_length, set16(ip_at + 2, 20));
    v4("total length 27", Verdict::drop_bad_length, set16(ip_at + 2, 27));
    v4("total length 65535", Verdict::drop_bad_length, set16(ip_at + 2, 65535));
    v6("payload length one more", Verdict::drop_bad_length, add16(ip_at + 4, 1));
    v6("payload length one less", Verdict::drop_bad_length, add16(ip_at + 4, -1));
    v6("payload length 0", Verdict::drop_bad_length, set16(ip_at + 4, 0));
    v6("payload length 7", Verdict::drop_bad_length, set16(ip_at + 4, 7));
    v6("payload length 65535", Verdict::drop_bad_length, set16(ip_at + 4, 65535));
    for (const auto& [what, change] :
         {std::pair<const char*, int>{"UDP length one more", 1}, {"UDP length one less", -1}}) {
        v4(what, Verdict::drop_bad_length, add16(udp_at_v4 + 4, change));
        v6(what, Verdict::drop_bad_length, add16(udp_at_v6 + 4, change));
    }
    for (const auto& [what, value] : {std::pair<const char*, unsigned>{"UDP length 0", 0},
                                      {"UDP length 7", 7},
                                      {"UDP length 8", 8},
                                      {"UDP length 65535", 65535}}) {
        v4(what, Verdict::drop_bad_length, set16(udp_at_v4 + 4, value));
        v6(what, Verdict::drop_bad_length, set16(udp_at_v6 + 4, value));
    }
}

}  // namespace

void add_header_cases(Cases& cases) {
    add_other_traffic(cases);
    add_fragments_and_options(cases);
    add_martians(cases);
    add_group_macs(cases);
    add_lies(cases);
}

}  // namespace apex::test
