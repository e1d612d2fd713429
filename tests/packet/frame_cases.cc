// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "tests/packet/frame_cases.hh"

#include <utility>

#include "tests/packet/frame.hh"
#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"
#include "tests/packet/sample_table.hh"

namespace apex::test {

namespace {

using answer::Verdict;
using wire::RrType;

/// The header of a reply to www_query(), its question, and what follows.
std::string reply_to(const std::string& query, unsigned flags, unsigned ancount, unsigned nscount,
                     const std::string& body, const std::string& opt) {
    const std::size_t question_end = query.find('\0', 12) + 5;
    return query.substr(0, 2) + be16(flags) + be16(1) + be16(ancount) + be16(nscount) +
           be16(opt.empty() ? 0 : 1) + query.substr(12, question_end - 12) + body + opt;
}

std::string bare(unsigned flags) {
    return be16(0x1234) + be16(flags) + std::string(8, '\0');
}

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

    query = make_query("stale.example.com", RrType::a);
    const std::string stale = be16(3) + stale_text();
    add("stale", query, Verdict::stale,
        reply_to(
            query, 0x8500, 1, 0, a_record(0xc0000204, 30),
            make_opt({.options = be16(15) + be16(static_cast<unsigned>(stale.size())) + stale})));

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

    query = make_query(QuerySpec{.name = wire_name("id.server"),
                                 .type = RrType::txt,
                                 .opt = OptSpec{.options = be16(3) + be16(0)},
                                 .qclass = wire::class_chaos});
    add("class CH and NSID", query, Verdict::chaos,
        reply_to(query, 0x8100, 1, 0,
                 be16(0xc00c) + be16(16) + be16(3) + be32(0) + be16(5) + octet(4) + "test",
                 make_opt({.options = be16(3) + be16(4) + "test"})));

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

}  // namespace

std::string www_query() {
    return make_query("www.example.com", RrType::a);
}

std::string www_reply() {
    return reply_to(www_query(), 0x8500, 1, 0, a_record(0xc0000203), make_opt({}));
}

FrameCase answered(std::string description, const FrameSpec& spec, Verdict verdict,
                   const std::string& reply, bool partial_checksums) {
    return {std::move(description), make_frame(spec), verdict, expected_reply(spec, reply),
            partial_checksums};
}

FrameCase silent(std::string description, std::string frame, Verdict verdict,
                 bool partial_checksums) {
    return {std::move(description), std::move(frame), verdict, std::nullopt, partial_checksums};
}

Cases frame_cases() {
    Cases cases;
    add_answers(cases);
    add_messages(cases);
    add_checksums(cases);
    add_header_cases(cases);
    return cases;
}

}  // namespace apex::test
