// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "tests/packet/sample_table.hh"

#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"

namespace apex::test {

using table::BodyImage;
using table::Node;
using wire::RrType;

std::string apex_a() {
    return a_record(0xc0000201) + a_record(0xc0000202);
}

std::string apex_aaaa() {
    return be16(0xc00c) + be16(28) + be16(1) + be32(60) + be16(16) + be32(0x20010db8) + be32(0) +
           be32(0) + be32(1);
}

std::string apex_txt() {
    return be16(0xc00c) + be16(16) + be16(1) + be32(60) + be16(5) + octet(4) + "text";
}

std::string stale_text() {
    return "cdn.example.net. cannot be resolved";
}

std::string cname_body() {
    const std::string target = wire_name("cdn.example.net");
    return be16(0xc00c) + be16(5) + be16(1) + be32(60) +
           be16(static_cast<unsigned>(target.size())) + target;
}

std::string broken_body() {
    // The question is broken.example.com: example.com is at offset 12 + 7.
    const std::string target = octet(4) + "none" + be16(0xc013);
    const std::string soa = soa_body(1).bytes;
    std::string at_apex = soa;
    for (const std::uint16_t fixup : soa_body(1).fixups) put16(at_apex, fixup, 0xc013);
    return be16(0xc00c) + be16(5) + be16(1) + be32(60) +
           be16(static_cast<unsigned>(target.size())) + target + at_apex;
}

std::string referral_body() {
    return be16(0xc00c) + be16(2) + be16(1) + be32(300) + be16(5) + octet(2) + "ns" + be16(0xc00c) +
           be16(0xc02d) + be16(1) + be16(1) + be32(300) + be16(4) + be32(0xc0000207);
}

std::string dname_target() {
    const std::string label = octet(63) + std::string(63, 'd');
    return label + label + label + wire_name("example.net");
}

std::string dname_body() {
    const std::string target = dname_target();
    return be16(0xc00c) + be16(39) + be16(1) + be32(300) +
           be16(static_cast<unsigned>(target.size())) + target;
}

std::string sized_name(std::size_t body_octets, bool longer) {
    const std::string digits = std::to_string(10000 + body_octets).substr(1);
    return (longer ? "ll" : "l") + digits + ".example.com";
}

std::string sized_body(std::size_t octets) {
    std::string body;
    std::uint32_t state = static_cast<std::uint32_t>(octets) + 1;
    for (std::size_t n = 0; n < octets; ++n) {
        state = state * 1664525 + 1013904223;
        body += octet(state >> 24);
    }
    return body;
}

namespace {

BodyImage with_ede(BodyImage body, const std::string& ede) {
    body.ede = ede;
    return body;
}

BodyImage servfail(RrType type) {
    BodyImage body = body_of(type, "", 0);
    body.rcode = wire::Rcode::servfail;
    body.authoritative = false;
    return with_ede(std::move(body), be16(14));
}

BodyImage broken() {
    BodyImage body = body_of(Node::any_other_type, broken_body());
    body.nscount = 1;
    body.rcode = wire::Rcode::nxdomain;
    return body;
}

BodyImage referral() {
    BodyImage body = body_of(Node::any_other_type, referral_body(), 0);
    body.nscount = 1;
    body.arcount = 1;
    body.authoritative = false;
    body.fixups = {0, 15, 17};
    return body;
}

BodyImage no_answer() {
    BodyImage body = soa_body(1);
    body.fixups.clear();
    for (const std::uint16_t at : soa_body(1).fixups) put16(body.bytes, at, 0xc012);
    return body;
}

}  // namespace

SampleTable::SampleTable() {
    ZoneImage outer(publisher_.new_zone(), "example.com", 1);
    outer
        .add("example.com", {body_of(RrType::a, apex_a(), 2), body_of(RrType::aaaa, apex_aaaa()),
                             body_of(RrType::txt, apex_txt())})
        .add("www.example.com", {body_of(RrType::a, a_record(0xc0000203))})
        .add("ent.example.com", {})
        .add("down.example.com", {servfail(RrType::a)})
        .add("stale.example.com",
             {with_ede(body_of(RrType::a, a_record(0xc0000204, 30)), be16(3) + stale_text())})
        .add("cname.example.com", {body_of(Node::any_other_type, cname_body())}, {.cname = true})
        .add("broken.example.com", {broken()})
        .add("empty.example.com", {no_answer()})
        .add("cut.example.com", {referral()}, {.cut = true})
        .add("dn.example.com", {body_of(RrType::dname, dname_body())}, {.dname = true})
        .add("wild.example.com", {}, {.wildcard = true})
        .add("*.wild.example.com", {body_of(RrType::a, a_record(0xc0000208))});
    const std::string x(61, 'x');
    outer.add(x + "." + x + "." + x + ".example.com", {body_of(RrType::a, a_record(0xc0000205))});
    for (std::size_t octets = 0; octets <= max_sized_body; ++octets) {
        for (const bool longer : {false, true}) {
            outer.add(sized_name(octets, longer), {body_of(RrType::txt, sized_body(octets))});
        }
    }
    ZoneImage inner(publisher_.new_zone(), "inner.example.com", 2);
    inner.add("inner.example.com", {body_of(RrType::a, a_record(0xc0000206))});
    std::vector changes{outer.put(), inner.put()};
    publisher_.apply(changes);
    reader_.online();
}

}  // namespace apex::test
