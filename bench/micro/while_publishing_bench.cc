// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Bursts of queries at the apexes of 100,000 zones while another thread publishes so many
// other addresses a second at them, as the control loop does when ALIAS targets change. Run
// with --benchmark_repetitions and --benchmark_enable_random_interleaving=true: what counts is
// the rate beside that without publishing. The reader runs on CPU 1, the publisher on CPU 0.
#include <benchmark/benchmark.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "bench/micro/on_cpu.hh"
#include "dataplane/io/burst.hh"
#include "dataplane/table/publisher.hh"
#include "tests/packet/frame.hh"
#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"
#include "tests/packet/table_content.hh"

namespace apex::bench {
namespace {

using std::chrono::microseconds;
using std::chrono::steady_clock;
using wire::RrType;

constexpr std::size_t apexes = 100'000;
constexpr std::size_t mbuf = 2048;

std::string apex(std::size_t n) {
    return "zone" + std::to_string(n) + ".com";
}

/// Made once, and read by all runs.
class Apexes {
  public:
    Apexes() {
        std::vector<test::ZoneImage> zones;
        for (std::size_t n = 0; n < apexes; ++n) {
            const table::ZoneId id = publisher_.new_zone();
            zones.emplace_back(id, apex(n));
            zones.back().add(apex(n), {bodies_[0]});
            names_.push_back(test::name_of(apex(n)));
            ids_.push_back(id);
        }
        std::vector<table::ZoneChange> changes;
        for (test::ZoneImage& zone : zones) changes.push_back(zone.put());
        publisher_.apply(changes);
        std::mt19937_64 random(1);
        for (std::size_t n = 0; n < 200 * io::burst_size; ++n) {
            frames_.push_back(test::make_frame(
                {.payload = test::make_query(apex(random() % apexes), RrType::a, {})}));
        }
    }

    static Apexes& get() {
        static Apexes all;
        return all;
    }

    table::Table& table() { return table_; }
    const std::vector<std::string>& frames() const { return frames_; }

    /// A hundred at a time, until told to stop; how many there were.
    std::size_t publish(std::size_t a_second, const std::atomic<bool>& stop) {
        constexpr std::size_t at_once = 100;
        std::array<table::BodyChange, at_once> changes;
        std::mt19937_64 random(2);
        std::size_t published = 0;
        const auto started = steady_clock::now();
        while (!stop.load(std::memory_order_relaxed)) {
            std::this_thread::sleep_until(started + microseconds(published * 1'000'000 / a_second));
            const table::BodyImage& body = bodies_[++round_ % 2];
            for (table::BodyChange& change : changes) {
                const std::size_t n = random() % apexes;
                change = {.zone = ids_[n], .name = &names_[n], .type = RrType::a, .body = &body};
            }
            publisher_.replace_bodies(changes);
            published += at_once;
        }
        return published;
    }

  private:
    std::array<table::BodyImage, 2> bodies_{test::body_of(RrType::a, test::a_record(1)),
                                            test::body_of(RrType::a, test::a_record(2))};
    table::Table table_{1};
    table::Publisher publisher_{table_};
    std::vector<wire::Name> names_;
    std::vector<table::ZoneId> ids_;
    std::vector<std::string> frames_;
    std::size_t round_ = 0;
};

void while_publishing(benchmark::State& state) {
    const auto a_second = static_cast<std::size_t>(state.range(0));
    Apexes& all = Apexes::get();
    run_on(1);
    std::atomic<bool> stop = false;
    std::size_t published = 0;
    table::Reader reader(all.table(), 0);
    reader.online();
    std::thread publisher([&] {
        run_on(0);
        if (a_second > 0) published = all.publish(a_second, stop);
    });
    const auto buffers = std::make_unique<std::uint8_t[]>(io::burst_size * mbuf);
    std::array<io::Frame, io::burst_size> burst{};
    io::Burst path(test::sample_endpoint(false));
    answer::Counters counters;
    std::size_t at = 0;
    const auto started = steady_clock::now();
    for ([[maybe_unused]] auto iteration : state) {
        for (std::size_t n = 0; n < burst.size(); ++n) {
            const std::string& frame = all.frames()[at++ % all.frames().size()];
            burst[n].data = &buffers[n * mbuf];
            burst[n].length = static_cast<std::uint16_t>(frame.size());
            burst[n].capacity = mbuf;
            std::memcpy(burst[n].data, frame.data(), frame.size());
        }
        path.run(burst, all.table().snapshot(), counters);
        reader.quiescent();
    }
    const std::chrono::duration<double> passed = steady_clock::now() - started;
    stop = true;
    publisher.join();
    if (counters.get(answer::Verdict::answer) != at) {
        state.SkipWithError("not every query had the answer");
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(at));
    state.counters["published_a_second"] = static_cast<double>(published) / passed.count();
}
BENCHMARK(while_publishing)->ArgName("a_second")->Arg(0)->Arg(100'000)->UseRealTime();

}  // namespace
}  // namespace apex::bench
