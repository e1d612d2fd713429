// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Zone text that must be refused: the complete message for each, with its line.
#include <gtest/gtest.h>

#include "control/zone/name_text.hh"
#include "control/zone/zone.hh"

namespace apex::control {
namespace {

/// Two lines that every zone needs, so that a case's own text begins on line 3.
const std::string base = "@ 3600 IN SOA ns1 admin 7 7200 3600 1w 300\n@ 3600 IN NS ns1\n";

std::string error_of(const std::string& text) {
    ZoneConfig config;
    config.name = *parse_name("example.com");
    config.file = "test.zone";
    const auto zone = parse_zone(text, config, wire::RrType::alias);
    return zone ? "no error" : zone.error().to_string();
}

struct BadCase {
    const char* text;
    const char* message;
};

TEST(ZoneErrors, BadStructure) {
    const BadCase cases[] = {
        {"  60 A 192.0.2.1\n",
         "test.zone:1: the first record has no owner; expected a name at the start of the line"},
        {"a\n", "test.zone:1: the line has no record type; expected OWNER [TTL] [IN] TYPE DATA"},
        {"a 60 IN\n",
         "test.zone:1: the line has no record type; expected OWNER [TTL] [IN] TYPE DATA"},
        {"\n\na 60 CH A 192.0.2.1\n", "test.zone:3: class \"CH\"; only class IN is served"},
        {"a 60 CLASS3 A 192.0.2.1\n", "test.zone:1: class \"CLASS3\"; only class IN is served"},
        {"a 2147483648 A 192.0.2.1\n",
         "test.zone:1: \"2147483648\" is not a TTL; expected seconds or one such as 1h30m, at most "
         "2147483647 s"},
        {"a 1x A 192.0.2.1\n",
         "test.zone:1: \"1x\" is not a TTL; expected seconds or one such as 1h30m, at most "
         "2147483647 s"},
        {"$TTL 68y\n",
         "test.zone:1: \"68y\" is not a TTL; expected seconds or one such as 1h30m, at most "
         "2147483647 s"},
        {"$TTL\n", "test.zone:1: $TTL has 0 values; expected one"},
        {"$ORIGIN a b\n", "test.zone:1: $ORIGIN has 2 values; expected one"},
        {"$ORIGIN a..b\n", "test.zone:1: \"a..b\" is not a domain name: Empty label"},
        {"$INCLUDE other.zone\n",
         "test.zone:1: $INCLUDE in text that no file holds; expected none"},
        {"$FOO\n",
         "test.zone:1: directive \"$FOO\" is not supported; known are $GENERATE, $INCLUDE, $ORIGIN "
         "and $TTL"},
        {"a 60 FOO x\n",
         "test.zone:1: \"FOO\" is not a record type; expected one such as A or TYPE65401"},
        {"a 60 TYPE65536 x\n",
         "test.zone:1: \"TYPE65536\" is not a record type; expected one such as A or TYPE65401"},
        {"a 60 \"A\" 192.0.2.1\n",
         "test.zone:1: \"A\" is not a record type; expected one such as A or TYPE65401"},
        {"a 60 ANY x\n", "test.zone:1: \"ANY\" is a type for queries; it cannot stand in a zone"},
        {"a 60 OPT \\# 0\n",
         "test.zone:1: \"OPT\" is a type for queries; it cannot stand in a zone"},
        {"\"a\" 60 A 192.0.2.1\n",
         "test.zone:1: \"a\" is in quotes; expected a domain name without them"},
        {"a\\1 60 A 192.0.2.1\n",
         "test.zone:1: \"a\\1\" has a bad escape; expected \\000 to \\255"},
        {"a\\256 60 A 192.0.2.1\n",
         "test.zone:1: \"a\\256\" has a bad escape; expected \\000 to \\255"},
        {"a ( 60 A 192.0.2.1\n",
         "test.zone:1: \"(\" is never closed; expected a \")\" before the end"},
        {"a 60 TXT \"b\n", "test.zone:1: a quoted string is not closed on its line; expected '\"'"},
    };
    for (const BadCase& c : cases) EXPECT_EQ(error_of(c.text), c.message) << c.text;
}

TEST(ZoneErrors, BadRdata) {
    const BadCase cases[] = {
        {"A", "test.zone:3: A has no data after it"},
        {"A 192.0.2", "test.zone:3: \"192.0.2\" is not an IPv4 address"},
        {"A 192.0.2.1 5", "test.zone:3: \"5\" is more than A takes"},
        {"A \"192.0.2.1\"", "test.zone:3: \"192.0.2.1\" is in quotes; expected it without"},
        {"AAAA 192.0.2.1", "test.zone:3: \"192.0.2.1\" is not an IPv6 address"},
        {"MX 10", "test.zone:3: MX has 1 field; expected 2"},
        {"MX 70000 a", "test.zone:3: \"70000\" is not a number from 0 to 65535"},
        {"MX -1 a", "test.zone:3: \"-1\" is not a number from 0 to 65535"},
        {"MX 10 a..b", "test.zone:3: \"a..b\" is not a domain name: Empty label"},
        {"NS \"a\"", "test.zone:3: \"a\" is in quotes; expected a domain name without them"},
        {"SOA a b 4294967296 1 1 1 1",
         "test.zone:3: \"4294967296\" is not a number from 0 to 4294967295"},
        {"SOA a b 1 1y 1 1 1",
         "test.zone:3: \"1y\" is not a time; expected seconds or one such as 1h30m"},
        {"TXT a\"b\"", "test.zone:3: \"a\"b\"\" has a quote inside; expected it without"},
        {"CAA 256 issue \"x\"", "test.zone:3: \"256\" is not a number from 0 to 255"},
        {"CAA 0 is-sue \"x\"", "test.zone:3: \"is-sue\" is not a tag of letters and digits"},
        {"DS 1 13 2 012", "test.zone:3: \"012\" is not hexadecimal"},
        {"DS 1 13 2 0x", "test.zone:3: \"0x\" is not hexadecimal"},
        {"DNSKEY 257 3 13 A!", "test.zone:3: \"A!\" is not base64"},
        {"RRSIG A 13 2 1 soon soon 1 a. AQID",
         "test.zone:3: \"soon\" is not a time as YYYYMMDDHHMMSS"},
        {"NSEC \"a\" A", "test.zone:3: \"a\" is in quotes; expected it without"},
        {"NSEC3 1 1 70000 - 2vptu5timamqttgl4luu9kg21e0aor3s A",
         "test.zone:3: \"70000\" is not a number from 0 to 65535"},
        {"LOC here",
         "test.zone:3: LOC data \"here\": Syntax error, could not parse the RR's rdata"},
        {"ALIAS a b", "test.zone:3: ALIAS has 2 fields; expected one domain name"},
        {"ANAME a..b", "test.zone:3: \"a..b\" is not a domain name: Empty label"},
        {"TYPE65401 a", "test.zone:3: TYPE65401 has \"a\"; expected RFC 3597 data: \\# LENGTH HEX"},
        {"TYPE65300 a", "test.zone:3: TYPE65300 has \"a\"; expected RFC 3597 data: \\# LENGTH HEX"},
        {"TYPE65300 \\#", "test.zone:3: \"\\#\" without a length; expected \\# LENGTH HEX"},
        {"TYPE65300 \\# 65536", "test.zone:3: \"\\#\" without a length; expected \\# LENGTH HEX"},
        {"TYPE65300 \\# 2 ab", "test.zone:3: \"\\# 2\" has 2 hexadecimal digits; expected 4"},
        {"TYPE65300 \\# 1 abc", "test.zone:3: \"\\# 1\" has 3 hexadecimal digits; expected 2"},
        {"TYPE65300 \\# 1 xy", "test.zone:3: \"xy\" is not hexadecimal"},
        {"A \\# 3 010203", "test.zone:3: the octets after \\# are not A data"},
        {"A \\# 0", "test.zone:3: the octets after \\# are not A data"},
        {"NS \\# 4 0161c000", "test.zone:3: the octets after \\# are not NS data"},
        {"TYPE65401 \\# 0",
         "test.zone:3: ALIAS data is not one name; expected exactly one uncompressed name"},
        {"TYPE65401 \\# 4 01610000",
         "test.zone:3: ALIAS data is not one name; expected exactly one uncompressed name"},
        {"ALIAS \\# 2 c000",
         "test.zone:3: ALIAS data is not one name; expected exactly one uncompressed name"},
    };
    for (const BadCase& c : cases) {
        EXPECT_EQ(error_of(base + "x 60 " + c.text + "\n"), c.message) << c.text;
    }
    EXPECT_EQ(
        error_of(base + "x 60 TXT \"" + std::string(256, 'a') + "\"\n"),
        "test.zone:3: \"" + std::string(60, 'a') + "...\" is not a string of at most 255 octets");
}

TEST(ZoneErrors, NamesThatTheOriginMakesTooLong) {
    std::string name;  // 4 labels of 61 octets: 248 of wire, 261 with the origin
    for (int i = 0; i < 4; ++i) name += (i > 0 ? "." : "") + std::string(61, 'a');
    const std::string quoted = "\"" + name.substr(0, 60) + "...\"";
    const std::string message =
        " is not a domain name: with the origin it is longer than 255 octets";
    EXPECT_EQ(error_of(base + name + " 60 A 192.0.2.1\n"), "test.zone:3: " + quoted + message);
    EXPECT_EQ(error_of(base + "a 60 NS " + name + "\n"), "test.zone:3: " + quoted + message);
    EXPECT_EQ(error_of(base + "a 60 ALIAS " + name + "\n"), "test.zone:3: " + quoted + message);
    EXPECT_EQ(error_of(base + "a 60 NSEC " + name + " A\n"), "test.zone:3: " + quoted + message);
}

TEST(ZoneErrors, BadTogether) {
    const BadCase cases[] = {
        {"", "test.zone: no SOA record; expected one at \"example.com.\""},
        {"a 60 A 192.0.2.1\n", "test.zone: no SOA record; expected one at \"example.com.\""},
        {"\n@ 60 SOA a b 1 1 1 1 1\n",
         "test.zone:2: no NS record beside this SOA; expected at least one at \"example.com.\""},
        {"@ 60 SOA a b 1 1 1 1 1\n@ 60 SOA a b 2 1 1 1 1\n",
         "test.zone:2: a second SOA at \"example.com.\"; expected only one"},
        {"sub 60 SOA a b 1 1 1 1 1\n",
         "test.zone:1: SOA at \"sub.example.com.\"; expected it at the apex \"example.com.\""},
        {"@ 60 NS a\nwww.example.org. 60 A 192.0.2.1\n",
         "test.zone:2: owner \"www.example.org.\" is outside the zone \"example.com.\""},
        {"com. 60 A 192.0.2.1\n",
         "test.zone:1: owner \"com.\" is outside the zone \"example.com.\""},
        {"a 60 CNAME b\na 60 A 192.0.2.1\n",
         "test.zone:2: CNAME beside A at \"a.example.com.\"; a CNAME allows no other data (RFC "
         "1034 "
         "3.6.2)"},
        {"a 60 A 192.0.2.1\na 60 CNAME b\n",
         "test.zone:2: CNAME beside A at \"a.example.com.\"; a CNAME allows no other data (RFC "
         "1034 "
         "3.6.2)"},
        {"a 60 CNAME b\n 60 ALIAS c\n",
         "test.zone:2: CNAME beside ALIAS at \"a.example.com.\"; a CNAME allows no other data (RFC "
         "1034 "
         "3.6.2)"},
        {"a 60 CNAME b\na 60 CNAME c\n",
         "test.zone:2: a second CNAME at \"a.example.com.\"; expected only one"},
    };
    for (const BadCase& c : cases) EXPECT_EQ(error_of(c.text), c.message) << c.text;
}

TEST(ZoneErrors, RrsetThatFitsNoMessage) {
    // A TXT record of three full strings is 12 + 768 octets; 83 of them are 64,740.
    std::string text = base;
    const std::string tail = std::string(" 60 TXT \"") + std::string(251, 'x') + "\" \"" +
                             std::string(255, 'x') + "\" \"" + std::string(255, 'x') + "\"\n";
    const auto record = [&](int i) {
        std::string line = tail;
        line.replace(line.find('x'), 0, std::to_string(1000 + i));
        return "a" + line;
    };
    for (int i = 0; i < 83; ++i) text += record(i);
    EXPECT_EQ(error_of(text), "no error");
    EXPECT_EQ(
        error_of(text + record(83)),
        "test.zone:86: the TXT records of \"a.example.com.\" exceed 65000 octets, more than a "
        "message holds");
}

}  // namespace
}  // namespace apex::control
