// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// $GENERATE: the records it stands for. What is expected is what BIND 9.18's
// named-compilezone prints for the same line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/zone/name_text.hh"
#include "control/zone/zone.hh"

namespace apex::control {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

const std::string base = "@ 300 SOA ns1 admin 7 7200 3600 1w 300\n@ 300 NS ns1.example.net.\n";

Result<Zone> parse(const std::string& text) {
    ZoneConfig config;
    config.name = *parse_name("example.com");
    config.file = "test.zone";
    return parse_zone(base + text, config, wire::RrType::alias);
}

std::string error_of(const std::string& text) {
    const auto zone = parse(text);
    return zone ? "no error" : zone.error().to_string();
}

/// "OWNER TTL TYPE DATA", the owner relative to the zone, of every record but
/// the two of `base`.
std::vector<std::string> records(const std::string& text) {
    const auto zone = parse(text);
    if (!zone) return {zone.error().to_string()};
    std::vector<std::string> lines;
    for (const auto& [name, owner] : zone->owners) {
        std::string shown = to_text(name);
        if (name == zone->apex) continue;
        shown.erase(shown.size() - std::string(".example.com.").size());
        for (const Rrset& set : owner.rrsets) {
            for (const std::string& rdata : set.rdata) {
                lines.push_back(shown + " " + std::to_string(set.ttl) + " " +
                                type_text(set.type, wire::RrType::alias) + " " +
                                rdata_text(set.type, rdata, wire::RrType::alias));
            }
        }
    }
    return lines;
}

TEST(Generate, NumbersInOwnerAndData) {
    EXPECT_THAT(
        records("$GENERATE 1-3 a$ A 192.0.2.$\n"),
        UnorderedElementsAre("a1 300 A 192.0.2.1", "a2 300 A 192.0.2.2", "a3 300 A 192.0.2.3"));
    EXPECT_THAT(records("$generate 1-4/2 $ 60 IN A 192.0.2.${1}\n"),
                UnorderedElementsAre("1 60 A 192.0.2.2", "3 60 A 192.0.2.4"));
    EXPECT_THAT(
        records("$GENERATE 2-2 ${0,4,x}.${8,4,X}.${8,3,o}.${-1,6,d} CLASS1 60 CNAME $$.\\$.b$\n"),
        ElementsAre("0002.000a.012.000001 60 CNAME $.$.b2.example.com."));
    EXPECT_THAT(records("$GENERATE 1-1 $$q$ A 192.0.2.9\n"), ElementsAre("$q1 300 A 192.0.2.9"));
    EXPECT_THAT(records("$GENERATE 1-2 a${-2} A 192.0.2.1\n"),
                UnorderedElementsAre("a-1 300 A 192.0.2.1", "a0 300 A 192.0.2.1"));
    EXPECT_THAT(records("$GENERATE 0-0 ${+1}${0,0,d}${0,1} A 192.0.2.9\n"),
                ElementsAre("100 300 A 192.0.2.9"));
    EXPECT_THAT(records("$GENERATE 2147483647-2147483647 $ A 192.0.2.9\n"),
                ElementsAre("2147483647 300 A 192.0.2.9"));
    EXPECT_THAT(
        records("$GENERATE 1-2 a$ ALIAS b$.example.net.\n"),
        UnorderedElementsAre("a1 300 ALIAS b1.example.net.", "a2 300 ALIAS b2.example.net."));
}

TEST(Generate, Nibbles) {
    EXPECT_THAT(records("$GENERATE 250-250 ${0,3,n}.${0,7,N}.${0,0,n} PTR h${0,2}\n"),
                ElementsAre("a.f.a.f.0.0.a.f 300 PTR h250.example.com."));
    // An even width ends with the dot.
    EXPECT_THAT(records("$GENERATE 10-10 ${0,4,n}x PTR h${6,3,n}\n"),
                ElementsAre("a.0.x 300 PTR h0.1.example.com."));
    EXPECT_THAT(records("$GENERATE 1-1 a${-2,1,n} A 192.0.2.1\n"),
                ElementsAre("af.f.f.f.f.f.f.f 300 A 192.0.2.1"));
}

TEST(Generate, QuotedDataIsZoneText) {
    EXPECT_THAT(records("$GENERATE 1-1 m$ MX \"10 mail$\" ; comment\n"),
                ElementsAre("m1 300 MX 10 mail1.example.com."));
    EXPECT_THAT(records("$GENERATE 1-1 t$ TXT \"\\\"a b $\\\" c$ \\$ $$ ; comment\"\n"),
                ElementsAre("t1 300 TXT \"a b 1\" \"c1\" \"$\" \"$\""));
}

TEST(Generate, OwnerAndOriginStay) {
    EXPECT_THAT(records("x 60 A 192.0.2.1\n$ORIGIN sub\n$GENERATE 1-2 a$ CNAME b$\n TXT y\n"),
                UnorderedElementsAre("x 60 A 192.0.2.1", "x 60 TXT \"y\"",
                                     "a1.sub 60 CNAME b1.sub.example.com.",
                                     "a2.sub 60 CNAME b2.sub.example.com."));
}

TEST(Generate, Errors) {
    const std::string usage =
        " values; expected START-STOP[/STEP] OWNER [TTL] [CLASS] TYPE DATA, with DATA of several "
        "fields in quotes";
    const std::string no_range = " is not a range; expected START-STOP[/STEP], ascending";
    const std::string modifier =
        " has a bad ${...}; expected ${OFFSET[,WIDTH[,BASE]]} with a WIDTH of at most 127 and a "
        "BASE of d, o, x, X, n or N";
    const std::string quotes =
        " is neither a TTL nor a class; expected DATA of several fields in quotes";
    const std::pair<std::string, std::string> cases[] = {
        {"1-2 a$ A", "$GENERATE has 3" + usage},
        {"1-2 a$ 60 IN MX 10 mail$", "$GENERATE has 7" + usage},
        {"1-2 a$ MX 10 mail$", "\"MX\"" + quotes},
        {"1 a$ A 192.0.2.1", "\"1\"" + no_range},
        {"3-1 a$ A 192.0.2.1", "\"3-1\"" + no_range},
        {"1-3/0 a$ A 192.0.2.1", "\"1-3/0\"" + no_range},
        {"1/3-4 a$ A 192.0.2.1", "\"1/3-4\"" + no_range},
        {"-1-3 a$ A 192.0.2.1", "\"-1-3\"" + no_range},
        {"1-2147483648 a$ A 192.0.2.1", "\"1-2147483648\"" + no_range},
        {"0-1048576 a$ A 192.0.2.1",
         "\"0-1048576\" makes more than 1048576 records, the most of one line"},
        {"1-2 \"a$\" A 192.0.2.1", "\"a$\" is in quotes; expected an owner without them"},
        {"1-2 a${1 A 192.0.2.1", "\"a${1\"" + modifier},
        {"1-2 a${} A 192.0.2.1", "\"a${}\"" + modifier},
        {"1-2 a${1,} A 192.0.2.1", "\"a${1,}\"" + modifier},
        {"1-2 a${1,128} A 192.0.2.1", "\"a${1,128}\"" + modifier},
        {"1-2 a${1,2,q} A 192.0.2.1", "\"a${1,2,q}\"" + modifier},
        {"1-2 a${2147483647} A 192.0.2.1",
         "\"a${2147483647}\" gives 2147483648; expected at most 2147483647"},
        {"1-2 a${0,64} A 192.0.2.1",
         "\"a" + std::string(59, '0') + "...\" is not a domain name: Label length overflow"},
        {"254-256 a$ A 192.0.2.$", "\"192.0.2.256\" is not an IPv4 address"},
        {"1-2 b CNAME a$", "a second CNAME at \"b.example.com.\"; expected only one"},
        {"1-2 a$.example.org. A 192.0.2.1",
         "owner \"a1.example.org.\" is outside the zone \"example.com.\""},
        {"1-2 a$ TXT \"(\"", "\"(\" is never closed; expected a \")\" before the end"},
        {"1-2 a$ TXT \"\"", "TXT has no data after it"},
    };
    for (const auto& [line, message] : cases) {
        EXPECT_EQ(error_of("\n$GENERATE " + line + "\n"), "test.zone:4: " + message) << line;
    }
}

}  // namespace
}  // namespace apex::control
