// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Most replies are written by a short way of their own: io::Burst over IPv4 takes it, for names
// that exist and for those that a wildcard, a zone cut or a zone denies. Each must be what the long
// way says, answer::respond() that knows nothing of the name beforehand, with every kind of vectors
// that this machine has.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "dataplane/answer/response.hh"
#include "dataplane/io/burst.hh"
#include "dataplane/table/publisher.hh"
#include "tests/packet/frame.hh"
#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"
#include "tests/packet/run_burst.hh"
#include "tests/packet/table_content.hh"
#include "tests/packet/vectors.hh"

namespace apex::test {
namespace {

using answer::Verdict;
using table::BodyImage;
using wire::RrType;

constexpr std::size_t hosts = 12'000;
constexpr std::size_t capacity = 2048;

std::string host(std::size_t n) {
    return "h" + std::to_string(n) + ".example.com";
}

/// Two servers of the cut, the first with glue that the reply may lack.
BodyImage referral_body(std::uint32_t address) {
    const auto server = [](char digit) {
        const std::string name = octet(3) + "ns" + digit + be16(0xc00c);
        return be16(0xc00c) + be16(2) + be16(1) + be32(300) + be16(6) + name;
    };
    BodyImage body;
    body.bytes = server('1') + server('2');
    body.essential_length = static_cast<std::uint16_t>(body.bytes.size());
    body.bytes += be16(0xc00c + 16) + a_record(address).substr(2);
    body.nscount = 2;
    body.arcount = 1;
    body.authoritative = false;
    body.fixups = {0, 16, 18, 34, 36};
    return body;
}

/// example.com, in which each third host has a wildcard below it, each fifth is a cut, each
/// seventh a DNAME's owner, and some are zones of their own.
class ShortWayTest : public testing::TestWithParam<wire::Vectors> {
  protected:
    ShortWayTest() {
        std::vector<ZoneImage> zones;
        zones.emplace_back(publisher_.new_zone(), "example.com");
        zones[0].add("example.com", {body_of(RrType::a, a_record(1))}, {.wildcard = true});
        for (std::size_t n = 0; n < hosts; ++n) add(zones, n);
        std::vector<table::ZoneChange> changes;
        for (const ZoneImage& zone : zones) changes.push_back(zone.put());
        publisher_.apply(changes);
        reader_.online();
    }

    void add(std::vector<ZoneImage>& zones, std::size_t n) {
        const auto a = body_of(RrType::a, a_record(static_cast<std::uint32_t>(n)));
        const std::string name = host(n);
        if (n % 101 == 0) {
            zones.emplace_back(publisher_.new_zone(), name, static_cast<std::uint32_t>(n));
            zones.back().add(name, {a}, {.wildcard = n % 2 == 0});
            if (n % 2 == 0) zones.back().add("*." + name, {a});
        }
        if (n % 3 == 0) {
            zones[0].add(name, {}, {.wildcard = true});
            zones[0].add("*." + name, {a});
        } else if (n % 5 == 0) {
            BodyImage ds = soa_body(7);
            ds.type = RrType::ds;
            zones[0].add(name, {ds, referral_body(static_cast<std::uint32_t>(n))}, {.cut = true});
        } else if (n % 7 == 0) {
            const std::string target = octet(3) + "new" + octet(4) + "test" + octet(0);
            zones[0].add(name,
                         {body_of(RrType::dname, be16(0xc00c) + be16(39) + be16(1) + be32(300) +
                                                     be16(10) + target)},
                         {.dname = true});
        } else {
            zones[0].add(name, {a});
        }
    }

    /// What the long way writes for the message.
    std::string long_way(const std::string& query, Verdict& verdict) const {
        const auto buffer = std::make_unique<std::uint8_t[]>(capacity);
        std::ranges::copy(query, buffer.get());
        const table::Snapshot snapshot = table_.snapshot();
        answer::Query parsed;
        answer::parse_query(buffer.get(), query.size(), capacity - udp_at_v4 - 8,
                            snapshot.hash_key(), parsed);
        const answer::Reply reply = answer::respond(parsed, snapshot, table::Probe{});
        verdict = reply.verdict;
        return {buffer.get(), buffer.get() + reply.length};
    }

    table::Table table_{1};
    table::Publisher publisher_{table_};
    table::Reader reader_{table_, 0};
};

/// A name that has to do with host `n`, in wire form.
std::string some_name(std::size_t n, std::mt19937_64& random) {
    switch (random() % 12) {
        case 0:
            return wire_name(host(n));
        case 1:
            return wire_name("*." + host(n));
        case 2:
            return wire_name("any.more." + host(n));
        case 3:
            return wire_name("none" + std::to_string(n) + ".example.com");
        case 4:
            return wire_name(std::string(60, 'x') + '.' + host(n));
        case 5:
            return wire_name("a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.1.2.3." +
                             host(n));
        case 6:  // no zone's
            return wire_name("www." + host(n) + ".example");
        case 7:  // a zero octet in a label
            return octet(3) + 'a' + octet(0) + 'b' + wire_name(host(n));
        case 8: {  // no label is so long
            const auto size = static_cast<unsigned>(64 + random() % 64);
            return octet(size) + std::string(size, 'x') + wire_name(host(n));
        }
        default:
            return wire_name("Any." + host(n));
    }
}

INSTANTIATE_TEST_SUITE_P(Vectors, ShortWayTest, testing::ValuesIn(all_vectors()), vectors_name);

TEST_P(ShortWayTest, SaysWhatTheLongWaySays) {
    io::Burst burst(sample_endpoint(false), answer::silent_server, GetParam());
    constexpr std::array types{RrType::a,  RrType::a,  RrType::a,  RrType::aaaa,
                               RrType::ds, RrType::ns, RrType::any};
    std::mt19937_64 random(1);
    Counts seen{};
    for (std::size_t round = 0; round < 3000; ++round) {
        std::vector<std::string> queries;
        std::vector<FrameBuffer> buffers;
        std::vector<io::Frame> frames;
        for (std::size_t n = 0; n < io::burst_size; ++n) {
            std::optional<OptSpec> opt;
            if (random() % 2 == 0) opt = OptSpec{.dnssec_ok = random() % 2 == 0};
            queries.push_back(make_query({.name = some_name(random() % hosts, random),
                                          .type = types[random() % types.size()],
                                          .opt = opt}));
            buffers.emplace_back(make_frame({.payload = queries.back()}), capacity);
            frames.push_back(buffers.back().frame());
        }
        answer::Counters counters;
        burst.run(frames, table_.snapshot(), counters);
        for (std::size_t n = 0; n < frames.size(); ++n) {
            Verdict verdict{};
            const std::string expected = long_way(queries[n], verdict);
            const std::string reply = buffers[n].bytes(frames[n].reply_length);
            ASSERT_EQ(name_of_verdict(frames[n].verdict), name_of_verdict(verdict))
                << testing::PrintToString(queries[n]);
            ASSERT_EQ(reply.substr(std::min(reply.size(), udp_at_v4 + 8)), expected);
            ASSERT_EQ(frame_faults(reply), "");
            ++seen[answer::index(verdict)];
        }
        Counts counted = counts_of(counters);
        for (const io::Frame& frame : frames) --counted[answer::index(frame.verdict)];
        ASSERT_EQ(counted, Counts{}) << "each is counted once";
        reader_.quiescent();
    }
    for (const Verdict verdict : {Verdict::answer, Verdict::nodata, Verdict::nxdomain,
                                  Verdict::referral, Verdict::refused}) {
        EXPECT_GT(seen[answer::index(verdict)], 1000U) << name_of_verdict(verdict);
    }
}

}  // namespace
}  // namespace apex::test
