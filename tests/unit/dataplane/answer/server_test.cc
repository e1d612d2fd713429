// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What a server says of itself: class CH, NSID, the HINFO instead of ANY.
#include "dataplane/answer/server.hh"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/dataplane/answer/ask.hh"

namespace apex::answer {
namespace {

using test::be16;
using test::be32;
using test::expected_reply;
using test::make_opt;
using test::make_query;
using test::octet;
using test::OptSpec;
using test::roomy;
using wire::RrType;

const Server& telling() {
    static const Server server("edge1", "9.1", AnyPolicy::hinfo);
    return server;
}

std::string chaos_query(std::string_view name, RrType type = RrType::txt,
                        std::optional<OptSpec> opt = std::nullopt) {
    return make_query(test::QuerySpec{.name = test::wire_name(name),
                                      .type = type,
                                      .opt = std::move(opt),
                                      .qclass = wire::class_chaos});
}

std::string txt(const std::string& text) {
    const auto size = static_cast<unsigned>(text.size());
    return be16(0xc00c) + be16(16) + be16(3) + be32(0) + be16(size + 1) + octet(size) + text;
}

const std::string asks_nsid = be16(3) + be16(0);
const std::string tells_nsid = be16(3) + be16(5) + "edge1";

TEST(Server, AnswersForItsNamesInClassChaos) {
    const std::pair<const char*, const char*> texts[]{{"id.server", "edge1"},
                                                      {"HostName.Bind", "edge1"},
                                                      {"version.server", "9.1"},
                                                      {"version.bind", "9.1"}};
    for (const auto& [name, text] : texts) {
        const auto reply = test::ask(chaos_query(name, RrType::txt, OptSpec{}), roomy, telling());
        EXPECT_EQ(reply.verdict, Verdict::chaos) << name;
        EXPECT_EQ(reply.bytes, expected_reply(name, RrType::txt, 0x8100, 1, 0, txt(text),
                                              make_opt({}), wire::class_chaos));
    }
}

TEST(Server, RefusesEverythingElseInClassChaos) {
    const auto refused = [](std::string_view name, RrType type, const Server& server) {
        const auto reply = test::ask(chaos_query(name, type), roomy, server);
        EXPECT_EQ(reply.verdict, Verdict::refused) << name;
        EXPECT_EQ(reply.bytes, expected_reply(name, type, 0x8105, 0, 0, "", "", wire::class_chaos));
    };
    refused("id.server", RrType::a, telling());
    refused("version.bind", RrType::any, telling());
    refused("authors.bind", RrType::txt, telling());
    refused("server", RrType::txt, telling());
    refused("example.com", RrType::txt, telling());
    refused("id.server", RrType::txt, silent_server);
    refused("version.bind", RrType::txt, silent_server);
    refused("version.bind", RrType::txt, Server("edge1", "", AnyPolicy::rrset));
    refused("id.server", RrType::txt, Server("", "9.1", AnyPolicy::rrset));
}

TEST(Server, TellsItsNsidToThoseWhoAsk) {
    const OptSpec opt{.options = asks_nsid};
    const auto reply = test::ask(make_query("www.example.com", RrType::a, opt), roomy, telling());
    EXPECT_EQ(reply.bytes,
              expected_reply("www.example.com", RrType::a, 0x8500, 1, 0, test::a_record(0xc0000203),
                             make_opt({.options = tells_nsid})));
    const auto unasked = test::ask(make_query("www.example.com", RrType::a), roomy, telling());
    EXPECT_EQ(unasked.bytes, expected_reply("www.example.com", RrType::a, 0x8500, 1, 0,
                                            test::a_record(0xc0000203), make_opt({})));
    const auto silent = test::ask(make_query("www.example.com", RrType::a, opt));
    EXPECT_EQ(silent.bytes, expected_reply("www.example.com", RrType::a, 0x8500, 1, 0,
                                           test::a_record(0xc0000203), make_opt({})));
}

// RFC 5001 §2.1: also where there is nothing to say but that.
TEST(Server, TellsItsNsidInEveryKindOfReply) {
    const auto options_of = [](std::string query, Verdict verdict) {
        const auto reply = test::ask(query, roomy, telling());
        EXPECT_EQ(reply.verdict, verdict);
        const auto message = test::decode(reply.bytes);
        return message && message->additional.size() == 1 ? message->additional[0].rdata : "none";
    };
    const auto with_nsid = [](std::string_view name, RrType type, OptSpec opt = {}) {
        opt.options += asks_nsid;
        return make_query(name, type, opt);
    };
    EXPECT_EQ(options_of(with_nsid("example.org", RrType::a), Verdict::refused), tells_nsid);
    EXPECT_EQ(options_of(with_nsid("none.example.com", RrType::a), Verdict::nxdomain), tells_nsid);
    EXPECT_EQ(options_of(with_nsid("x.example.com", RrType::a, {.version = 1}), Verdict::badvers),
              tells_nsid);
    EXPECT_EQ(options_of(with_nsid(test::sized_name(600, true), RrType::txt, {.udp_payload = 512}),
                         Verdict::truncated),
              tells_nsid);
    EXPECT_EQ(options_of(chaos_query("id.server", RrType::txt, OptSpec{.options = asks_nsid}),
                         Verdict::chaos),
              tells_nsid);
    EXPECT_EQ(options_of(with_nsid("example.com", RrType::any), Verdict::answer), tells_nsid);
    const std::string not_ready = be16(15) + be16(2) + be16(14);
    EXPECT_EQ(options_of(with_nsid("down.example.com", RrType::a), Verdict::servfail),
              tells_nsid + not_ready);
}

TEST(Server, CountsItsNsidWithinTheLimit) {
    const auto verdict = [](std::size_t body, const Server& server) {
        const OptSpec opt{.udp_payload = 512, .options = asks_nsid};
        return test::ask(make_query(test::sized_name(body, false), RrType::txt, opt), roomy, server)
            .verdict;
    };
    const std::size_t fits = 512 - (12 + 19 + 4) - wire::opt_size;
    EXPECT_EQ(verdict(fits, silent_server), Verdict::answer);
    EXPECT_EQ(verdict(fits, telling()), Verdict::truncated);
    EXPECT_EQ(verdict(fits - tells_nsid.size(), telling()), Verdict::answer);
}

TEST(Server, NeverWritesBehindTheBuffer) {
    const Server wordy(std::string(1000, 'i'), std::string(1000, 'v'), AnyPolicy::hinfo);
    EXPECT_EQ(wordy.nsid().size(), 4 + Server::max_text) << "cut";
    const OptSpec opt{.options = asks_nsid};
    for (const std::string& query :
         {make_query("www.example.com", RrType::a, opt), make_query("example.org", RrType::a, opt),
          make_query("example.com", RrType::any, opt),
          chaos_query("version.bind", RrType::txt, opt)}) {
        for (std::size_t more = 0; more < 320; ++more) {
            const std::size_t capacity = query.size() + padding + more;
            const auto reply = test::ask(query, capacity, wordy);
            EXPECT_FALSE(reply.bytes.empty());
            EXPECT_LE(reply.bytes.size() + padding, capacity);
        }
    }
}

TEST(Server, AnyMayGetAHinfo) {
    const std::string hinfo =
        be16(0xc00c) + be16(13) + be16(1) + be32(3600) + be16(9) + octet(7) + "RFC8482" + octet(0);
    for (const char* name : {"example.com", "wWw.example.com", "down.example.com"}) {
        const auto reply = test::ask(make_query(name, RrType::any), roomy, telling());
        EXPECT_EQ(reply.verdict, Verdict::answer) << name;
        EXPECT_EQ(reply.bytes,
                  expected_reply(name, RrType::any, 0x8500, 1, 0, hinfo, make_opt({})));
    }
    const auto same = [](const char* name) {
        const std::string query = make_query(name, RrType::any);
        EXPECT_EQ(test::ask(query, roomy, telling()).bytes, test::ask(query).bytes) << name;
    };
    same("cname.example.com");  // RFC 8482 §4.2
    same("ent.example.com");
    same("none.example.com");
    same("example.org");
}

}  // namespace
}  // namespace apex::answer
