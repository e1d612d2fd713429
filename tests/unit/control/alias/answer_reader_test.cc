// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Answers made by hand with ldns, read back as chains and addresses.
#include "control/alias/answer_reader.hh"

#include <gtest/gtest.h>
#include <ldns/ldns.h>

#include <string>
#include <vector>

#include "control/zone/name_text.hh"

namespace apex::control {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Lines = std::vector<std::string>;

wire::Name name(const std::string& text) {
    return parse_name(text).value();
}

TargetKey key_a() {
    return {name("cdn.example.net"), wire::RrType::a};
}

Result<ResolvedSet> read(const TargetKey& key, std::span<const std::uint8_t> bytes,
                         AddressLimits limits = {}) {
    return read_answer(key, bytes, limits);
}

Bytes message(const Lines& answer, const Lines& authority = {},
              ldns_pkt_rcode rcode = LDNS_RCODE_NOERROR) {
    ldns_pkt* packet = ldns_pkt_new();
    ldns_pkt_set_qr(packet, true);
    ldns_pkt_set_rcode(packet, rcode);
    const auto push = [packet](ldns_pkt_section section, const std::string& line) {
        ldns_rr* rr = nullptr;
        EXPECT_EQ(ldns_rr_new_frm_str(&rr, line.c_str(), 0, nullptr, nullptr), LDNS_STATUS_OK)
            << line;
        ldns_pkt_push_rr(packet, section, rr);
    };
    for (const std::string& line : answer) push(LDNS_SECTION_ANSWER, line);
    for (const std::string& line : authority) push(LDNS_SECTION_AUTHORITY, line);
    std::uint8_t* wire = nullptr;
    std::size_t size = 0;
    EXPECT_EQ(ldns_pkt2wire(&wire, packet, &size), LDNS_STATUS_OK);
    Bytes bytes(wire, wire + size);
    LDNS_FREE(wire);
    ldns_pkt_free(packet);
    return bytes;
}

std::string error_of(const Bytes& bytes, const TargetKey& key = key_a()) {
    const auto set = read(key, bytes);
    return set ? "no error" : set.error().message;
}

TEST(AnswerReader, SortsAddressesAndDropsRepetitions) {
    const auto set =
        read(key_a(),
             message({"cdn.example.net. 9 IN A 192.0.2.2", "CDN.example.NET. 9 IN A 192.0.2.1",
                      "cdn.example.net. 7 IN A 192.0.2.2", "other.example.net. 1 IN A 192.0.2.9",
                      "cdn.example.net. 1 IN TXT \"x\""}));
    ASSERT_TRUE(set) << set.error().message;
    EXPECT_EQ(set->addresses, (Lines{{"\xc0\x00\x02\x01", 4}, {"\xc0\x00\x02\x02", 4}}));
    EXPECT_EQ(set->ttl, 7U);
    EXPECT_FALSE(set->nxdomain);
    ASSERT_EQ(set->chain.size(), 1U);
    EXPECT_EQ(set->chain[0].owner, name("cdn.example.net"));
    EXPECT_EQ(set->chain[0].type, wire::RrType::a);
    EXPECT_TRUE(set->chain[0].next.is_root());
}

TEST(AnswerReader, FollowsTheChainInAnyOrderAndKeepsEachTtl) {
    const TargetKey key{name("cdn.example.net"), wire::RrType::aaaa};
    const auto set = read(key, message({"edge.example.org. 20 IN AAAA 2001:db8::7",
                                        "b.example. 3 IN CNAME edge.example.org.",
                                        "cdn.example.net. 300 IN CNAME b.example."}));
    ASSERT_TRUE(set) << set.error().message;
    EXPECT_EQ(set->addresses.size(), 1U);
    EXPECT_EQ(set->addresses[0].size(), 16U);
    EXPECT_EQ(set->ttl, 3U);
    ASSERT_EQ(set->chain.size(), 3U);
    EXPECT_EQ(set->chain[0].ttl, 300U);
    EXPECT_EQ(set->chain[0].next, name("b.example"));
    EXPECT_EQ(set->chain[1].type, wire::RrType::cname);
    EXPECT_EQ(set->chain[2].owner, name("edge.example.org"));
    EXPECT_EQ(set->chain[2].ttl, 20U);
}

TEST(AnswerReader, FollowsTheCnameThatADnameSynthesised) {
    const auto set = read(key_a(), message({"example.net. 60 IN DNAME example.org.",
                                            "cdn.example.net. 60 IN CNAME cdn.example.org.",
                                            "cdn.example.org. 8 IN A 192.0.2.1"}));
    ASSERT_TRUE(set) << set.error().message;
    EXPECT_EQ(set->chain.size(), 2U);
    EXPECT_EQ(set->ttl, 8U);
}

TEST(AnswerReader, NxdomainAndNodataAreEmptySets) {
    const Lines soa{"example.net. 100 IN SOA ns.example.net. h.example.net. 1 3600 600 86400 60"};
    const auto gone = read(key_a(), message({}, soa, LDNS_RCODE_NXDOMAIN));
    ASSERT_TRUE(gone);
    EXPECT_TRUE(gone->addresses.empty());
    EXPECT_TRUE(gone->nxdomain);
    EXPECT_EQ(gone->ttl, 60U);
    EXPECT_TRUE(gone->chain.empty());

    const auto nodata =
        read(key_a(), message({"cdn.example.net. 30 IN CNAME other.example.net."}, soa));
    ASSERT_TRUE(nodata);
    EXPECT_TRUE(nodata->addresses.empty());
    EXPECT_FALSE(nodata->nxdomain);
    EXPECT_EQ(nodata->ttl, 30U);
    EXPECT_EQ(nodata->chain.size(), 1U);
}

TEST(AnswerReader, NegativeTtlIsTheLesserOfBothAndCapped) {
    const auto ttl = [](const std::string& soa_ttl, const std::string& minimum) {
        return read(key_a(), message({}, {"example.net. " + soa_ttl +
                                          " IN SOA ns. h. 1 3600 600 86400 " + minimum}))
            .value()
            .ttl;
    };
    EXPECT_EQ(ttl("10", "60"), 10U);
    EXPECT_EQ(ttl("60", "10"), 10U);
    EXPECT_EQ(ttl("86400", "86400"), max_negative_ttl);
    EXPECT_EQ(read(key_a(), message({})).value().ttl, 0U) << "no SOA: must not be kept";
}

TEST(AnswerReader, NegativeTtlIsOfTheSoaAboveTheNameDenied) {
    const auto soa = [](const std::string& owner, const std::string& ttl) {
        return owner + ' ' + ttl + " IN SOA ns. h. 1 2 3 4 300";
    };
    const std::string cname = "cdn.example.net. 200 IN CNAME e.example.org.";
    const Lines both{soa("example.net.", "10"), soa("example.org.", "60")};
    EXPECT_EQ(read(key_a(), message({cname}, both)).value().ttl, 60U);
    EXPECT_EQ(read(key_a(), message({}, both)).value().ttl, 10U);
    EXPECT_EQ(read(key_a(), message({cname}, {both[0]})).value().ttl, 0U) << "no SOA of its own";
}

TEST(AnswerReader, LoopNamesItsMembers) {
    const std::string error = error_of(message({"cdn.example.net. 5 IN CNAME a.example.net.",
                                                "a.example.net. 5 IN CNAME b.example.net.",
                                                "b.example.net. 5 IN CNAME a.example.net."}));
    EXPECT_EQ(error, "CNAME loop: a.example.net. -> b.example.net. -> a.example.net.");
    EXPECT_EQ(error_of(message({"cdn.example.net. 5 IN CNAME cdn.example.net."})),
              "CNAME loop: cdn.example.net. -> cdn.example.net.");
}

TEST(AnswerReader, SixteenHopsAreFollowedAndNotOneMore) {
    const auto chain = [](int hops) {
        Lines lines;
        std::string owner = "cdn.example.net.";
        for (int i = 0; i < hops; ++i) {
            std::string next = "h" + std::to_string(i) + ".example.net.";
            lines.push_back(owner + " 5 IN CNAME " + next);
            owner = std::move(next);
        }
        lines.push_back(owner + " 5 IN A 192.0.2.1");
        return message(lines);
    };
    EXPECT_TRUE(read(key_a(), chain(16)));
    EXPECT_EQ(error_of(chain(17)), "CNAME chain longer than 16 hops, at h15.example.net.");
}

TEST(AnswerReader, TwoDifferentCnamesAtOneNameAreAFailure) {
    EXPECT_EQ(error_of(message({"cdn.example.net. 5 IN CNAME a.example.",
                                "cdn.example.net. 5 IN CNAME b.example."})),
              "malformed answer: two different CNAMEs at cdn.example.net.");
}

TEST(AnswerReader, FailureCodesAreNamed) {
    EXPECT_EQ(error_of(message({}, {}, LDNS_RCODE_SERVFAIL)), "SERVFAIL");
    EXPECT_EQ(error_of(message({}, {}, LDNS_RCODE_REFUSED)), "REFUSED");
}

TEST(AnswerReader, RefusedAddressesAreLeftOutAndAreAFailureWhenAlone) {
    const auto some =
        read(key_a(),
             message({"cdn.example.net. 5 IN A 127.0.0.1", "cdn.example.net. 5 IN A 192.0.2.1"}));
    ASSERT_TRUE(some) << some.error().message;
    EXPECT_EQ(some->addresses, (Lines{{"\xc0\x00\x02\x01", 4}}));
    ASSERT_EQ(some->refused.size(), 1U);
    EXPECT_EQ(some->refused[0].rdata, (std::string{"\x7f\x00\x00\x01", 4}));
    EXPECT_EQ(some->refused[0].why, "loopback");
    EXPECT_EQ(error_of(message({"cdn.example.net. 5 IN A 127.0.0.1"})),
              "every address of cdn.example.net. is refused: loopback");
}

TEST(AnswerReader, PrivateAddressesAreForThoseWhoWantThem) {
    const Bytes bytes = message({"cdn.example.net. 5 IN A 10.0.0.1"});
    EXPECT_EQ(error_of(bytes),
              "every address of cdn.example.net. is refused: private; \"alias.private: allow\" "
              "takes such ones");
    EXPECT_EQ(read(key_a(), bytes, {.private_allowed = true}).value().addresses.size(), 1U);
}

TEST(AnswerReader, SixtyFourAddressesAreTakenAndNotOneMore) {
    const auto addresses = [](int count) {
        Lines lines;
        for (int i = 0; i < count; ++i) {
            lines.push_back("cdn.example.net. 5 IN A 192.0.2." + std::to_string(i));
        }
        return message(lines);
    };
    EXPECT_EQ(read(key_a(), addresses(64)).value().addresses.size(), 64U);
    EXPECT_EQ(error_of(addresses(65)),
              "65 addresses at cdn.example.net., at most 64 are taken (alias.max-addresses)");
    EXPECT_EQ(read(key_a(), addresses(65), {.most = 65}).value().addresses.size(), 65U);
}

TEST(AnswerReader, ATtlWithTheTopBitSetCountsAsZero) {
    Bytes bytes = message({"cdn.example.net. 5 IN A 192.0.2.1"});
    const std::size_t ttl_at = bytes.size() - 4 - 2 - 4;  // before RDLENGTH and RDATA
    bytes[ttl_at] = 0x80;
    EXPECT_EQ(read(key_a(), bytes).value().ttl, 0U);
}

TEST(AnswerReader, DamagedBytesAreAnErrorOrAnAnswerAndNothingElse) {
    const Bytes good =
        message({"cdn.example.net. 5 IN CNAME a.example.net.", "a.example.net. 5 IN A 192.0.2.1"},
                {"example.net. 5 IN SOA ns. h. 1 1 1 1 1"});
    EXPECT_TRUE(error_of({}).starts_with("malformed answer of 0 octets"));
    for (std::size_t size = 0; size < good.size(); ++size) {
        EXPECT_FALSE(read(key_a(), std::span(good).first(size))) << size;
    }
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (const int value : {0x00, 0x7f, 0xc0, 0xff}) {
            Bytes bad = good;
            bad[at] = static_cast<std::uint8_t>(value);
            (void)read(key_a(), bad);
        }
    }
}

TEST(AnswerReader, AQueryOrATruncatedAnswerIsAFailure) {
    Bytes bytes = message({"cdn.example.net. 5 IN A 192.0.2.1"});
    bytes[2] = 0x02 | 0x80;
    EXPECT_EQ(error_of(bytes), "truncated answer");
    bytes[2] = 0;
    EXPECT_EQ(error_of(bytes), "malformed answer: a query came back");
}

TEST(AnswerReader, TellsTheZoneOfTheChainsEnd) {
    const auto zone = [](const Lines& answer, const Lines& authority, ldns_pkt_rcode rcode) {
        const auto set = read(key_a(), message(answer, authority, rcode));
        if (!set) return set.error().message;
        return set->zone ? to_text(*set->zone) : "untold";
    };
    const std::string a = "cdn.example.net. 9 IN A 192.0.2.1";
    const std::string cname = "cdn.example.net. 9 IN CNAME e.example.org.";
    const auto soa = [](const std::string& owner) { return owner + " 9 IN SOA ns. h. 1 2 3 4 5"; };
    const std::string ns = "example.net. 9 IN NS ns.example.net.";
    EXPECT_EQ(zone({a}, {ns}, LDNS_RCODE_NOERROR), "untold");
    EXPECT_EQ(zone({a}, {}, LDNS_RCODE_NOERROR), "untold");
    EXPECT_EQ(zone({}, {soa("example.net.")}, LDNS_RCODE_NOERROR), "example.net.");
    EXPECT_EQ(zone({}, {soa("net.")}, LDNS_RCODE_NXDOMAIN), "net.");
    EXPECT_EQ(zone({}, {ns}, LDNS_RCODE_NXDOMAIN), "untold") << "a denial has a SOA";
    EXPECT_EQ(zone({cname}, {soa("example.org.")}, LDNS_RCODE_NXDOMAIN), "example.org.");
    EXPECT_EQ(zone({cname}, {soa("example.net.")}, LDNS_RCODE_NXDOMAIN), "untold")
        << "it has no say about that name";
}

}  // namespace
}  // namespace apex::control
