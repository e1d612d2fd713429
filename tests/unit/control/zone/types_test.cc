// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// A record of every type that ldns knows: its RDATA octets must be those that
// ldns itself reads from the same text.
#include <gtest/gtest.h>

#include <ldns/ldns.h>

#include <algorithm>
#include <set>
#include <string>

#include "control/config/ldns_handle.hh"
#include "control/zone/name_text.hh"
#include "control/zone/zone.hh"

namespace apex::control {
namespace {

const std::string base =
    "@ 60 SOA ns.example.net. admin 7 7200 3600 1w 300\n@ 60 NS ns.example.net.\n";

/// Type and data of a record; names are relative to example.com.
const char* const records[] = {
    "A 192.0.2.1",
    "NS a.example.net.",
    "MD mail",
    "MF mail",
    "CNAME host",
    "MB mail",
    "MG mail",
    "MR mail.example.net.",
    "WKS 192.0.2.1 tcp smtp domain",
    "PTR host",
    "HINFO PC \"a system\"",
    "MINFO a b.example.net.",
    "MX 10 mail",
    "TXT \"a b\" c \"\\\"\\\\\\000;\"",
    "RP admin.example.net. @",
    "AFSDB 1 host",
    "X25 311061700956",
    "ISDN 150862028003217 004",
    "RT 10 relay",
    "NSAP 0x47000580005a0000000001e133ffffff00016100",
    "NSAP-PTR host",
    "SIG A 13 2 3600 20300101000000 20200101000000 12345 example.com. AQID",
    "KEY 256 3 13 AQIDBAUGBwg=",
    "PX 10 a b.example.net.",
    "GPOS -32.6882 116.8652 10.0",
    "AAAA 2001:db8::1",
    "LOC 51 30 12.748 N 00 07 39.611 W 0m 1m 10000m 10m",
    "NXT \\# 5 0161006000",
    "EID e32c6f78163a9348",
    "NIMLOC 32251a030067",
    "SRV 1 2 65535 host",
    "ATMA 39246f00e7c9c0312000100001000012345678",
    "NAPTR 100 10 \"u\" \"E2U+sip\" \"!^.*$!sip:a@b.c!\" .",
    "KX 10 host",
    "CERT PKIX 12345 8 AQIDBA==",
    "CERT 1 12345 RSASHA256 AQIDBA==",
    "DNAME example.net.",
    "SINK 1",
    "APL 1:192.168.32.0/21 !1:192.168.38.0/28 2:2001:db8::/32",
    "DS 12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "SSHFP 4 2 0123456789abcdef",
    "IPSECKEY 10 0 2 . AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==",
    "IPSECKEY 10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==",
    "IPSECKEY 10 2 2 2001:db8::1 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==",
    "IPSECKEY 10 3 2 gateway.example.net. AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==",
    "RRSIG A 13 2 3600 20300101000000 20200101000000 12345 example.com. AQID",
    "NSEC host.example.com. A MX RRSIG NSEC TYPE1234",
    "DNSKEY 257 3 ECDSAP256SHA256 AQIDBA==",
    "DHCID AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA=",
    "NSEC3 1 1 12 aabbccdd 2vptu5timamqttgl4luu9kg21e0aor3s MX RRSIG",
    "NSEC3 1 1 0 - 2vptu5timamqttgl4luu9kg21e0aor3s",
    "NSEC3PARAM 1 0 12 aabbccdd",
    "NSEC3PARAM 1 0 0 -",
    "TLSA 3 1 1 0123456789abcdef",
    "SMIMEA 3 1 1 0123456789abcdef",
    "HIP 2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cIvM4p "
    "rvs.example.net. r2",
    "HIP 2 200100107B1A74DF365639CC39F1D578 AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cIvM4p",
    "TALINK a b.example.net.",
    "CDS 12345 13 2 0123456789abcdef",
    "CDNSKEY 257 3 13 AQIDBA==",
    "OPENPGPKEY AQIDBA==",
    "CSYNC 66 3 A NS AAAA",
    "ZONEMD 7 1 1 "
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123"
    "456789abcdef",
    "SVCB 0 svc.example.net.",
    "SVCB 1 svc alpn=h2,h3 port=8443 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1",
    "SVCB 16 . mandatory=alpn,port alpn=h2 port=53 no-default-alpn ech=AQID key65333=abc",
    "HTTPS 0 pool",
    "HTTPS 1 . alpn=\"h2,h3\" ipv4hint=192.0.2.1",
    "SPF \"v=spf1 -all\"",
    "NID 10 0014:4fff:ff20:ee64",
    "L32 10 192.0.2.1",
    "L64 10 2001:0db8:1140:1000",
    "LP 10 l64",
    "EUI48 00-00-5e-00-53-2a",
    "EUI64 00-00-5e-ef-10-00-00-2a",
    "URI 10 1 \"ftp://ftp1.example.com/public\"",
    "CAA 0 issue \"letsencrypt.org\"",
    "DLV 12345 13 2 0123456789abcdef",
};

/// Types of which ldns has a name and no fields, so that RFC 3597 text is all
/// that either reads.
const char* const without_fields[] = {"NULL", "A6"};

std::string hexadecimal(std::string_view octets) {
    std::string text;
    for (const char c : octets) {
        constexpr std::string_view digits = "0123456789abcdef";
        text += digits[static_cast<unsigned char>(c) >> 4];
        text += digits[static_cast<unsigned char>(c) & 15];
    }
    return text;
}

/// Type and RDATA as this program reads them.
std::string ours(const std::string& record) {
    ZoneConfig config;
    config.name = *parse_name("example.com");
    config.file = "z";
    config.flatten = Flatten::none;
    const auto zone = parse_zone(base + "x 60 " + record + "\n", config, wire::RrType::alias);
    if (!zone) return zone.error().to_string();
    const Rrset& set = zone->owners.at(*parse_name("x.example.com")).rrsets[0];
    return std::to_string(wire::to_int(set.type)) + " " + hexadecimal(set.rdata[0]);
}

/// As ldns reads them and writes them to the wire.
std::string of_ldns(const std::string& record) {
    ldns_rr* raw = nullptr;
    const LdnsPtr<ldns_rdf> origin(ldns_dname_new_frm_str("example.com."));
    const ldns_status status =
        ldns_rr_new_frm_str(&raw, (". 60 IN " + record).c_str(), 0, origin.get(), nullptr);
    const LdnsPtr<ldns_rr> rr(raw);
    if (status != LDNS_STATUS_OK) return ldns_get_errorstr_by_id(status);
    std::uint8_t* octets = nullptr;
    std::size_t size = 0;
    if (ldns_rr2wire(&octets, rr.get(), LDNS_SECTION_ANSWER, &size) != LDNS_STATUS_OK) return "?";
    // The root as owner, TYPE, CLASS, TTL, RDLENGTH.
    const std::string rdata(reinterpret_cast<char*>(octets) + 11, size - 11);
    std::free(octets);
    return std::to_string(ldns_rr_get_type(rr.get())) + " " + hexadecimal(rdata);
}

TEST(Types, EveryTypeOfLdnsIsReadAsLdnsDoes) {
    for (const std::string record : records) EXPECT_EQ(ours(record), of_ldns(record)) << record;
}

TEST(Types, TypesWithoutFieldsTakeGenericText) {
    for (const std::string type : without_fields) {
        const std::string number =
            std::to_string(static_cast<unsigned>(ldns_get_rr_type_by_name(type.c_str())));
        EXPECT_EQ(ours(type + " \\# 3 abcdef"), number + " abcdef") << type;
        EXPECT_EQ(ours("TYPE" + number + " \\# 0"), number + " ") << type;
    }
}

TEST(Types, TheTableIsComplete) {
    std::set<unsigned>
        listed;  // Debian builds ldns 1.8 without AMTRELAY, DOA, NINFO, RKEY, TA and AVC
    const auto add = [&](const std::string& record) {
        const std::string type = record.substr(0, record.find(' '));
        listed.insert(static_cast<unsigned>(ldns_get_rr_type_by_name(type.c_str())));
    };
    for (const char* record : records) add(record);
    for (const char* type : without_fields) add(type);
    for (unsigned type = 1; type < 65536; ++type) {
        const LdnsPtr<char> name(ldns_rr_type2str(static_cast<ldns_rr_type>(type)));
        const bool known = !std::string_view(name.get()).starts_with("TYPE");
        const bool in_zones =
            type != LDNS_RR_TYPE_SOA && type != LDNS_RR_TYPE_OPT && (type < 128 || type > 255);
        EXPECT_EQ(listed.contains(type), known && in_zones) << name.get();
    }
}

TEST(Types, UnknownOnesAreGenericText) {
    EXPECT_EQ(ours("TYPE731 \\# 6 abcdef ( 01 23\n 45 )"), "731 abcdef012345");
    EXPECT_EQ(ours("type62347 CLASS1"),
              "z:3: type62347 has \"CLASS1\"; expected RFC 3597 data: \\# LENGTH HEX");
    EXPECT_EQ(ours("TYPE65280 \\# 0"), "65280 ");
    // RFC 3597 §5: a known type either way.
    EXPECT_EQ(ours("A \\# 4 c0000201"), ours("TYPE1 192.0.2.1"));
    EXPECT_EQ(ours("HTTPS \\# 3 000100"), ours("HTTPS 1 ."));
    const std::string most(2 * 60000, 'a');
    EXPECT_EQ(ours("TYPE65280 \\# 60000 " + most), "65280 " + most);
}

// ldns takes every name whose first label is "@" for the origin.
TEST(Types, NamesThatBeginWithAnAt) {
    for (const std::string name : {"\\@.a.", "\\064.a."}) {
        EXPECT_EQ(ours("HTTPS 0 " + name), "65 00000140016100");
        EXPECT_EQ(ours("NSEC " + name + " A"), "47 0140016100000140");
        EXPECT_EQ(ours("HIP 2 ABCD AQID " + name + " b."), "55 02020003abcd0102030140016100016200");
    }
    EXPECT_EQ(ours("HTTPS 0 @"), "65 0000076578616d706c6503636f6d00");
}

TEST(Types, ParametersOfSvcb) {
    for (const std::string record :
         {"HTTPS 0 svc", "HTTPS 1 . no-default-alpn alpn=h3", "HTTPS 1 . key65535=x",
          "HTTPS 1 . mandatory=ipv4hint,alpn alpn=h2 ipv4hint=192.0.2.1"}) {
        EXPECT_EQ(ours(record), of_ldns(record)) << record;
    }
    // However they are written, they are ascending on the wire.
    EXPECT_EQ(ours("HTTPS 1 . port=443 alpn=h2"), ours("HTTPS 1 . alpn=h2 port=443"));
    const std::string twice =
        " stands twice or behind a higher one; expected each once, ascending (RFC 9460 2.2)";
    const std::string malformed = " is malformed (RFC 9460 7, 8)";
    const std::string mandatory =
        "\"mandatory\" names a parameter that is not there, itself, or one twice (RFC 9460 8)";
    const std::pair<std::string, std::string> bad[] = {
        {"HTTPS 1 . port=1 port=2", "parameter key3" + twice},
        {"SVCB 1 . alpn=h2 alpn=h3", "parameter key1" + twice},
        {"HTTPS \\# 13 0001 00 0003 0002 0035 0001 0000", "parameter key1" + twice},
        {"HTTPS 1 . no-default-alpn",
         "\"no-default-alpn\" without \"alpn\"; expected both (RFC 9460 7.1.1)"},
        {"HTTPS 1 . mandatory=alpn", mandatory},
        {"HTTPS \\# 15 0001 00 0000 0002 0000 0003 0002 0035", mandatory},
        {"HTTPS \\# 8 0001 00 0003 0001 35", "the value of parameter key3" + malformed},
        {"HTTPS \\# 7 0001 00 0001 0000", "the value of parameter key1" + malformed},
        {"HTTPS \\# 9 0001 00 0001 0002 0568", "the value of parameter key1" + malformed},
        {"HTTPS \\# 9 0001 00 0004 0002 0568", "the value of parameter key4" + malformed},
    };
    for (const auto& [record, message] : bad) EXPECT_EQ(ours(record), "z:3: " + message) << record;
}

TEST(Types, LargeRrsets) {
    // 16 octets a record beside an owner that is a pointer; 4,062 of them fit.
    std::string text = base + "$GENERATE 0-4060 x TYPE65280 \"\\# 4 ${0,8,x}\"\n";
    ZoneConfig config;
    config.name = *parse_name("example.com");
    config.file = "z";
    const auto zone = parse_zone(text, config, wire::RrType::alias);
    ASSERT_TRUE(zone) << zone.error().to_string();
    EXPECT_EQ(zone->owners.at(*parse_name("x.example.com")).rrsets[0].rdata.size(), 4061U);
    const auto again = parse_zone(text + text.substr(base.size()), config, wire::RrType::alias);
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_EQ(again->record_count, zone->record_count);
    text += "$GENERATE 4061-4062 x TYPE65280 \"\\# 4 ${0,8,x}\"\n";
    EXPECT_EQ(parse_zone(text, config, wire::RrType::alias).error().to_string(),
              "z:4: the TYPE65280 records of \"x.example.com.\" exceed 65000 octets, more than a "
              "message holds");
}

}  // namespace
}  // namespace apex::control
