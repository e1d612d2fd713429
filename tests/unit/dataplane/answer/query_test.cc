// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Queries taken apart: each malformation and its verdict, limits, truncation.
#include "dataplane/answer/query.hh"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"
#include "tests/packet/table_content.hh"

namespace apex::answer {
namespace {

using test::be16;
using test::make_query;
using test::octet;
using test::OptSpec;
using test::put16;
using wire::RrType;

const wire::HashKey some_key = test::key_of(1);

/// `message` in a buffer of exactly the capacity given, for AddressSanitizer; parsed
/// as for a name that is not in the table, which is to the end.
struct Parsed {
    explicit Parsed(const std::string& message, std::size_t capacity = 0)
        : size(capacity != 0 ? capacity : message.size() + padding),
          buffer(std::make_unique<std::uint8_t[]>(size)) {
        std::copy(message.begin(), message.end(), buffer.get());
        parse_query(buffer.get(), static_cast<std::uint16_t>(message.size()),
                    static_cast<std::uint16_t>(size), some_key, query);
        if (query.verdict == Verdict::answer && !query.name.split()) parse_again(some_key, query);
        EXPECT_EQ(message, std::string(buffer.get(), buffer.get() + message.size())) << "it wrote";
    }
    std::size_t size;
    std::unique_ptr<std::uint8_t[]> buffer;
    Query query;
};

std::string with_flags(unsigned flags) {
    std::string query = make_query("example.com", RrType::a);
    put16(query, 2, flags);
    return query;
}
std::string with_count(std::size_t at, unsigned count) {
    std::string query = make_query("example.com", RrType::a);
    put16(query, at, count);
    return query;
}
std::string with_name(const std::string& octets) {
    return make_query(test::QuerySpec{.name = octets});
}

struct ParseCase {
    const char* description;
    std::string message;
    Verdict verdict;
    bool keeps_question;  // question_end is behind the question, not the header
};

std::vector<ParseCase> parse_cases() {
    const std::string good = make_query("example.com", RrType::a);
    const std::string plain = make_query("example.com", RrType::a, std::nullopt);
    std::string chaos = good;
    put16(chaos, 12 + 13 + 2, 3);
    std::string hesiod = good;
    put16(hesiod, 12 + 13 + 2, 4);
    std::string any_class = good;
    put16(any_class, 12 + 13 + 2, 255);
    return {
        {"a query with EDNS", good, Verdict::answer, true},
        {"a query without", plain, Verdict::answer, true},
        {"octets behind the question", plain + "xyz", Verdict::answer, true},
        {"the root", with_name(octet(0)), Verdict::answer, true},
        {"no octet", "", Verdict::drop_short_message, false},
        {"11 octets", good.substr(0, 11), Verdict::drop_short_message, false},
        {"QR set", with_flags(0x8100), Verdict::drop_response, false},
        {"QR set, opcode 5", with_flags(0xa900), Verdict::drop_response, false},
        {"QR set, header only", with_flags(0x8000).substr(0, 12), Verdict::drop_response, false},
        {"opcode IQUERY", with_flags(0x0800), Verdict::notimp, true},
        {"opcode NOTIFY", with_flags(0x2000), Verdict::notimp, true},
        {"opcode 15", with_flags(0x7800), Verdict::notimp, true},
        {"opcode UPDATE, header only", with_flags(0x2800).substr(0, 12), Verdict::notimp, false},
        {"all other flags", with_flags(0x07ff), Verdict::answer, true},
        {"no question", with_count(4, 0), Verdict::formerr, false},
        {"two questions", with_count(4, 2), Verdict::formerr, false},
        {"65535 questions", with_count(4, 0xffff), Verdict::formerr, false},
        {"an answer that is not there", with_count(6, 1), Verdict::formerr, true},
        {"an authority record that is not there", with_count(8, 1), Verdict::formerr, true},
        {"an additional record that is not there", with_count(10, 2), Verdict::formerr, true},
        {"an answer beside the OPT",
         [&] {
             std::string query = good + test::make_opt({});
             put16(query, 6, 1);
             return query;
         }(),
         Verdict::answer, true},
        {"header only", good.substr(0, 12), Verdict::formerr, false},
        {"pointer to itself", with_name(be16(0xc00c)), Verdict::formerr, false},
        {"label, then a pointer to it", with_name(octet(1) + "a" + be16(0xc00c)), Verdict::formerr,
         false},
        {"pointer past the end", with_name(be16(0xffff)), Verdict::formerr, false},
        {"label type 01", with_name(octet(0x41) + std::string(65, 'a') + octet(0)),
         Verdict::formerr, false},
        {"class CH", chaos, Verdict::chaos, true},
        {"class HS", hesiod, Verdict::refused, true},
        {"class *", any_class, Verdict::refused, true},
        {"a zero octet in a label", with_name(octet(3) + std::string("a\0b", 3) + octet(0)),
         Verdict::answer, true},
        {"a zero octet that looks like the end, then class CH",
         with_name(octet(9) + std::string("a\0\0\1\0\3ccc", 9) + octet(0)), Verdict::answer, true},
        {"AXFR", make_query("example.com", RrType::axfr), Verdict::refused, true},
        {"IXFR", make_query("example.com", RrType::ixfr), Verdict::refused, true},
        {"EDNS version 1", make_query("example.com", RrType::a, OptSpec{.version = 1}),
         Verdict::badvers, true},
        {"EDNS version 255 in class CH",
         [&] {
             std::string query = chaos;
             query[query.size() - 5] = '\xff';
             return query;
         }(),
         Verdict::badvers, true},
        {"two OPTs",
         [&] {
             std::string query = good + test::make_opt({});
             put16(query, 10, 2);
             return query;
         }(),
         Verdict::formerr, true},
        {"opcode NOTIFY, two OPTs",
         [&] {
             std::string query = with_flags(0x2000) + test::make_opt({});
             put16(query, 10, 2);
             return query;
         }(),
         Verdict::formerr, true},
        {"opcode NOTIFY, EDNS version 1",
         [&] {
             std::string query = make_query("example.com", RrType::a, OptSpec{.version = 1});
             put16(query, 2, 0x2000);
             return query;
         }(),
         Verdict::badvers, true},
        {"opcode NOTIFY in class CH",
         [&] {
             std::string query = chaos;
             put16(query, 2, 0x2000);
             return query;
         }(),
         Verdict::notimp, true},
        {"option that lies",
         make_query("example.com", RrType::a, OptSpec{.options = be16(10) + be16(100)}),
         Verdict::formerr, true},
    };
}

TEST(ParseQuery, Table) {
    for (const ParseCase& c : parse_cases()) {
        const Parsed parsed(c.message);
        EXPECT_EQ(parsed.query.verdict, c.verdict) << c.description;
        EXPECT_EQ(parsed.query.question_end > wire::header_size, c.keeps_question) << c.description;
        EXPECT_EQ(parsed.query.length, c.message.size());
        if (!is_reply(c.verdict)) continue;
        EXPECT_EQ(wire::wire16(wire::fold(parsed.query.tail_sum)) % 0xffff,
                  test::plain_sum(c.message.substr(parsed.query.question_end)) % 0xffff)
            << c.description;
    }
}

TEST(ParseQuery, TakesTheQuestionApart) {
    const Parsed parsed(make_query("wWw.eXample.com", RrType{0x1234}, OptSpec{.dnssec_ok = true}));
    EXPECT_EQ(parsed.query.verdict, Verdict::answer);
    EXPECT_EQ(parsed.query.type, RrType{0x1234});
    EXPECT_EQ(parsed.query.question_end, 12 + 17 + 4);
    EXPECT_EQ(parsed.query.name.label_count(), 3U);
    EXPECT_TRUE(parsed.query.edns.present());
    EXPECT_TRUE(parsed.query.edns.dnssec_ok());
}

TEST(ParseQuery, NothingOfTheLastQueryIsLeft) {
    Query query;
    const auto parse = [&query](std::string message) {
        message.append(padding, '\0');
        parse_query(reinterpret_cast<std::uint8_t*>(message.data()),
                    static_cast<std::uint16_t>(message.size() - padding),
                    static_cast<std::uint16_t>(message.size()), some_key, query);
    };
    parse(make_query("example.com", RrType::a, OptSpec{.version = 1, .dnssec_ok = true}));
    ASSERT_EQ(query.verdict, Verdict::badvers);
    parse(make_query("example.com", RrType::a, std::nullopt));
    EXPECT_EQ(query.verdict, Verdict::answer);
    EXPECT_FALSE(query.edns.present());
    EXPECT_FALSE(query.edns.dnssec_ok());
    parse(with_name(be16(0xc00c)));
    EXPECT_EQ(query.question_end, wire::header_size);
}

// An OPT that came before the record that is broken must not be answered to.
TEST(ParseQuery, FormerrForgetsTheOpt) {
    std::string query = make_query("example.com", RrType::a) + "broken";
    put16(query, 10, 2);
    const Parsed parsed(query);
    EXPECT_EQ(parsed.query.verdict, Verdict::formerr);
    EXPECT_FALSE(parsed.query.edns.present());
}

TEST(ParseQuery, EveryTruncationHasItsVerdict) {
    for (const char* name : {"", "a", "www.example.com"}) {
        const std::string query = make_query(name, RrType::a);
        const std::size_t question_end = query.size() - wire::opt_size;
        for (std::size_t size = 0; size < query.size(); ++size) {
            const Verdict expected =
                size < wire::header_size ? Verdict::drop_short_message : Verdict::formerr;
            EXPECT_EQ(Parsed(query.substr(0, size)).query.verdict, expected) << name << size;
            // Without the OPT in the count, the question alone is enough.
            std::string without_opt = query.substr(0, size);
            if (size < wire::header_size) continue;
            put16(without_opt, 10, 0);
            EXPECT_EQ(Parsed(without_opt).query.verdict,
                      size < question_end ? Verdict::formerr : Verdict::answer)
                << name << size;
        }
    }
}

TEST(ParseQuery, LimitIsTheClientsWithin512And1232) {
    const auto limit = [](std::optional<OptSpec> opt, std::size_t capacity) {
        return answer::limit(
            Parsed(make_query("example.com", RrType::a, std::move(opt)), capacity).query);
    };
    constexpr std::size_t roomy = 2048;
    EXPECT_EQ(limit(std::nullopt, roomy), 512);
    EXPECT_EQ(limit(OptSpec{.udp_payload = 0}, roomy), 512);
    EXPECT_EQ(limit(OptSpec{.udp_payload = 511}, roomy), 512);
    EXPECT_EQ(limit(OptSpec{.udp_payload = 512}, roomy), 512);
    EXPECT_EQ(limit(OptSpec{.udp_payload = 513}, roomy), 513);
    EXPECT_EQ(limit(OptSpec{.udp_payload = 1232}, roomy), 1232);
    EXPECT_EQ(limit(OptSpec{.udp_payload = 1233}, roomy), 1232);
    EXPECT_EQ(limit(OptSpec{.udp_payload = 65535}, roomy), 1232);
    EXPECT_EQ(limit(OptSpec{.udp_payload = 4096}, 1232 + padding), 1232);
    EXPECT_EQ(limit(OptSpec{.udp_payload = 4096}, 1231 + padding), 1231) << "the buffer's end";
    EXPECT_EQ(limit(std::nullopt, 100), 100 - padding);
}

// A reply without records must always fit, whatever the limit.
TEST(ParseQuery, LimitLeavesRoomForTheQuestionAndTheOpt) {
    std::string longest;
    for (int n = 0; n < 127; ++n) longest += octet(1) + "a";
    const std::string query = with_name(longest + octet(0));
    const std::string with_opt =
        make_query(test::QuerySpec{.name = longest + octet(0), .opt = OptSpec{.udp_payload = 0}});
    for (const std::string& message : {query, with_opt}) {
        const Parsed parsed(message);
        ASSERT_EQ(parsed.query.verdict, Verdict::answer);
        EXPECT_GE(limit(parsed.query),
                  parsed.query.question_end + (parsed.query.edns.present() ? wire::opt_size : 0));
    }
}

}  // namespace
}  // namespace apex::answer
