// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What is checked once a zone is complete, and what may stand together at an
// owner: every error and every warning of docs/zone-checks.md that is not a matter
// of one line's syntax.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/zone/name_text.hh"
#include "control/zone/zone.hh"

namespace apex::control {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// So that a case's own text begins on line 3.
const std::string base =
    "@ 60 SOA ns.example.net. admin 7 7200 3600 1w 300\n@ 60 NS ns.example.net.\n";

/// The error, or else every warning, without the name of the file.
std::vector<std::string> remarks(const std::string& text, Flatten flatten = Flatten::apex) {
    ZoneConfig config;
    config.name = *parse_name("example.com");
    config.file = "z";
    config.flatten = flatten;
    const auto zone = parse_zone(base + text, config, wire::RrType::alias);
    if (!zone) return {"error " + zone.error().to_string().substr(2)};
    std::vector<std::string> shown;
    for (const Error& warning : zone->warnings) shown.push_back(warning.to_string().substr(2));
    return shown;
}

TEST(ZoneChecks, NothingBelowADname) {
    const std::string below = " is below a DNAME; nothing may be there (RFC 6672 2.4)";
    EXPECT_THAT(remarks("d 60 DNAME example.net.\nx.d 60 A 192.0.2.1\nw.d 60 A 192.0.2.1\n"),
                ElementsAre("error 4: owner \"x.d.example.com.\"" + below));
    EXPECT_THAT(remarks("a.b.d 60 TXT x\nd 60 DNAME example.net.\n"),
                ElementsAre("error 3: owner \"a.b.d.example.com.\"" + below));
    EXPECT_THAT(remarks("@ 60 DNAME example.net.\nx 60 A 192.0.2.1\n"),
                ElementsAre("error 4: owner \"x.example.com.\"" + below));
    EXPECT_THAT(remarks("d 60 DNAME example.net.\nd 60 A 192.0.2.1\nxd 60 A 192.0.2.1\n"),
                IsEmpty());
    EXPECT_THAT(
        remarks("@ 60 DNAME example.net.\n2vptu5timamqttgl4luu9kg21e0aor3s 60 NSEC3 1 1 0 - "
                "2vptu5timamqttgl4luu9kg21e0aor3s DNAME\n"),
        IsEmpty());
}

TEST(ZoneChecks, OneOfAKind) {
    EXPECT_THAT(remarks("d 60 DNAME a.\nd 60 DNAME A.\nd 60 DNAME b.\n"),
                ElementsAre("error 5: a second DNAME at \"d.example.com.\"; expected only one"));
    EXPECT_THAT(remarks("d 60 DNAME a.\nd 60 CNAME b.\n"),
                ElementsAre("error 4: CNAME beside DNAME at \"d.example.com.\"; a CNAME allows no "
                            "other data (RFC 1034 3.6.2)"));
    // Signatures stand beside a CNAME (RFC 4035 §2.5), in either order.
    const std::string signatures =
        "c 60 NSEC d CNAME RRSIG NSEC\nc 60 RRSIG CNAME 13 3 60 20300101000000 20200101000000 1 @ "
        "AQID\n";
    EXPECT_THAT(remarks("c 60 CNAME a.\n" + signatures), IsEmpty());
    EXPECT_THAT(remarks(signatures + "c 60 CNAME a.\n"), IsEmpty());
    EXPECT_THAT(remarks(signatures + "c 60 CNAME a.\nc 60 A 192.0.2.1\n"),
                ElementsAre(testing::StartsWith("error 6: CNAME beside A at ")));
}

TEST(ZoneChecks, DelegationsAnswerForTheWholeName) {
    const std::string at = " beside NS at \"s.example.com.\"; a delegation answers for all types";
    EXPECT_THAT(remarks("s 60 NS a.\ns 60 ALIAS b.\n"), ElementsAre("error 4: ALIAS" + at));
    EXPECT_THAT(remarks("s 60 ALIAS b.\ns 60 NS a.\n"), ElementsAre("error 4: ALIAS" + at));
    EXPECT_THAT(remarks("s 60 CNAME b.\ns 60 NS a.\n", Flatten::all),
                ElementsAre("error 4: ALIAS" + at));
    EXPECT_THAT(remarks("s 60 NS a.\ns 60 DNAME b.\n"), ElementsAre("error 4: DNAME" + at));
    EXPECT_THAT(remarks("@ 60 ALIAS b.\n"), IsEmpty());
    EXPECT_THAT(remarks("@ 60 DNAME b.\n"), IsEmpty());
    EXPECT_THAT(remarks("s 60 NS a.\ns 60 A 192.0.2.1\ns 60 TXT x\n"), IsEmpty());
}

TEST(ZoneChecks, Wildcards) {
    EXPECT_THAT(
        remarks("*.w 60 NS a.\n"),
        ElementsAre("error 3: NS at the wildcard \"*.w.example.com.\"; what it means is not "
                    "defined (RFC 4592 4.2)"));
    EXPECT_THAT(remarks("*.w 60 A 192.0.2.1\n*.w 60 DNAME a.\n"),
                ElementsAre("4: DNAME at the wildcard \"*.w.example.com.\" redirects what is below "
                            "that name, not what it matches (RFC 6672 3.3)"));
    EXPECT_THAT(remarks("w.* 60 NS a.\n"), IsEmpty());
}

TEST(ZoneChecks, Glue) {
    const std::string no_glue = " has no address; a name below the delegation needs glue";
    EXPECT_THAT(remarks("s 60 NS a.s\ns 60 NS b.s\nb.s 60 AAAA ::1\n"),
                ElementsAre("3: NS of \"s.example.com.\": \"a.s.example.com.\"" + no_glue));
    EXPECT_THAT(remarks("s 60 NS s\n"),
                ElementsAre("3: NS of \"s.example.com.\": \"s.example.com.\"" + no_glue));
    EXPECT_THAT(remarks("s 60 NS s\ns 60 A 192.0.2.1\n"), IsEmpty());
    // Another zone's names are no business of this one.
    EXPECT_THAT(remarks("s 60 NS a.example.net.\ns 60 NS b.t\nt 60 NS a.example.net.\n"),
                IsEmpty());
    // An ALIAS is no glue.
    EXPECT_THAT(remarks("s 60 NS a.s\na.s 60 ALIAS a.\n"),
                ElementsAre("3: NS of \"s.example.com.\": \"a.s.example.com.\"" + no_glue));
    // Below a cut that is below a cut.
    EXPECT_THAT(remarks("s 60 NS a.example.net.\nu.s 60 NS a.u.s\n"), IsEmpty());
}

TEST(ZoneChecks, NameServersOfTheZone) {
    const std::string missing = " has no address in the zone";
    EXPECT_THAT(remarks("@ 60 NS ns1\n"),
                ElementsAre("2: NS of \"example.com.\": \"ns1.example.com.\"" + missing));
    EXPECT_THAT(remarks("s 60 NS Ns1\nns1 60 TXT x\n"),
                ElementsAre("3: NS of \"s.example.com.\": \"ns1.example.com.\"" + missing));
    EXPECT_THAT(remarks("@ 60 NS ns1\nNS1 60 A 192.0.2.1\n"), IsEmpty());
    EXPECT_THAT(remarks("@ 60 NS ns1\nns1 60 ALIAS a.\n"), IsEmpty());
    EXPECT_THAT(remarks("@ 60 NS @\n@ 60 A 192.0.2.1\n"), IsEmpty());
    EXPECT_THAT(remarks("@ 60 NS a.b.w\n*.w 60 A 192.0.2.1\n"), IsEmpty());
    EXPECT_THAT(remarks("@ 60 NS a.w\n*.w 60 A 192.0.2.1\nx.a.w 60 A 192.0.2.1\n"),
                ElementsAre("2: NS of \"example.com.\": \"a.w.example.com.\"" + missing));
}

TEST(ZoneChecks, TargetsThatAreCnames) {
    const std::string cname = " is a CNAME; expected a name with addresses of its own (RFC ";
    const std::string text =
        "c 60 CNAME x.\nm 60 MX 10 c\nm 60 MX 20 x.\ns 60 NS c\nv 60 SRV 1 2 3 C\n"
        "w 60 MX 10 a.z\n*.z 60 CNAME x.\n";
    EXPECT_THAT(
        remarks(text),
        ElementsAre("4: MX of \"m.example.com.\": \"c.example.com.\"" + cname + "2181 10.3)",
                    "6: NS of \"s.example.com.\": \"c.example.com.\"" + cname + "2181 10.3)",
                    "7: SRV of \"v.example.com.\": \"c.example.com.\"" + cname + "2782)",
                    "8: MX of \"w.example.com.\": \"a.z.example.com.\"" + cname + "2181 10.3)"));
    EXPECT_THAT(remarks(text, Flatten::all), IsEmpty());
    EXPECT_THAT(remarks("m 60 MX 0 .\nv 60 SRV 0 0 0 .\n"), IsEmpty());
    EXPECT_THAT(remarks("m 60 MX 10 a.b.d\nd 60 DNAME a.\n"),
                ElementsAre("3: MX of \"m.example.com.\": \"a.b.d.example.com.\" is below a DNAME; "
                            "expected a name with addresses of its own (RFC 2181 10.3)"));
    EXPECT_THAT(remarks("m 60 MX 10 d\nd 60 DNAME a.\nd 60 A 192.0.2.1\n"), IsEmpty());
}

TEST(ZoneChecks, TargetsThatDoNotExist) {
    const std::string missing = " has no address in the zone";
    EXPECT_THAT(remarks("m 60 MX 10 nowhere\nv 60 SRV 1 2 3 t\nt 60 TXT x\n"),
                ElementsAre("3: MX of \"m.example.com.\": \"nowhere.example.com.\"" + missing,
                            "4: SRV of \"v.example.com.\": \"t.example.com.\"" + missing));
    EXPECT_THAT(remarks("m 60 MX 10 a.w\n*.w 60 AAAA ::1\n"), IsEmpty());
    EXPECT_THAT(remarks("m 60 MX 10 b\nb 60 ALIAS a.\n"), IsEmpty());
    // Another zone's, delegated or not.
    EXPECT_THAT(remarks("m 60 MX 10 a.s\ns 60 NS a.\nn 60 MX 10 mail.example.net.\n"), IsEmpty());
}

TEST(ZoneChecks, TargetsThatAreAddresses) {
    const std::string address = " is an address; expected a host name";
    EXPECT_THAT(
        remarks("m 60 MX 10 192.0.2.1\nn 60 MX 10 192.0.2.1.\ns 60 NS 2001:db8::1\nt 60 NS ::1.\n"),
        ElementsAre("3: MX of \"m.example.com.\": \"192.0.2.1.example.com.\"" + address,
                    "4: MX of \"n.example.com.\": \"192.0.2.1.\"" + address,
                    "5: NS of \"s.example.com.\": \"2001:db8::1.example.com.\"" + address,
                    "6: NS of \"t.example.com.\": \"::1.\"" + address));
    EXPECT_THAT(remarks("m 60 MX 10 1.2.0.192.in-addr.arpa.\nn 60 MX 10 192.0.2.256.\no 60 MX 10 "
                        "192.0.2.\n"),
                IsEmpty());
}

TEST(ZoneChecks, WarningsAreInTheOrderOfTheText) {
    EXPECT_THAT(remarks("m 60 MX 10 192.0.2.1.\nx 60 A 192.0.2.1\nx 50 A 192.0.2.2\ns 60 NS s\n"),
                ElementsAre(testing::StartsWith("3: MX of"), testing::StartsWith("5: TTL 50"),
                            testing::StartsWith("6: NS of")));
}

TEST(ZoneChecks, NamesAndTextAtTheirLimits) {
    const std::string label(63, 'a');
    EXPECT_THAT(remarks(label + " 60 A 192.0.2.1\n"), IsEmpty());
    EXPECT_THAT(remarks(label + "a 60 A 192.0.2.1\n"),
                ElementsAre("error 3: \"" + std::string(60, 'a') +
                            "...\" is not a domain name: Label length overflow"));
    // 255 octets, 127 labels and an origin of 13 octets.
    std::string longest;
    for (int i = 0; i < 121; ++i) longest += "a.";
    EXPECT_THAT(remarks(longest + "example.com. 60 A 192.0.2.1\n"), IsEmpty());
    EXPECT_THAT(remarks("b." + longest + "example.com. 60 A 192.0.2.1\n"),
                ElementsAre(testing::StartsWith("error 3: \"b.a.a.a.")));
    EXPECT_THAT(remarks("a 2147483647 A 192.0.2.1"), IsEmpty());
    EXPECT_THAT(remarks("a 60 A 192.0.2"),
                ElementsAre("error 3: \"192.0.2\" is not an IPv4 address"));
    EXPECT_THAT(remarks("a\\000\\255\\.\\032b 60 TXT \\\"x\\\"\r\n\r\n; the end\r\n"), IsEmpty());
}

}  // namespace
}  // namespace apex::control
