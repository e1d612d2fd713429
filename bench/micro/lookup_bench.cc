// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Lookups as a burst makes them: 32 names parsed and their buckets prefetched,
// then their nodes, then found. "nothing" does the same without a table, so that
// what the table costs is the difference. Times are a burst's; rates are a name's.
#include <benchmark/benchmark.h>

#include <array>

#include "bench/micro/bench_table.hh"
#include "dataplane/io/burst.hh"

namespace apex::bench {
namespace {

// Of 1,000,000 names so many touch some 50 MiB of buckets, nodes and names, more
// than a last-level cache keeps; fewer would measure the cache.
constexpr std::size_t drawn = std::size_t{1} << 18;

/// Wire names at a fixed distance, each with its block to read behind it.
class Names {
  public:
    explicit Names(const std::vector<std::string>& dotted) {
        for (const std::string& name : dotted) {
            std::string octets = test::wire_name(name);
            octets.resize(stride, '\0');
            octets_ += octets;
        }
        octets_.append(wire::QueryName::overread, '\0');
    }
    wire::Bytes operator[](std::size_t n) const {
        return test::bytes_of(octets_).subspan(n * stride, stride);
    }

  private:
    static constexpr std::size_t stride = 32;
    std::string octets_;
};

void bursts(benchmark::State& state, const Names& names, const table::Snapshot& snapshot,
            bool look_up) {
    std::array<wire::QueryName, io::burst_size> parsed;
    std::array<table::Probe, io::burst_size> probes;
    std::size_t at = 0;
    for ([[maybe_unused]] auto iteration : state) {
        for (std::size_t n = 0; n < io::burst_size; ++n) {
            benchmark::DoNotOptimize(parsed[n].guess(names[at + n], snapshot.hash_key()));
            if (look_up) snapshot.prefetch_bucket(parsed[n]);
        }
        if (look_up) {
            for (std::size_t n = 0; n < io::burst_size; ++n) snapshot.probe(parsed[n], probes[n]);
            for (table::Probe& probe : probes) {
                if (probe.is_miss) snapshot.probe_parent(probe);
            }
            for (std::size_t n = 0; n < io::burst_size; ++n) {
                benchmark::DoNotOptimize(snapshot.find(parsed[n], probes[n]));
            }
        }
        at = (at + io::burst_size) % drawn;
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(io::burst_size));
}

void lookup_nothing(benchmark::State& state) {
    const BenchTable& table = BenchTable::of(1000);
    bursts(state, Names(table.draw(drawn, true)), table.snapshot(), false);
}
BENCHMARK(lookup_nothing);

void lookup(benchmark::State& state, bool present) {
    const BenchTable& table = BenchTable::of(static_cast<std::size_t>(state.range(0)));
    bursts(state, Names(table.draw(drawn, present)), table.snapshot(), true);
    const table::TableSize size = table.size();
    state.counters["bytes_per_name"] =
        static_cast<double>(size.bytes) / static_cast<double>(size.names);
    state.counters["huge_share"] =
        static_cast<double>(size.huge) / static_cast<double>(size.mapped);
}
BENCHMARK_CAPTURE(lookup, hit, true)->ArgName("names")->Arg(1000)->Arg(1'000'000);
BENCHMARK_CAPTURE(lookup, miss, false)->ArgName("names")->Arg(1000)->Arg(1'000'000);

}  // namespace
}  // namespace apex::bench
