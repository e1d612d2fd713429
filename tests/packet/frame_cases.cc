// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "tests/packet/frame_cases.hh"

#include <functional>
#include <tuple>
#include <utility>

#include "tests/packet/frame.hh"
#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"
#include "tests/packet/sample_table.hh"

namespace apex::test {

namespace {

using answer::Verdict;
using wire::RrType;

constexpr std::uint16_t vlan = 0x8100;
constexpr std::uint16_t qinq = 0x88a8;

std::string www_query() {
    return make_query("www.example.com", RrType::a);
}

/// The header of a reply to www_query(), its question, and what follows.
std::string reply_to(const std::string& query, unsigned flags, unsigned ancount, unsigned nscount,
                     const std::string& body, const std::string& opt) {
    const std::size_t question_end = query.find('\0', 12) + 5;
    return query.substr(0, 2) + be16(flags) + be16(1) + be16(ancount) + be16(nscount) +
           be16(opt.empty() ? 0 : 1) + query.substr(12, question_end - 12) + body + opt;
}

std::string www_reply() {
    return reply_to(www_query(), 0x8500, 1, 0, a_record(0xc0000203), make_opt({}));
}

std::string bare(unsigned flags) {
    return be16(0x1234) + be16(flags) + std::string(8, '\0');
}

FrameCase answered(std::string description, const FrameSpec& spec, Verdict verdict,
                   const std::string& reply, bool partial_checksums = false) {
    return {std::move(description), make_frame(spec), verdict, expected_reply(spec, reply),
            partial_checksums};
}

FrameCase silent(std::string description, std::string frame, Verdict verdict,
                 bool partial_checksums = false) {
    return {std::move(description), std::move(frame), verdict, std::nullopt, partial_checksums};
}

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

using Cases = std::vector<FrameCase>;

void add_answers(Cases& cases) {
    for (const bool v6 : {false, true}) {
        const std::string family = v6 ? "IPv6" : "IPv4";
        const FrameSpec plain{.payload = www_query(), .v6 = v6};
        cases.push_back(answered(family, plain, Verdict::answer, www_reply()));
        for (const auto& [name, tags] :
             {std::pair<std::string, std::vector<std::uint16_t>>{", one VLAN tag", {vlan}},
              {", one service tag", {qinq}},
              {", two tags", {qinq, vlan}},
              {", two VLAN tags", {vlan, vlan}}}) {
            FrameSpec tagged = plain;
            tagged.tags = tags;
            cases.push_back(answered(family + name, tagged, Verdict::answer, www_reply()));
        }
        FrameSpec padded = plain;
        padded.padding = std::string(18, '\x5a');
        cases.push_back(
            answered(family + ", Ethernet padding", padded, Verdict::answer, www_reply()));
        FrameSpec other_port = plain;
        other_port.source_port = 53;
        cases.push_back(
            answered(family + " from port 53", other_port, Verdict::answer, www_reply()));
    }
}

void add_messages(Cases& cases) {
    const auto add = [&cases](const std::string& description, const std::string& query,
                              Verdict verdict, const std::string& reply) {
        for (const bool v6 : {false, true}) {
            const FrameSpec spec{.payload = query, .v6 = v6};
            cases.push_back(
                answered(description + (v6 ? ", IPv6" : ", IPv4"), spec, verdict, reply));
        }
    };
    const std::string opt = make_opt({});
    std::string query = make_query("ent.example.com", RrType::a);
    std::string soa = soa_body(1).bytes;
    for (const std::uint16_t at : soa_body(1).fixups) put16(soa, at, 0xc010);
    add("NODATA", query, Verdict::nodata, reply_to(query, 0x8500, 0, 1, soa, opt));

    query = make_query("odd.a.example.com", RrType::a, std::nullopt);
    for (const std::uint16_t at : soa_body(1).fixups) put16(soa, at, 0xc012);
    add("NXDOMAIN", query, Verdict::nxdomain, reply_to(query, 0x8503, 0, 1, soa, ""));

    query = make_query("down.example.com", RrType::a);
    add("SERVFAIL", query, Verdict::servfail,
        reply_to(query, 0x8102, 0, 0, "", make_opt({.options = be16(15) + be16(2) + be16(14)})));

    query = make_query("example.org", RrType::a);
    add("REFUSED", query, Verdict::refused, reply_to(query, 0x8105, 0, 0, "", opt));

    query = make_query("x.y.wild.example.com", RrType::a);
    add("expanded from a wildcard", query, Verdict::answer,
        reply_to(query, 0x8500, 1, 0, a_record(0xc0000208), opt));

    // The body was rendered for cut.example.com; the question is four octets longer.
    query = make_query("www.cut.example.com", RrType::a, std::nullopt);
    std::string referral = referral_body();
    put16(referral, 0, 0xc010);
    put16(referral, 15, 0xc010);
    put16(referral, 17, 0xc031);
    std::string reply = reply_to(query, 0x8100, 0, 1, referral, "");
    put16(reply, 10, 1);
    add("referral", query, Verdict::referral, reply);

    query = make_query("a.dn.example.com", RrType::a, std::nullopt);
    std::string dname = dname_body();
    put16(dname, 0, 0xc00e);
    const std::string target = octet(1) + "a" + dname_target();
    add("below a DNAME", query, Verdict::answer,
        reply_to(query, 0x8500, 2, 0,
                 dname + be16(0xc00c) + be16(5) + be16(1) + be32(300) +
                     be16(static_cast<unsigned>(target.size())) + target,
                 ""));

    query = make_query(std::string(60, 'l') + ".dn.example.com", RrType::a, std::nullopt);
    put16(dname, 0, 0xc049);
    add("below a DNAME, too long a name", query, Verdict::yxdomain,
        reply_to(query, 0x8506, 1, 0, dname, ""));

    query = make_query("example.com", RrType::a, OptSpec{.version = 1});
    std::string badvers = opt;
    badvers[5] = 1;
    add("BADVERS", query, Verdict::badvers, reply_to(query, 0x8100, 0, 0, "", badvers));

    query = make_query(sized_name(600, false), RrType::txt, std::nullopt);
    add("too long for 512", query, Verdict::truncated, reply_to(query, 0x8700, 0, 0, "", ""));

    query = make_query("wWw.ExAmPlE.CoM", RrType::a);
    add("mixed case", query, Verdict::answer,
        reply_to(query, 0x8500, 1, 0, a_record(0xc0000203), opt));

    query = www_query();
    put16(query, 2, 0x2900);
    add("UPDATE", query, Verdict::notimp, reply_to(query, 0xa904, 0, 0, "", opt));
    add("compression loop in the question", make_query(QuerySpec{.name = be16(0xc00c)}),
        Verdict::formerr, bare(0x8101));
    add("two pointers at each other", make_query(QuerySpec{.name = be16(0xc00e) + be16(0xc00c)}),
        Verdict::formerr, bare(0x8101));
    add("label past the end", make_query("", RrType::a).substr(0, 12) + octet(63) + "abc",
        Verdict::formerr, bare(0x8101));
    add("a header and nothing else", www_query().substr(0, 12), Verdict::formerr, bare(0x8101));
    query = make_query("example.com", RrType::a, OptSpec{.options = be16(8) + be16(9)});
    add("option length that lies", query, Verdict::formerr, reply_to(query, 0x8101, 0, 0, "", ""));
}

void add_checksums(Cases& cases) {
    for (const bool partial_expected : {false, true}) {
        const std::string where = partial_expected ? " on veth" : "";
        for (const bool v6 : {false, true}) {
            const std::string family = v6 ? "IPv6, " : "IPv4, ";
            FrameSpec spec{.payload = www_query(), .v6 = v6};
            cases.push_back(answered(family + "UDP checksum right" + where, spec, Verdict::answer,
                                     www_reply(), partial_expected));
            spec.checksum = UdpChecksum::corrupt;
            cases.push_back(answered(family + "UDP checksum corrupt, so is the reply's" + where,
                                     spec, Verdict::answer, www_reply(), partial_expected));
            // A query of odd length whose reply is of even length, and the other way round.
            spec.payload += "x";
            cases.push_back(answered(family + "UDP checksum corrupt, odd length" + where, spec,
                                     Verdict::answer, www_reply(), partial_expected));
            spec.checksum = UdpChecksum::correct;
            cases.push_back(answered(family + "UDP checksum right, odd length" + where, spec,
                                     Verdict::answer, www_reply(), partial_expected));
        }
        FrameSpec zero{.payload = www_query(), .checksum = UdpChecksum::zero};
        cases.push_back(answered("IPv4, no UDP checksum" + where, zero, Verdict::answer,
                                 www_reply(), partial_expected));
        zero.v6 = true;
        cases.push_back(silent("IPv6, no UDP checksum" + where, make_frame(zero),
                               Verdict::drop_no_checksum, partial_expected));
    }
    for (const bool v6 : {false, true}) {
        const FrameSpec partial{.payload = www_query(), .v6 = v6, .checksum = UdpChecksum::partial};
        cases.push_back(answered(std::string(v6 ? "IPv6" : "IPv4") + ", partial checksum on veth",
                                 partial, Verdict::answer, www_reply(), true));
    }
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

std::vector<FrameCase> frame_cases() {
    Cases cases;
    add_answers(cases);
    add_messages(cases);
    add_checksums(cases);
    add_other_traffic(cases);
    add_fragments_and_options(cases);
    add_martians(cases);
    add_group_macs(cases);
    add_lies(cases);
    return cases;
}

}  // namespace apex::test
