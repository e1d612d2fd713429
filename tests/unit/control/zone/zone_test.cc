// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Zone text to Zone: what records become.
#include "control/zone/zone.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "control/zone/name_text.hh"

namespace apex::control {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

constexpr auto alias = wire::RrType::alias;

ZoneConfig zone_config(Flatten flatten = Flatten::apex, const std::string& name = "example.com") {
    ZoneConfig config;
    config.name = *parse_name(name);
    config.file = "test.zone";
    config.flatten = flatten;
    return config;
}

/// Two lines that every zone needs, so that a case's own text begins on line 3.
const std::string base =
    "@ 3600 IN SOA ns1 admin 7 7200 3600 1w 300\n@ 3600 IN NS ns1.example.net.\n";

std::string error_of(const std::string& text, Flatten flatten = Flatten::apex) {
    const auto zone = parse_zone(text, zone_config(flatten), alias);
    return zone ? "no error" : zone.error().to_string();
}

Zone good(const std::string& text, Flatten flatten = Flatten::apex) {
    auto zone = parse_zone(text, zone_config(flatten), alias);
    if (!zone) ADD_FAILURE() << zone.error().to_string() << "\n" << text;
    return zone ? std::move(*zone) : Zone{};
}

/// "OWNER TTL TYPE RDATA" of every record but the two of `base`, "OWNER" for an
/// empty non-terminal.
std::vector<std::string> records(const Zone& zone) {
    std::vector<std::string> lines;
    for (const auto& [name, owner] : zone.owners) {
        if (owner.rrsets.empty()) lines.push_back(to_text(name));
        for (const Rrset& set : owner.rrsets) {
            for (const std::string& rdata : set.rdata) {
                const std::string line = to_text(name) + " " + std::to_string(set.ttl) + " " +
                                         type_text(set.type, alias) + " " +
                                         rdata_text(set.type, rdata, alias);
                const bool in_base = set.type == wire::RrType::soa ||
                                     line == "example.com. 3600 NS ns1.example.net.";
                if (!in_base) lines.push_back(line);
            }
        }
    }
    return lines;
}

TEST(Zone, OwnersTtlsAndClasses) {
    const Zone zone = good(
        "$TTL 1h30m\n"
        "$ORIGIN example.com.\n"
        "@ IN SOA ns1 admin 7 7200 3600 1w 300 ; comment\n"
        "\t3600 NS ns1.example.net.\n"
        "a 60 IN A 192.0.2.1\n"
        "b IN 61 A 192.0.2.2\r\n"
        "C in A 192.0.2.3\n"
        "d CLASS1 2M a 192.0.2.4\n"
        " AAAA 2001:db8::4\n"
        "in IN A 192.0.2.5\n"
        "alias ALIAS cdn.example.net.\n"
        "3600 A 192.0.2.6\n"
        "$ORIGIN Sub\n"
        " TXT \"still at 3600\"\n"
        "3600 A 192.0.2.7\n"
        "$ttl 5\n"
        "@ MX ( 10\n"
        "   mail ) ; joined\n"
        "abs.example.com. A 192.0.2.8");
    EXPECT_THAT(
        records(zone),
        UnorderedElementsAre(
            "a.example.com. 60 A 192.0.2.1", "b.example.com. 61 A 192.0.2.2",
            "c.example.com. 5400 A 192.0.2.3", "d.example.com. 120 A 192.0.2.4",
            "d.example.com. 5400 AAAA 2001:db8::4", "in.example.com. 5400 A 192.0.2.5",
            "alias.example.com. 5400 ALIAS cdn.example.net.", "3600.example.com. 5400 A 192.0.2.6",
            "3600.example.com. 5400 TXT \"still at 3600\"",
            "3600.sub.example.com. 5400 A 192.0.2.7",
            "sub.example.com. 5 MX 10 mail.Sub.example.com.", "abs.example.com. 5 A 192.0.2.8"));
    EXPECT_EQ(zone.record_count, 14U);
    EXPECT_EQ(zone.apex, *parse_name("example.com"));
    EXPECT_EQ(zone.file, "test.zone");
    EXPECT_EQ(zone.warnings.size(), 1U) << "of the MX, whose target has no address";
}

TEST(Zone, TtlWithoutDirective) {
    // RFC 1035 5.1: the last one written.
    EXPECT_THAT(
        records(good(base + "a A 192.0.2.1\nb 60 A 192.0.2.2\nc A 192.0.2.3\n")),
        UnorderedElementsAre("a.example.com. 3600 A 192.0.2.1", "b.example.com. 60 A 192.0.2.2",
                             "c.example.com. 60 A 192.0.2.3"));
    // None written: the SOA's MINIMUM, for the SOA as well.
    const Zone zone = good("@ SOA ns1 admin 7 7200 3600 1w 300\n@ NS ns1\nns1 A 192.0.2.1\n");
    EXPECT_EQ(zone.apex_owner().find(wire::RrType::soa)->ttl, 300U);
    EXPECT_EQ(zone.owners.at(*parse_name("ns1.example.com")).rrsets[0].ttl, 300U);
    EXPECT_EQ(error_of("@ NS ns1\n"),
              "test.zone:1: the record has no TTL and none is known; expected $TTL before it");
    EXPECT_EQ(error_of("@ SOA ns1 admin 7 7200 3600 1w 4294967295\n"),
              "test.zone:1: the record has no TTL and none is known; expected $TTL before it");
}

TEST(Zone, SerialAndNegativeTtl) {
    const auto soa = [](const std::string& ttl, const std::string& minimum) {
        return good("@ " + ttl + " SOA . . 4294967295 0 0 0 " + minimum + "\n@ 1 NS ns1\n");
    };
    EXPECT_EQ(soa("60", "300").serial(), 4294967295U);
    EXPECT_EQ(soa("60", "300").negative_ttl(), 60U);
    EXPECT_EQ(soa("3600", "5m").negative_ttl(), 300U);
}

TEST(Zone, RdataOfManyTypes) {
    const char* lines[] = {
        "A 192.0.2.1",
        "TXT \"semi;colon (paren)\" \"q\\\"uote\" \"back\\\\slash\" \"\" \"\\000\\255\"",
        "TXT \""
        "\xc3\xa9"
        "\"",
        "CAA 0 issue \"letsencrypt.org\"",
        "SRV 1 2 65535 host.example.com.",
        "NAPTR 100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:a@b.c!\" .",
        "DS 12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "TLSA 3 1 1 0123456789abcdef",
        "NSEC host.example.com. A MX RRSIG NSEC TYPE1234",
        "APL 1:192.168.32.0/21 !1:192.168.38.0/28",
        "LOC 51 30 12.748 N 00 07 39.611 W 0m 1m 10000m 10m",
        "HTTPS 1 . alpn=h2,h3 port=443",
        "URI 10 1 \"ftp://ftp1.example.com/public\"",
        "HINFO \"a b\" \"c\"",
        "DNAME example.net.",
        "TYPE65300 \\# 3 abcdef",
        "TYPE65300 \\# 0",
        "RRSIG A 13 2 3600 20300101000000 20200101000000 12345 example.com. AQID",
    };
    for (const char* line : lines) {
        const auto shown = records(good(base + "x 60 " + line + "\n"));
        const std::string expected = "x.example.com. 60 " + std::string(line);
        if (line != std::string("TXT \"\xc3\xa9\"")) {
            EXPECT_THAT(shown, ElementsAre(expected));
        } else {
            EXPECT_THAT(shown, ElementsAre("x.example.com. 60 TXT \"\\195\\169\""));
        }
    }
    // Other spellings of the same data.
    const std::pair<const char*, const char*> spellings[] = {
        {"CAA 0 issue letsencrypt.org", "CAA 0 issue \"letsencrypt.org\""},
        {"TXT a\\ b ; c", "TXT \"a b\""},
        {"TXT \\\"a", "TXT \"\\\"a\""},
        {"NS a\\\"b", "NS a\"b.example.com."},
        {"A \\# 4 c0 0002 01", "A 192.0.2.1"},
        {"TYPE1 192.0.2.1", "A 192.0.2.1"},
        {"type1 \\# 4 C0000201", "A 192.0.2.1"},
        {"MX 010 @", "MX 10 example.com."},
        {"DS 1 13 2 ( 01 23\n 45 )", "DS 1 13 2 012345"},
        {"DNSKEY 257 3 13 AQ ID", "DNSKEY 257 3 13 AQID"},
        {"HTTPS 1 . alpn=\"h2,h3\"", "HTTPS 1 . alpn=h2,h3"},
        {"NS a\\.b\\046c", "NS a\\.b\\.c.example.com."},
    };
    for (const auto& [text, shown] : spellings) {
        EXPECT_THAT(records(good(base + "x 60 " + text + "\n")),
                    ElementsAre("x.example.com. 60 " + std::string(shown)));
    }
}

TEST(Zone, AliasInEverySpelling) {
    const Zone zone = good(base +
                           "@ 60 ALIAS CDN.example.net.\n"
                           "a 60 aname rel\n"
                           "b 60 TYPE65401 \\# 5 03 636e64 00\n"
                           "alias IN 60 ALIAS @\n"
                           "*.w 60 Alias .\n");
    EXPECT_THAT(records(zone),
                UnorderedElementsAre("example.com. 60 ALIAS cdn.example.net.",
                                     "a.example.com. 60 ALIAS rel.example.com.",
                                     "b.example.com. 60 ALIAS cnd.",
                                     "alias.example.com. 60 ALIAS example.com.",
                                     "*.w.example.com. 60 ALIAS .", "w.example.com."));
    EXPECT_THAT(zone.apex_owner().find(alias)->rdata[0],
                testing::StartsWith("\3CDN"));  // case kept in RDATA
    EXPECT_THAT(alias_targets(zone.apex_owner(), alias),
                ElementsAre(*parse_name("cdn.example.net")));
    EXPECT_TRUE(alias_targets(zone.owners.at(*parse_name("w.example.com")), alias).empty());

    const Zone two = good(base + "m 60 ALIAS b.\nm 60 ALIAS a.\nm 60 ALIAS B.\n");
    EXPECT_THAT(alias_targets(two.owners.at(*parse_name("m.example.com")), alias),
                ElementsAre(*parse_name("b"), *parse_name("a")));
}

TEST(Zone, AliasTypeIsConfigurable) {
    const auto other = static_cast<wire::RrType>(65280);
    const auto zone =
        parse_zone(base + "a 60 ALIAS b\na 60 TYPE65401 \\# 1 ff\n", zone_config(), other);
    ASSERT_TRUE(zone) << zone.error().to_string();
    const Owner& owner = zone->owners.at(*parse_name("a.example.com"));
    EXPECT_THAT(alias_targets(owner, other), ElementsAre(*parse_name("b.example.com")));
    EXPECT_EQ(owner.find(alias)->rdata[0], "\xff");
}

TEST(Zone, FlattenDecidesAboutCnames) {
    const std::string text = base + "@ 60 CNAME cdn.example.net.\n";
    EXPECT_THAT(records(good(text)), ElementsAre("example.com. 60 ALIAS cdn.example.net."));
    EXPECT_THAT(records(good(text, Flatten::all)),
                ElementsAre("example.com. 60 ALIAS cdn.example.net."));
    EXPECT_EQ(
        error_of(text, Flatten::none),
        "test.zone:3: CNAME at the apex \"example.com.\"; expected ALIAS, or \"flatten: apex\" in "
        "the configuration");
    const std::string below = base + "www 60 CNAME cdn.example.net.\n";
    EXPECT_THAT(records(good(below)), ElementsAre("www.example.com. 60 CNAME cdn.example.net."));
    EXPECT_THAT(records(good(below, Flatten::none)),
                ElementsAre("www.example.com. 60 CNAME cdn.example.net."));
    EXPECT_THAT(records(good(below, Flatten::all)),
                ElementsAre("www.example.com. 60 ALIAS cdn.example.net."));
    EXPECT_THAT(records(good(below + "www 60 TXT x\n", Flatten::all)), testing::SizeIs(2));
}

TEST(Zone, EmptyNonTerminals) {
    EXPECT_THAT(records(good(base + "a.b.c 60 A 192.0.2.1\nx.c 60 A 192.0.2.2\n")),
                UnorderedElementsAre("a.b.c.example.com. 60 A 192.0.2.1", "b.c.example.com.",
                                     "c.example.com.", "x.c.example.com. 60 A 192.0.2.2"));
    const auto root = parse_zone(". 60 SOA a. b. 1 2 3 4 5\n. 60 NS a.\nx.y. 60 A 192.0.2.1\n",
                                 zone_config(Flatten::apex, "."), alias);
    ASSERT_TRUE(root) << root.error().to_string();
    EXPECT_EQ(root->owners.size(), 3U);
}

TEST(Zone, DuplicatesAreDroppedSilently) {
    const Zone zone =
        good(base + "a 60 A 192.0.2.1\nA 60 A 192.0.2.1\nc 60 CNAME d\nc 60 CNAME D\n" + base);
    EXPECT_THAT(records(zone), UnorderedElementsAre("a.example.com. 60 A 192.0.2.1",
                                                    "c.example.com. 60 CNAME d.example.com."));
    EXPECT_EQ(zone.record_count, 4U);
    EXPECT_TRUE(zone.warnings.empty());
}

// As Knot and BIND do it; NSD takes HTTPS for one, too.
TEST(Zone, LettersInNamesMakeNoOtherRecord) {
    const Zone zone =
        good(base +
             "@ 60 MX 10 n\n@ 60 MX 10 N\n@ 60 MX 20 N\ns 60 SRV 1 2 3 n\ns 60 SRV 1 2 3 N\n"
             "r 60 RP n h\nr 60 RP N H\nk 60 KX 1 n\nk 60 KX 1 N\np 60 PX 1 n h\np 60 PX 1 N H\n"
             "p 60 AFSDB 1 n\np 60 AFSDB 1 N\nn 60 NAPTR 1 2 \"S\" \"x\" \"\" n\n"
             "n 60 NAPTR 1 2 \"S\" \"x\" \"\" N\nd 60 DNAME n\nd 60 DNAME N\n"
             "l 60 ALIAS n\nl 60 ALIAS N\n");
    EXPECT_EQ(zone.record_count, 2U + 2 + 1 + 1 + 1 + 2 + 1 + 1 + 1);
    const Zone others =
        good(base +
             "n 60 NAPTR 1 2 \"S\" \"x\" \"\" n\nn 60 NAPTR 1 2 \"s\" \"x\" \"\" n\n"
             "t 60 TXT n\nt 60 TXT N\nh 60 HTTPS 1 n\nh 60 HTTPS 1 N\n");
    EXPECT_EQ(others.record_count, 2U + 2 + 2 + 2);
    std::string soa = base;
    soa.replace(soa.find("SOA") + 4, 1, soa[soa.find("SOA") + 4] == 'n' ? "N" : "n");
    EXPECT_EQ(good(base + soa).record_count, 2U) << "the same SOA";
}

TEST(Zone, DifferingTtlsWarnOnceAndTheLowestIsServed) {
    const Zone zone = good(base + "a 60 A 192.0.2.1\na 30 A 192.0.2.2\na 90 A 192.0.2.3\n");
    EXPECT_THAT(records(zone), UnorderedElementsAre("a.example.com. 30 A 192.0.2.1",
                                                    "a.example.com. 30 A 192.0.2.2",
                                                    "a.example.com. 30 A 192.0.2.3"));
    ASSERT_EQ(zone.warnings.size(), 1U);
    EXPECT_EQ(zone.warnings[0].to_string(),
              "test.zone:4: TTL 30 differs from that of another A record at \"a.example.com.\"; "
              "the lower "
              "of 30 and 60 is served (RFC 2181 5.2)");
}

TEST(Zone, WarningsAreBounded) {
    std::string text = base;
    for (int i = 0; i < 103; ++i) {
        const std::string name = "n" + std::to_string(i);
        text += name + " 60 A 192.0.2.1\n" + name + " 30 A 192.0.2.2\n";
    }
    const Zone zone = good(text);
    ASSERT_EQ(zone.warnings.size(), 101U);
    EXPECT_EQ(zone.warnings.back().to_string(), "test.zone: 3 more warnings are not shown");
}

TEST(Zone, LoadsFromAFile) {
    ZoneConfig config = zone_config();
    config.file = testing::TempDir() + "apex-zone-test.zone";
    std::ofstream(config.file, std::ios::binary) << base << "a 60 A 192.0.2.1\n";
    const auto zone = load_zone(config, alias);
    ASSERT_TRUE(zone) << zone.error().to_string();
    EXPECT_EQ(zone->serial(), 7U);
    EXPECT_EQ(zone->file, config.file);

    std::filesystem::remove(config.file);
    const auto missing = load_zone(config, alias);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().to_string(),
              config.file.string() + ": cannot open: No such file or directory");
}

}  // namespace
}  // namespace apex::control
