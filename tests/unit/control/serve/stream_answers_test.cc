// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Messages on a stream: cut anywhere, one after another, and what no client sends.
#include "control/serve/stream_answers.hh"

#include <event2/buffer.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "dataplane/table/publisher.hh"
#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"
#include "tests/packet/table_content.hh"

namespace apex::control {
namespace {

using answer::Verdict;
using test::be16;
using test::make_query;
using test::OptSpec;
using wire::RrType;

struct FreeBuffer {
    void operator()(evbuffer* buffer) const { evbuffer_free(buffer); }
};

class StreamAnswersTest : public testing::Test {
  protected:
    static constexpr std::size_t long_body = 40'000;

    StreamAnswersTest() {
        test::ZoneImage zone(publisher_.new_zone(), "example.com");
        zone.add("example.com", {test::body_of(RrType::a, test::a_record(1))});
        zone.add("long.example.com", {test::body_of(RrType::txt, std::string(long_body, 't'))});
        table::ZoneChange change = zone.put();
        publisher_.apply(std::span(&change, 1));
    }

    /// What is sent, as it goes over a stream.
    static std::string framed(const std::string& message) {
        return be16(static_cast<unsigned>(message.size())) + message;
    }
    void send(const std::string& octets) { evbuffer_add(in_.get(), octets.data(), octets.size()); }
    std::optional<std::size_t> answer() { return answers_.answer(in_.get(), out_.get()); }
    std::string received() {
        std::string octets(evbuffer_get_length(out_.get()), '\0');
        evbuffer_remove(out_.get(), octets.data(), octets.size());
        return octets;
    }
    static std::string a_reply(const std::string& name, const std::string& opt = "") {
        return be16(0x1234) + be16(0x8500) + be16(1) + be16(1) + be16(0) +
               be16(opt.empty() ? 0 : 1) + test::wire_name(name) + be16(1) + be16(1) +
               test::a_record(1) + opt;
    }

    table::Table table_{1};
    table::Publisher publisher_{table_};
    StreamAnswers answers_{table_, 0, answer::silent_server, 100};
    std::unique_ptr<evbuffer, FreeBuffer> in_{evbuffer_new()}, out_{evbuffer_new()};
    const std::string query_ = make_query("example.com", RrType::a, std::nullopt);
};

TEST_F(StreamAnswersTest, AnswersWhatIsWhole) {
    send(framed(query_) + framed(query_) + framed(query_).substr(0, 20));
    EXPECT_EQ(answer(), 2U);
    EXPECT_EQ(received(), framed(a_reply("example.com")) + framed(a_reply("example.com")));
    send(framed(query_).substr(20));
    EXPECT_EQ(answer(), 1U);
    EXPECT_EQ(received(), framed(a_reply("example.com")));
    EXPECT_EQ(answers_.counters().get(Verdict::answer), 3U);
}

TEST_F(StreamAnswersTest, OctetsMayComeOneByOne) {
    const std::string stream = framed(query_);
    for (std::size_t n = 0; n + 1 < stream.size(); ++n) {
        send(stream.substr(n, 1));
        ASSERT_EQ(answer(), 0U) << n;
    }
    send(stream.substr(stream.size() - 1));
    EXPECT_EQ(answer(), 1U);
    EXPECT_EQ(received(), framed(a_reply("example.com")));
}

TEST_F(StreamAnswersTest, NothingIsTruncated) {
    for (const bool edns : {false, true}) {
        const auto opt = edns ? std::optional<OptSpec>{OptSpec{.udp_payload = 512}} : std::nullopt;
        send(framed(make_query("long.example.com", RrType::txt, opt)));
        ASSERT_EQ(answer(), 1U);
        const std::string reply = received();
        EXPECT_EQ(reply.substr(4, 2), be16(0x8500));
        EXPECT_NE(reply.find(std::string(long_body, 't')), std::string::npos);
    }
}

// RFC 7828 §3.2.2: and not unasked.
TEST_F(StreamAnswersTest, TellsHowLongAConnectionMayBeIdle) {
    send(framed(make_query("example.com", RrType::a, OptSpec{.options = be16(11) + be16(0)})));
    ASSERT_EQ(answer(), 1U);
    const OptSpec told{.options = be16(11) + be16(2) + be16(100)};
    EXPECT_EQ(received(), framed(a_reply("example.com", test::make_opt(told))));
    send(framed(make_query("example.com", RrType::a)));
    ASSERT_EQ(answer(), 1U);
    EXPECT_EQ(received(), framed(a_reply("example.com", test::make_opt({}))));
}

TEST_F(StreamAnswersTest, WhatNoClientSendsEndsIt) {
    send(be16(11));  // less than a header, seen before it is there
    EXPECT_EQ(answer(), std::nullopt);
    in_.reset(evbuffer_new());
    std::string response = query_;
    response[2] = '\x80';
    send(framed(query_) + framed(response));
    EXPECT_EQ(answer(), std::nullopt);
    EXPECT_EQ(received(), framed(a_reply("example.com"))) << "what was asked before is answered";
    EXPECT_EQ(answers_.counters().get(Verdict::drop_response), 1U);
}

TEST_F(StreamAnswersTest, WhoDoesNotReadIsNotAnswered) {
    for (unsigned n = 0; n < 10; ++n) {
        send(framed(make_query("long.example.com", RrType::txt, std::nullopt)));
    }
    EXPECT_EQ(answer(), 2U) << "the second one is beyond the limit, the third does not begin";
    EXPECT_EQ(answer(), 0U);
    received();
    EXPECT_EQ(answer(), 2U);
}

// The table may change under it at any time but while it answers.
TEST_F(StreamAnswersTest, IsNoReaderInBetween) {
    send(framed(query_));
    ASSERT_EQ(answer(), 1U);
    publisher_.synchronize();  // returns
}

}  // namespace
}  // namespace apex::control
