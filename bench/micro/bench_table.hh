// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Tables of a given size for the benchmarks, and names to ask them for. Built once
// a size; the benchmark's thread is the reader.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "dataplane/table/publisher.hh"
#include "dataplane/table/table.hh"
#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"
#include "tests/packet/table_content.hh"

namespace apex::bench {

inline std::string host(std::size_t n) {
    return "host" + std::to_string(n) + ".example.com";
}

/// One zone, example.com, of `names` names with one A record each.
class BenchTable {
  public:
    explicit BenchTable(std::size_t names) : names_(names) {
        test::ZoneImage zone(publisher_.new_zone(), "example.com");
        zone.add("example.com", {test::body_of(wire::RrType::a, test::a_record(1))});
        for (std::size_t n = 1; n < names; ++n) {
            zone.add(host(n), {test::body_of(wire::RrType::a,
                                             test::a_record(static_cast<std::uint32_t>(n)))});
        }
        table::ZoneChange change = zone.put();
        publisher_.apply(std::span(&change, 1));
        reader_.online();
    }

    /// The table of that size, made at the first call.
    static BenchTable& of(std::size_t names) {
        static std::map<std::size_t, std::unique_ptr<BenchTable>> tables;
        auto& table = tables[names];
        if (table == nullptr) table = std::make_unique<BenchTable>(names);
        return *table;
    }

    table::Snapshot snapshot() const { return table_.snapshot(); }
    table::TableSize size() const { return publisher_.size(); }

    /// `count` names drawn at random, that it has or that it has not.
    std::vector<std::string> draw(std::size_t count, bool present) const {
        std::mt19937_64 random(1);
        std::vector<std::string> drawn;
        for (std::size_t n = 0; n < count; ++n) {
            drawn.push_back(host(1 + random() % (names_ - 1) + (present ? 0 : names_)));
        }
        return drawn;
    }

  private:
    std::size_t names_;
    table::Table table_{1};
    table::Publisher publisher_{table_};
    table::Reader reader_{table_, 0};
};

}  // namespace apex::bench
