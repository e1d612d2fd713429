// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The writer's side: one ALIAS update, and the switch of a zone in which every
// name changed. No reader is online, so waiting for readers costs nothing here.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <vector>

#include "bench/micro/bench_table.hh"

namespace apex::bench {
namespace {

test::ZoneImage generation(table::ZoneId id, std::size_t names, std::uint32_t number) {
    test::ZoneImage zone(id, "example.com", number);
    for (std::size_t n = 0; n < names; ++n) {
        zone.add(host(n), {test::body_of(wire::RrType::a, test::a_record(number))});
    }
    return zone;
}

void publish_replace(benchmark::State& state) {
    table::Table table(1);
    table::Publisher publisher(table);
    const table::ZoneId id = publisher.new_zone();
    const std::array zones{generation(id, 1000, 1), generation(id, 1000, 2)};
    table::ZoneChange change = zones[0].put();
    publisher.apply(std::span(&change, 1));
    std::size_t n = 0;
    bool replaced = true;
    for ([[maybe_unused]] auto iteration : state) {
        // Each name in turn, then each again with its first answer.
        replaced &= publisher.replace(zones[(n / 1000 + 1) % 2].nodes()[n % 1000]);
        ++n;
    }
    if (!replaced) state.SkipWithError("a node was not replaced");
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(publish_replace);

void publish_switch(benchmark::State& state) {
    const auto names = static_cast<std::size_t>(state.range(0));
    table::Table table(1);
    table::Publisher publisher(table);
    const table::ZoneId id = publisher.new_zone();
    const std::array zones{generation(id, names, 1), generation(id, names, 2)};
    std::size_t n = 0;
    for ([[maybe_unused]] auto iteration : state) {
        table::ZoneChange change = zones[n++ % 2].put();
        publisher.apply(std::span(&change, 1));
        if (change.changed_names != names) state.SkipWithError("not every name changed");
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(names));
}
BENCHMARK(publish_switch)->ArgName("names")->Arg(10'000)->Unit(benchmark::kMillisecond);

/// A change of one target at 10,000 owners, with a CNAME to each or without.
void publish_bodies(benchmark::State& state) {
    constexpr std::uint32_t owners = 10'000;
    const bool has_aliases = state.range(0) != 0;
    table::Table table(1);
    table::Publisher publisher(table);
    const table::ZoneId id = publisher.new_zone();
    test::ZoneImage zone(id, "example.com");
    const std::string cname = test::be16(wire::question_pointer) + test::be16(5) + test::be16(1) +
                              test::be32(300) + test::be16(2) + test::be16(0xc010);
    const std::string soa = test::soa_body(1).bytes;
    for (std::uint32_t n = 0; n < owners; ++n) {
        zone.add(host(n), {test::body_of(wire::RrType::a, test::a_record(n)),
                           test::body_of(wire::RrType::aaaa, std::string(28, 'x')),
                           test::body_of(wire::RrType::soa, soa)});
    }
    for (std::uint32_t n = 0; has_aliases && n < owners; ++n) {
        table::BodyImage chain = test::body_of(table::Node::any_other_type, cname + soa);
        chain.nscount = 1;
        zone.add("www." + host(n),
                 {test::body_of(wire::RrType::cname, cname),
                  test::body_of(wire::RrType::a, cname + test::a_record(n), 2),
                  test::body_of(wire::RrType::aaaa, cname + std::string(28, 'x'), 2), chain},
                 {.cname = true});
    }
    table::ZoneChange all = zone.put();
    publisher.apply(std::span(&all, 1));
    std::vector<table::BodyChange> changes;
    for (std::size_t n = 0; n < owners; ++n) {
        for (const bool is_alias : {false, true}) {
            if (is_alias && !has_aliases) continue;
            changes.push_back({.zone = id,
                               .name = &zone.names()[n + (is_alias ? owners : 0)],
                               .type = wire::RrType::a,
                               .is_behind_chain = is_alias});
        }
    }
    std::uint32_t round = 0;
    for ([[maybe_unused]] auto iteration : state) {
        const table::BodyImage body = test::body_of(wire::RrType::a, test::a_record(++round));
        for (table::BodyChange& change : changes) change.body = &body;
        publisher.replace_bodies(changes);
        if (!std::ranges::all_of(changes, &table::BodyChange::is_done)) {
            state.SkipWithError("a body was not replaced");
        }
    }
}
BENCHMARK(publish_bodies)->ArgName("aliases")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace apex::bench
