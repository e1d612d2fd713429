// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Whole bursts of each kind of work that bench/line-rate asks for, over a table laid out
// as the compiler would lay it out. The number of frames is fixed, so that instructions
// can be counted: bench/instructions.
#include <benchmark/benchmark.h>

#include <array>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "dataplane/io/burst.hh"
#include "dataplane/table/publisher.hh"
#include "tests/packet/frame.hh"
#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"
#include "tests/packet/table_content.hh"

namespace apex::bench {
namespace {

using answer::Verdict;
using test::be16;
using test::be32;
using test::octet;
using wire::RrType;

constexpr std::size_t mbuf = 2496;  // as far apart as mbufs are: no power of two
constexpr std::size_t few_bursts = 200;
constexpr std::size_t many_bursts = 6250;  // what they lead to fits no cache
constexpr std::size_t rounds = 20000;

enum class Kind { hits, nxdomain, wildcard, referral, chain, labels100 };

/// As scripts/lib/mixes.py counts them.
std::string numbered(const char* prefix, std::size_t n) {
    const std::string digits = std::to_string(n);
    return prefix + std::string(7 - digits.size(), '0') + digits;
}

std::string label(const std::string& text) {
    return octet(static_cast<unsigned>(text.size())) + text;
}

std::string record(const std::string& owner, RrType type, const std::string& rdata) {
    return owner + be16(wire::to_int(type)) + be16(1) + be32(300) +
           be16(static_cast<unsigned>(rdata.size())) + rdata;
}

const std::string to_question = be16(0xc00c);

void add_referral(test::ZoneImage& zone, const std::string& host, std::uint32_t n) {
    const std::string ns1 = label("ns1") + to_question;
    const std::string ns2 = label("ns2") + to_question;
    table::BodyImage ds = test::soa_body(1);
    ds.type = RrType::ds;
    ds.fixups.clear();
    table::BodyImage body;
    body.bytes = record(to_question, RrType::ns, ns1) + record(to_question, RrType::ns, ns2) +
                 record(be16(0xc00c + 37), RrType::a, be32(n)) +
                 record(be16(0xc00c + 55), RrType::a, be32(n));
    body.nscount = 2;
    body.arcount = 2;
    body.authoritative = false;
    body.fixups = {0, 16, 18, 34, 36, 52};
    zone.add(host + ".example.com", {ds, body}, {.cut = true});
}

void add_chain(test::ZoneImage& zone, std::size_t n) {
    const std::string host = numbered("host", n);
    const std::string middle = numbered("middle", n);
    const std::string end = numbered("end", n);
    const std::string apex = be16(0xc018);
    const std::string first = record(to_question, RrType::cname, label(middle) + apex);
    const std::string address = test::a_record(static_cast<std::uint32_t>(n)).substr(2);
    const std::string second = record(be16(0xc035), RrType::cname, label(end) + apex);
    const std::string third = be16(0xc04f) + address;
    const std::string soa = test::soa_body(1).bytes;
    zone.add(
        host + ".example.com",
        {test::body_of(RrType::cname, first), test::body_of(RrType::a, first + second + third, 3),
         test::body_of(table::Node::any_other_type, first + second + soa, 2)},
        {.cname = true});
    zone.add(middle + ".example.com",
             {test::body_of(RrType::cname, second), test::body_of(RrType::a, second + third, 2),
              test::body_of(table::Node::any_other_type, second + soa, 1)},
             {.cname = true});
    zone.add(end + ".example.com", {test::body_of(RrType::a, to_question + address)});
}

void add(test::ZoneImage& zone, Kind kind, std::size_t n) {
    const std::string host = numbered("host", n);
    const auto address = static_cast<std::uint32_t>(n);
    const auto a = test::body_of(RrType::a, test::a_record(address));
    switch (kind) {
        case Kind::wildcard:
            zone.add(host + ".example.com", {}, {.wildcard = true});
            zone.add("*." + host + ".example.com", {a});
            break;
        case Kind::referral:
            add_referral(zone, host, address);
            break;
        case Kind::chain:
            add_chain(zone, n);
            break;
        default:
            zone.add(host + ".example.com", {a});
    }
}

std::string question(Kind kind, std::size_t n, std::mt19937_64& random) {
    switch (kind) {
        case Kind::nxdomain:
            return numbered("none", n) + ".example.com";
        case Kind::wildcard:
            return "any." + numbered("host", n) + ".example.com";
        case Kind::referral:
            return "www." + numbered("host", n) + ".example.com";
        case Kind::labels100: {
            std::string name;
            for (unsigned count = 0; count < 98; ++count)
                name += "0123456789abcdef"[random() % 16], name += '.';
            return name + "example.com";
        }
        default:
            return numbered("host", n) + ".example.com";
    }
}

void kind(benchmark::State& state, Kind kind, Verdict verdict) {
    const auto names = static_cast<std::size_t>(state.range(0));
    table::Table table(1);
    table::Publisher publisher(table);
    {
        test::ZoneImage zone(publisher.new_zone(), "example.com");
        zone.add("example.com", {test::body_of(RrType::a, test::a_record(1))});
        for (std::size_t n = 0; n < names; ++n) add(zone, kind, n);
        table::ZoneChange change = zone.put();
        publisher.apply(std::span(&change, 1));
    }
    std::mt19937_64 random(1);
    std::string frames;  // one after another, as a capture has them
    std::vector<std::uint16_t> lengths;
    const std::size_t bursts = names > 100'000 ? many_bursts : few_bursts;
    for (std::size_t n = 0; n < bursts * io::burst_size; ++n) {
        const auto opt = n % 2 == 0 ? std::optional<test::OptSpec>{test::OptSpec{}} : std::nullopt;
        const std::string name = question(kind, random() % names, random);
        const auto frame = test::make_frame({.payload = test::make_query(name, RrType::a, opt)});
        frames += frame;
        lengths.push_back(static_cast<std::uint16_t>(frame.size()));
    }
    const auto buffers = std::make_unique<std::uint8_t[]>(io::burst_size * mbuf);
    std::array<io::Frame, io::burst_size> burst{};
    table::Reader reader(table, 0);
    reader.online();
    io::Burst path(test::sample_endpoint(false));
    answer::Counters counters;
    std::size_t at = 0;
    const char* next = frames.data();
    for ([[maybe_unused]] auto iteration : state) {
        for (std::size_t n = 0; n < burst.size(); ++n) {
            const std::size_t frame = at++ % lengths.size();
            if (frame == 0) next = frames.data();
            burst[n].data = &buffers[n * mbuf];
            burst[n].length = lengths[frame];
            burst[n].capacity = mbuf;
            std::memcpy(burst[n].data, next, lengths[frame]);
            next += lengths[frame];
        }
        path.run(burst, table.snapshot(), counters);
    }
    if (counters.get(verdict) != at) state.SkipWithError("not every frame had the reply meant");
    state.SetItemsProcessed(static_cast<std::int64_t>(at));
    state.counters["bytes_per_name"] =
        static_cast<double>(publisher.size().bytes) / static_cast<double>(publisher.size().names);
}
#define APEX_KIND(name, verdict)                                \
    BENCHMARK_CAPTURE(kind, name, Kind::name, Verdict::verdict) \
        ->ArgName("names")                                      \
        ->Arg(1000)                                             \
        ->Arg(100'000)                                          \
        ->Arg(1'000'000)                                        \
        ->Iterations(rounds)
APEX_KIND(hits, answer);
APEX_KIND(nxdomain, nxdomain);
APEX_KIND(wildcard, answer);
APEX_KIND(referral, referral);
APEX_KIND(chain, answer);
APEX_KIND(labels100, nxdomain);

}  // namespace
}  // namespace apex::bench
