// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The writer's side: one ALIAS update, and the switch of a zone in which every
// name changed. No reader is online, so waiting for readers costs nothing here.
#include <benchmark/benchmark.h>

#include <array>

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

}  // namespace
}  // namespace apex::bench
