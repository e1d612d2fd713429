// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What a flood of frames for the kernel costs a worker: bursts in which half of the frames are
// queries and half are not ours, which are freed (kernel:0) or go the kernel's way (kernel:1) at
// the usual rate, while another thread takes them away as the slow lane does. What counts is the
// time of one beside that of the other. The worker runs on CPU 1, the other thread on CPU 0.
#include <benchmark/benchmark.h>
#include <rte_cycles.h>

#include <array>
#include <atomic>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "bench/micro/bench_table.hh"
#include "bench/micro/on_cpu.hh"
#include "dataplane/io/burst.hh"
#include "dataplane/io/kernel_queue.hh"
#include "tests/packet/frame.hh"

namespace apex::bench {
namespace {

constexpr std::size_t mbuf = 2048;
constexpr std::uint32_t rate = 20'000;           // what a configuration has that says nothing
constexpr std::uint64_t second = 2'500'000'000;  // of the time-stamp counter, about

void flood(benchmark::State& state) {
    const bool has_kernel = state.range(0) != 0;
    BenchTable& content = BenchTable::of(1000);
    run_on(1);
    std::vector<std::string> originals;
    for (const std::string& name : content.draw(io::burst_size / 2, true)) {
        test::FrameSpec spec{.payload = test::make_query(name, wire::RrType::a, {})};
        originals.push_back(test::make_frame(spec));
        spec.destination_port = 5353;
        originals.push_back(test::make_frame(spec));
    }
    std::vector<std::array<std::uint8_t, mbuf>> buffers(originals.size());
    std::vector<io::Frame> frames(originals.size());
    io::Burst burst(test::sample_endpoint(false), test::sample_server());
    answer::Counters counters;
    io::KernelQueue queue(rate, second, 1522);
    std::atomic<bool> stop = false;
    std::thread slow_lane([&] {
        run_on(0);
        while (!stop.load(std::memory_order_relaxed)) {
            while (!queue.to_kernel.front().empty()) queue.to_kernel.pop();
            std::this_thread::sleep_for(std::chrono::microseconds(50));
        }
    });
    for (auto _ : state) {
        for (std::size_t n = 0; n < originals.size(); ++n) {
            std::memcpy(buffers[n].data(), originals[n].data(), originals[n].size());
            frames[n] = {
                buffers[n].data(), static_cast<std::uint16_t>(originals[n].size()), mbuf, 0, {}};
        }
        burst.run(frames, content.snapshot(), counters);
        std::uint64_t now = 0;
        for (const io::Frame& frame : frames) {
            if (frame.reply_length != 0 || !has_kernel || !answer::is_punt(frame.verdict)) continue;
            if (now == 0) now = rte_rdtsc();
            queue.punt({frame.data, frame.length}, frame.verdict, now, counters);
        }
    }
    stop = true;
    slow_lane.join();
    state.counters["limited"] = static_cast<double>(counters.get(answer::Verdict::punt_limited));
    state.counters["full"] = static_cast<double>(counters.get(answer::Verdict::punt_full));
}
BENCHMARK(flood)->ArgName("kernel")->Arg(0)->Arg(1);

}  // namespace
}  // namespace apex::bench
