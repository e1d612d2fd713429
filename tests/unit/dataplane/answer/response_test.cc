// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Replies octet by octet, and the difference of sums that goes with each.
#include "dataplane/answer/response.hh"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/dataplane/answer/ask.hh"

namespace apex::answer {
namespace {

using test::be16;
using test::expected_reply;
using test::make_opt;
using test::make_query;
using test::octet;
using test::OptSpec;
using wire::RrType;

test::Answered ask(const std::string& query, std::size_t capacity = test::roomy) {
    return test::ask(query, capacity);
}
test::Answered ask(std::string_view name, RrType type, std::optional<OptSpec> opt = OptSpec{}) {
    return ask(make_query(name, type, std::move(opt)));
}

std::string ede(unsigned code, const std::string& text = "") {
    return be16(15) + be16(static_cast<unsigned>(2 + text.size())) + be16(code) + text;
}

TEST(Response, ExactHitByteForByte) {
    const std::string opt = make_opt({});
    const auto a = ask("example.com", RrType::a);
    EXPECT_EQ(a.verdict, Verdict::answer);
    EXPECT_EQ(a.bytes, expected_reply("example.com", RrType::a, 0x8500, 2, 0, test::apex_a(), opt));
    EXPECT_EQ(ask("example.com", RrType::aaaa).bytes,
              expected_reply("example.com", RrType::aaaa, 0x8500, 1, 0, test::apex_aaaa(), opt));
    // A body of odd length, and a question of odd length before it.
    EXPECT_EQ(ask("example.com", RrType::txt).bytes,
              expected_reply("example.com", RrType::txt, 0x8500, 1, 0, test::apex_txt(), opt));
    EXPECT_EQ(
        ask("www.example.com", RrType::a, std::nullopt).bytes,
        expected_reply("www.example.com", RrType::a, 0x8500, 1, 0, test::a_record(0xc0000203), ""));
}

TEST(Response, LetterCaseOfTheQuestionIsKept) {
    const auto mixed = ask("wWw.ExAmPlE.cOm", RrType::a);
    EXPECT_EQ(mixed.verdict, Verdict::answer);
    EXPECT_EQ(mixed.bytes, expected_reply("wWw.ExAmPlE.cOm", RrType::a, 0x8500, 1, 0,
                                          test::a_record(0xc0000203), make_opt({})));
    const auto missing = test::decode(ask("NoNe.ExAmPlE.cOm", RrType::a).bytes);
    ASSERT_TRUE(missing);
    EXPECT_EQ(missing->authority.at(0).owner, "ExAmPlE.cOm.") << "it points into the question";
}

TEST(Response, FlagsOfTheQueryThatAreKept) {
    const auto flags = [](unsigned sent) {
        std::string query = make_query("example.com", RrType::a);
        test::put16(query, 2, sent);
        return test::be16_at(ask(query).bytes, 2);
    };
    EXPECT_EQ(flags(0x0000), 0x8400);
    EXPECT_EQ(flags(0x0100), 0x8500) << "RD";
    EXPECT_EQ(flags(0x0010), 0x8400) << "CD is for resolvers (RFC 4035 3.1.6)";
    EXPECT_EQ(flags(0x07ff), 0x8500) << "AA, TC, RA, Z, AD and RCODE are ours";
}

TEST(Response, Any) {
    EXPECT_EQ(
        ask("example.com", RrType::any).bytes,
        expected_reply("example.com", RrType::any, 0x8500, 2, 0, test::apex_a(), make_opt({})));
    EXPECT_EQ(ask("ent.example.com", RrType::any).verdict, Verdict::nodata);
}

TEST(Response, NodataHasTheZonesSoa) {
    for (const auto& [name, type] : {std::pair{"www.example.com", RrType::aaaa},
                                     {"ent.example.com", RrType::a},
                                     {"example.com", RrType::mx},
                                     {"empty.example.com", RrType::a}}) {
        const auto reply = ask(name, type);
        EXPECT_EQ(reply.verdict, Verdict::nodata) << name;
        const auto message = test::decode(reply.bytes);
        ASSERT_TRUE(message) << name;
        EXPECT_EQ(message->flags, 0x8500) << name;
        EXPECT_TRUE(message->answer.empty());
        ASSERT_EQ(message->authority.size(), 1U);
        const test::Record& soa = message->authority[0];
        EXPECT_EQ(soa.owner, "example.com.") << name;
        EXPECT_EQ(soa.type, wire::to_int(RrType::soa));
        EXPECT_EQ(soa.ttl, test::soa_ttl);
        EXPECT_EQ(soa.rdata.substr(0, soa.rdata.size() - 20),
                  "ns1.example.com. hostmaster.example.com. ");
        EXPECT_EQ(test::be32_at(soa.rdata, soa.rdata.size() - 20), 1U);
        ASSERT_EQ(message->additional.size(), 1U);
    }
}

TEST(Response, NxdomainByteForByte) {
    std::string body = test::soa_body(1).bytes;
    for (const std::uint16_t at : test::soa_body(1).fixups) test::put16(body, at, 0xc00c + 5);
    const auto reply = ask("none.example.com", RrType::a);
    EXPECT_EQ(reply.verdict, Verdict::nxdomain);
    EXPECT_EQ(reply.bytes,
              expected_reply("none.example.com", RrType::a, 0x8503, 0, 1, body, make_opt({})));
}

// A name below the apex by every number of octets that there can be: every
// pointer of the SOA moves by it, and the sum with them (ask() checks that).
TEST(Response, NxdomainPointersAtEveryShift) {
    const std::string apex = test::wire_name("example.com");
    for (std::size_t shift = 2; shift + apex.size() <= wire::max_name_size; ++shift) {
        std::string name;
        for (std::size_t left = shift; left > 0;) {
            std::size_t label = std::min<std::size_t>(left, 64);
            if (left - label == 1) --label;  // one octet is no label
            name += octet(static_cast<unsigned>(label - 1)) + std::string(label - 1, 'n');
            left -= label;
        }
        for (const bool edns : {false, true}) {
            test::QuerySpec spec{.name = name + apex};
            if (edns) spec.opt = OptSpec{};
            const auto reply = ask(make_query(spec));
            ASSERT_EQ(reply.verdict, Verdict::nxdomain) << shift;
            const auto message = test::decode(reply.bytes);
            ASSERT_TRUE(message) << shift;
            EXPECT_EQ(message->flags, 0x8503);
            ASSERT_EQ(message->authority.size(), 1U);
            EXPECT_EQ(message->authority[0].owner, "example.com.") << shift;
            const std::string& rdata = message->authority[0].rdata;
            EXPECT_EQ(rdata.substr(0, rdata.size() - 20),
                      "ns1.example.com. hostmaster.example.com. ")
                << shift;
        }
    }
}

TEST(Response, NxdomainIsOfTheInnermostZone) {
    const auto message = test::decode(ask("a.b.inner.example.com", RrType::a).bytes);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->authority.at(0).owner, "inner.example.com.");
    const std::string& rdata = message->authority[0].rdata;
    EXPECT_EQ(test::be32_at(rdata, rdata.size() - 20), 2U);
}

TEST(Response, PreparedFailuresAndChains) {
    const auto down = ask("down.example.com", RrType::a);
    EXPECT_EQ(down.verdict, Verdict::servfail);
    EXPECT_EQ(down.bytes, expected_reply("down.example.com", RrType::a, 0x8102, 0, 0, "",
                                         make_opt({.options = ede(14)})));
    const auto cname = ask("cname.example.com", RrType::mx);
    EXPECT_EQ(cname.verdict, Verdict::answer);
    EXPECT_EQ(cname.bytes, expected_reply("cname.example.com", RrType::mx, 0x8500, 1, 0,
                                          test::cname_body(), make_opt({})));
    const auto broken = ask("broken.example.com", RrType::a);
    EXPECT_EQ(broken.verdict, Verdict::nxdomain);
    EXPECT_EQ(broken.bytes, expected_reply("broken.example.com", RrType::a, 0x8503, 1, 1,
                                           test::broken_body(), make_opt({})));
    EXPECT_EQ(test::decode(broken.bytes)->authority.at(0).owner, "example.com.");
}

TEST(Response, EdeOnlyToThoseWhoSpeakEdns) {
    const std::string body = test::a_record(0xc0000204, 30);
    EXPECT_EQ(ask("stale.example.com", RrType::a).bytes,
              expected_reply("stale.example.com", RrType::a, 0x8500, 1, 0, body,
                             make_opt({.options = ede(3, test::stale_text())})));
    EXPECT_EQ(ask("stale.example.com", RrType::a, std::nullopt).bytes,
              expected_reply("stale.example.com", RrType::a, 0x8500, 1, 0, body, ""));
    EXPECT_EQ(ask("down.example.com", RrType::a, std::nullopt).bytes,
              expected_reply("down.example.com", RrType::a, 0x8102, 0, 0, "", ""));
}

// An EDE is no reason for TC (RFC 8914 §3).
TEST(Response, TheEdeGoesFirstWhenThereIsNoRoom) {
    const std::string query = make_query("stale.example.com", RrType::a);
    const std::string body = test::a_record(0xc0000204, 30);
    const std::string whole = expected_reply("stale.example.com", RrType::a, 0x8500, 1, 0, body,
                                             make_opt({.options = ede(3, test::stale_text())}));
    const std::string bare =
        expected_reply("stale.example.com", RrType::a, 0x8500, 1, 0, body, make_opt({}));
    EXPECT_EQ(ask(query, whole.size() + padding).bytes, whole);
    EXPECT_EQ(ask(query, whole.size() + padding - 1).bytes, bare);
    EXPECT_EQ(ask(query, bare.size() + padding).bytes, bare);
    EXPECT_EQ(ask(query, bare.size() + padding - 1).verdict, Verdict::truncated);
}

TEST(Response, TheOptIsOursButForDo) {
    const OptSpec sent{
        .udp_payload = 4096, .dnssec_ok = true, .options = be16(10) + be16(8) + "cookie!!"};
    EXPECT_EQ(ask("www.example.com", RrType::a, sent).bytes,
              expected_reply("www.example.com", RrType::a, 0x8500, 1, 0, test::a_record(0xc0000203),
                             make_opt({.udp_payload = 1232, .dnssec_ok = true})));
    std::string z_flags = make_query("www.example.com", RrType::a);
    test::put16(z_flags, z_flags.size() - 4, 0xffff);
    EXPECT_EQ(ask(z_flags).bytes,
              expected_reply("www.example.com", RrType::a, 0x8500, 1, 0, test::a_record(0xc0000203),
                             make_opt({.dnssec_ok = true})));
}

TEST(Response, RefusedOutsideTheZones) {
    for (const char* name : {"example.org", "com", "", "xexample.com"}) {
        const auto reply = ask(name, RrType::a);
        EXPECT_EQ(reply.verdict, Verdict::refused) << name;
        EXPECT_EQ(reply.bytes, expected_reply(name, RrType::a, 0x8105, 0, 0, "", make_opt({})))
            << name;
    }
    EXPECT_EQ(ask("example.com", RrType::axfr, std::nullopt).bytes,
              expected_reply("example.com", RrType::axfr, 0x8105, 0, 0, "", ""));
}

// What can be read of a message that gets no answer is repeated (RFC 6891 §6.1.1).
TEST(Response, FormerrAndNotimpRepeatWhatIsThere) {
    std::string query = make_query("example.com", RrType::a);
    test::put16(query, 2, 0x2910);  // UPDATE, RD, CD
    const auto notimp = ask(query);
    EXPECT_EQ(notimp.verdict, Verdict::notimp);
    EXPECT_EQ(notimp.bytes,
              expected_reply("example.com", RrType::a, 0xa904, 0, 0, "", make_opt({})));

    query = make_query(test::QuerySpec{.name = be16(0xc00c)});
    const auto formerr = ask(query);
    EXPECT_EQ(formerr.verdict, Verdict::formerr);
    EXPECT_EQ(formerr.bytes, be16(0x1234) + be16(0x8101) + std::string(8, '\0'));
    EXPECT_EQ(ask(query.substr(0, 12)).bytes, formerr.bytes);
    EXPECT_EQ(ask(query + "x").bytes, formerr.bytes) << "an odd octet that goes";
}

TEST(Response, BadversSplitsTheRcode) {
    const auto reply = ask("example.com", RrType::a, OptSpec{.version = 1, .dnssec_ok = true});
    EXPECT_EQ(reply.verdict, Verdict::badvers);
    std::string opt = make_opt({.dnssec_ok = true});
    opt[5] = 1;  // 16 is 1 in the OPT and 0 in the header
    EXPECT_EQ(reply.bytes, expected_reply("example.com", RrType::a, 0x8100, 0, 0, "", opt));
}

TEST(Response, SilenceWritesNothing) {
    std::string response = make_query("example.com", RrType::a);
    test::put16(response, 2, 0x8100);
    EXPECT_EQ(ask(response).verdict, Verdict::drop_response);
    EXPECT_EQ(ask(response).bytes, "");
    EXPECT_EQ(ask(std::string("short")).verdict, Verdict::drop_short_message);
}

// One octet less room than the reply takes, and TC instead of records.
TEST(Response, TruncatesAtTheLimitPlusOne) {
    constexpr std::size_t fixed = 12 + 19 + 4;  // l0000.example.com: header and question
    const auto reply_to = [](std::size_t body, std::optional<OptSpec> opt) {
        return ask(test::sized_name(body, false), RrType::txt, std::move(opt));
    };
    const auto check = [&](std::size_t limit, const std::optional<OptSpec>& opt) {
        const std::size_t body = limit - fixed - (opt ? wire::opt_size : 0);
        const auto fits = reply_to(body, opt);
        EXPECT_EQ(fits.verdict, Verdict::answer) << limit;
        EXPECT_EQ(fits.bytes.size(), limit);
        const auto does_not = reply_to(body + 1, opt);
        EXPECT_EQ(does_not.verdict, Verdict::truncated) << limit;
        EXPECT_EQ(does_not.bytes, expected_reply(test::sized_name(body + 1, false), RrType::txt,
                                                 0x8700, 0, 0, "", opt ? make_opt({}) : ""));
    };
    check(512, std::nullopt);
    check(512, OptSpec{.udp_payload = 100});
    for (const std::uint16_t limit :
         {std::uint16_t{513}, std::uint16_t{700}, std::uint16_t{1232}}) {
        check(limit, OptSpec{.udp_payload = limit});
    }
    check(1232, OptSpec{.udp_payload = 4096});
}

// What TC leaves out is records, not the RCODE.
TEST(Response, ATruncatedNxdomainIsOne) {
    const std::string query = make_query("none.example.com", RrType::a, std::nullopt);
    const auto reply = ask(query, query.size() + padding + 10);
    EXPECT_EQ(reply.verdict, Verdict::truncated);
    EXPECT_EQ(reply.bytes, expected_reply("none.example.com", RrType::a, 0x8703, 0, 0, "", ""));
}

TEST(Response, NeverWritesBehindTheBuffer) {
    const std::string query = make_query(test::sized_name(200, true), RrType::txt);
    const std::size_t whole = query.size() + 200 + padding;
    for (std::size_t capacity = query.size() + padding; capacity <= whole + 2; ++capacity) {
        const auto reply = ask(query, capacity);
        EXPECT_EQ(reply.verdict, capacity < whole ? Verdict::truncated : Verdict::answer);
        EXPECT_LE(reply.bytes.size() + padding, capacity);
    }
}

// A long query with a short reply: what is behind the question goes, and counts.
TEST(Response, RepliesMayBeShorterThanQueries) {
    for (std::size_t extra = 0; extra < 40; ++extra) {
        const OptSpec opt{.options = be16(12) + be16(static_cast<unsigned>(extra)) +
                                     std::string(extra, '\xa7')};
        const auto reply = ask("www.example.com", RrType::a, opt);
        EXPECT_EQ(reply.bytes.size(), 12U + 17 + 4 + 16 + 11);
        const auto behind =
            ask(make_query("www.example.com", RrType::a, std::nullopt) + std::string(extra, 'z'));
        EXPECT_EQ(behind.bytes.size(), 12U + 17 + 4 + 16);
    }
}

TEST(Response, TheLongestNames) {
    const std::string x(61, 'x');
    const auto hit = ask(x + "." + x + "." + x + ".example.com", RrType::a);
    EXPECT_EQ(hit.verdict, Verdict::answer);
    std::string many;
    for (int n = 0; n < 121; ++n) many += octet(1) + "y";
    const auto miss = ask(make_query(
        test::QuerySpec{.name = many + test::wire_name("example.com"), .opt = OptSpec{}}));
    EXPECT_EQ(miss.verdict, Verdict::nxdomain);
    EXPECT_EQ(test::decode(miss.bytes)->authority.at(0).owner, "example.com.");
}

}  // namespace
}  // namespace apex::answer
