// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What a query costs before anything is looked up: parsing it, hashing its name.
#include <benchmark/benchmark.h>

#include "dataplane/answer/query.hh"
#include "dataplane/wire/name_hash.hh"
#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"

namespace apex::bench {
namespace {

constexpr wire::HashKey some_key{0x0123456789abcdef, 0xfedcba9876543211};

/// Names of few, several and as many labels as there can be.
std::string name_of_size(std::int64_t labels) {
    if (labels == 3) return "host123456.example.com";
    std::string name;
    for (std::int64_t n = 0; n < labels; ++n) name += n == 0 ? "a" : ".a";
    return name;
}

void parse_query(benchmark::State& state) {
    std::string message = test::make_query(name_of_size(state.range(0)), wire::RrType::a);
    const auto length = static_cast<std::uint16_t>(message.size());
    message.append(answer::padding, '\0');
    auto* bytes = reinterpret_cast<std::uint8_t*>(message.data());
    answer::Query query;
    for ([[maybe_unused]] auto iteration : state) {
        answer::parse_query(bytes, length, static_cast<std::uint16_t>(message.size()), some_key,
                            query);
        benchmark::DoNotOptimize(query);
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(parse_query)->ArgName("labels")->Arg(3)->Arg(10)->Arg(127);

void hash_name(benchmark::State& state) {
    const std::string name = test::wire_name(name_of_size(state.range(0)));
    const std::string padded = name + std::string(wire::hash_overread, '\0');
    std::vector<const std::uint8_t*> labels;
    for (std::size_t at = 0; padded[at] != '\0'; at += test::octet_at(padded, at) + 1U) {
        labels.push_back(test::bytes_of(padded).data() + at);
    }
    for ([[maybe_unused]] auto iteration : state) {
        std::uint64_t hash = wire::hash_root(some_key);
        for (std::size_t n = labels.size(); n > 0; --n) {
            hash = wire::hash_label(hash, labels[n - 1], some_key);
        }
        benchmark::DoNotOptimize(hash);
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hash_name)->ArgName("labels")->Arg(3)->Arg(10)->Arg(127);

}  // namespace
}  // namespace apex::bench
