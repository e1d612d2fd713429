// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What a query costs before anything is looked up: parsing it, hashing its name.
#include <benchmark/benchmark.h>

#include "dataplane/answer/query.hh"
#include "dataplane/wire/name_hash.hh"
#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"
#include "tests/packet/table_content.hh"

namespace apex::bench {
namespace {

const wire::HashKey some_key = test::key_of(1);

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
    const std::string padded = name + std::string(wire::hash_block, '\0');
    for ([[maybe_unused]] auto iteration : state) {
        benchmark::DoNotOptimize(
            wire::hash_name(test::bytes_of(padded).data(), name.size(), some_key));
    }
    state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hash_name)->ArgName("labels")->Arg(3)->Arg(10)->Arg(127);

}  // namespace
}  // namespace apex::bench
