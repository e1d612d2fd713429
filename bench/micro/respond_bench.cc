// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Replies: one message from parsed query to bytes, and whole frames a burst at a
// time. Replies overwrite queries, so each round begins with a copy; "copy" is
// that alone.
#include <benchmark/benchmark.h>

#include <array>
#include <cstring>
#include <memory>

#include "bench/micro/bench_table.hh"
#include "dataplane/answer/response.hh"
#include "dataplane/io/burst.hh"
#include "tests/packet/frame.hh"

namespace apex::bench {
namespace {

using wire::RrType;

constexpr std::size_t mbuf = 2048;

/// A name that is there, one that is not, and one outside the zone.
void respond(benchmark::State& state, const char* name) {
    const table::Snapshot snapshot = BenchTable::of(1000).snapshot();
    const std::string message = test::make_query(name, RrType::a);
    std::array<std::uint8_t, mbuf> buffer{};
    answer::Query query;
    std::memcpy(buffer.data(), message.data(), message.size());
    answer::parse_query(buffer.data(), static_cast<std::uint16_t>(message.size()), mbuf,
                        snapshot.hash_key(), query);
    for ([[maybe_unused]] auto iteration : state) {
        std::memcpy(buffer.data(), message.data(), message.size());
        benchmark::DoNotOptimize(answer::respond(query, snapshot));
        benchmark::ClobberMemory();
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(respond, hit, "host42.example.com");
BENCHMARK_CAPTURE(respond, nxdomain, "none.host42.example.com");
BENCHMARK_CAPTURE(respond, refused, "host42.example.org");

/// Frames of 32 names at a time, out of many.
class Frames {
  public:
    Frames(const std::vector<std::string>& names, bool v6) {
        for (const std::string& name : names) {
            frames_.push_back(
                test::make_frame({.payload = test::make_query(name, RrType::a), .v6 = v6}));
        }
        for (io::Frame& frame : burst_) frame.capacity = mbuf;
        for (std::size_t n = 0; n < burst_.size(); ++n) burst_[n].data = &buffers_[n * mbuf];
    }
    std::span<io::Frame> next() {
        for (io::Frame& frame : burst_) {
            const std::string& bytes = frames_[at_];
            std::memcpy(frame.data, bytes.data(), bytes.size());
            frame.length = static_cast<std::uint16_t>(bytes.size());
            at_ = (at_ + 1) % frames_.size();
        }
        return burst_;
    }

  private:
    std::vector<std::string> frames_;
    std::size_t at_ = 0;
    std::unique_ptr<std::uint8_t[]> buffers_ =
        std::make_unique<std::uint8_t[]>(io::burst_size * mbuf);
    std::array<io::Frame, io::burst_size> burst_{};
};

// Of 1,000,000 names so many touch more than a last-level cache keeps.
constexpr std::size_t drawn = std::size_t{1} << 17;

void burst_copy(benchmark::State& state) {
    Frames frames(BenchTable::of(1000).draw(drawn, true), false);
    for ([[maybe_unused]] auto iteration : state) benchmark::DoNotOptimize(frames.next());
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(io::burst_size));
}
BENCHMARK(burst_copy);

void burst_run(benchmark::State& state, bool v6, bool present) {
    const BenchTable& table = BenchTable::of(static_cast<std::size_t>(state.range(0)));
    Frames frames(table.draw(drawn, present), v6);
    io::Burst burst(test::sample_endpoint(false));
    answer::Counters counters;
    for ([[maybe_unused]] auto iteration : state) {
        burst.run(frames.next(), table.snapshot(), counters);
    }
    const auto verdict = present ? answer::Verdict::answer : answer::Verdict::nxdomain;
    const auto all = static_cast<std::uint64_t>(state.iterations()) * io::burst_size;
    if (counters.get(verdict) != all) state.SkipWithError("not every frame had the reply meant");
    state.SetItemsProcessed(static_cast<std::int64_t>(all));
}
BENCHMARK_CAPTURE(burst_run, v4_hit, false, true)->ArgName("names")->Arg(1000)->Arg(1'000'000);
BENCHMARK_CAPTURE(burst_run, v6_hit, true, true)->ArgName("names")->Arg(1000);
BENCHMARK_CAPTURE(burst_run, v4_nxdomain, false, false)
    ->ArgName("names")
    ->Arg(1000)
    ->Arg(1'000'000);

}  // namespace
}  // namespace apex::bench
