// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Readers while the writer writes: every snapshot shows one generation of a
// zone, whole. Each body and the zone's negative answer carry the number of the
// generation that they belong to. Meant to be run under TSan as well.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "dataplane/table/publisher.hh"
#include "dataplane/table/table.hh"
#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"
#include "tests/packet/table_content.hh"

namespace apex::table {
namespace {

using test::body_of;
using test::name_of;
using test::ZoneImage;
using wire::RrType;

constexpr unsigned names = 1000;
constexpr unsigned switches = 500;
constexpr unsigned reader_count = 2;

wire::Name numbered(unsigned n) {
    return name_of("n" + std::to_string(n) + ".example.com");
}

/// The generation that an answer carries in its last four octets.
std::uint32_t generation_of(const Node& node, RrType type) {
    Body body;
    if (!node.find(type, body) || body.length() < 4) return ~std::uint32_t{0};
    return wire::load_be32(body.bytes() + body.length() - 4);
}

/// The generation of a negative answer, which carries it as its SOA's serial.
std::uint32_t serial_of(const Node& node) {
    Body body;
    if (!node.find(Node::any_other_type, body) || body.length() < 20) return ~std::uint32_t{0};
    return wire::load_be32(body.bytes() + body.length() - 20);
}

std::vector<BodyImage> stamped(std::uint32_t generation) {
    return {body_of(RrType::a, test::a_record(generation)),
            body_of(RrType::aaaa, std::string(12, 'x') + test::be32(generation))};
}

/// Reading threads, each calling check(snapshot) on a snapshot of its own until
/// the scope ends; a check returns what is wrong, or nothing.
class Readers {
  public:
    template <typename MakeCheck>
    Readers(Table& table, MakeCheck make_check) {
        for (unsigned id = 0; id < reader_count; ++id) {
            threads_.emplace_back([this, &table, id, make_check] {
                Reader reader(table, id);
                reader.online();
                auto check = make_check(table.snapshot().hash_key());
                unsigned rounds = 0;
                while (!stop_.load(std::memory_order_relaxed)) {
                    const std::string wrong = check(table.snapshot());
                    reader.quiescent();
                    snapshots_.fetch_add(1, std::memory_order_relaxed);
                    if (!wrong.empty()) {
                        ADD_FAILURE() << wrong;
                        break;
                    }
                    // Now and then out and in again, as a worker does around a sleep.
                    if (++rounds % 16 == 0) {
                        reader.offline();
                        std::this_thread::yield();
                        reader.online();
                    }
                }
                reader.offline();
                failed_.fetch_add(1, std::memory_order_relaxed);
            });
        }
    }
    ~Readers() { stop(); }

    /// True while all of them still read; the writer need not go on otherwise.
    bool all_well() const { return failed_.load(std::memory_order_relaxed) == 0; }
    unsigned snapshots() const { return snapshots_.load(std::memory_order_relaxed); }
    /// Lets the readers take at least one snapshot more.
    void wait_for_snapshot() const {
        const unsigned before = snapshots();
        while (snapshots() == before && all_well()) std::this_thread::yield();
    }
    void stop() {
        stop_.store(true, std::memory_order_relaxed);
        for (std::thread& thread : threads_) thread.join();
        threads_.clear();
    }

  private:
    std::atomic<bool> stop_{false};
    std::atomic<unsigned> failed_{0};
    std::atomic<unsigned> snapshots_{0};
    std::vector<std::thread> threads_;
};

std::vector<wire::QueryName> questions(const wire::HashKey& key, unsigned from, unsigned to) {
    std::vector<wire::QueryName> parsed;
    for (unsigned n = from; n < to; ++n) {
        parsed.push_back(test::question(numbered(n).wire(), key));
    }
    return parsed;
}

void apply(Publisher& publisher, ZoneChange change) {
    publisher.apply(std::span(&change, 1));
}

class SwitchTest : public testing::Test {
  protected:
    Table table_{reader_count};
    Publisher publisher_{table_};
};

TEST_F(SwitchTest, NoSnapshotMixesGenerations) {
    const auto generation = [](std::uint32_t number) {
        ZoneImage zone(0, "example.com", number);
        zone.add("example.com", stamped(number));
        for (unsigned n = 0; n < names; ++n) zone.add(numbered(n), stamped(number));
        return zone;
    };
    // Few enough to be made beforehand: the writer then does nothing but switch.
    std::vector<ZoneImage> generations;
    for (std::uint32_t number = 0; number < 7; ++number) generations.push_back(generation(number));
    publisher_.new_zone();
    apply(publisher_, generations[0].put());
    Readers readers(table_, [](const wire::HashKey& key) {
        return [parsed = questions(key, 0, names), missing = questions(key, names, names + 1)](
                   const Snapshot& snapshot) -> std::string {
            const Lookup negative = snapshot.find(missing.front());
            if (negative.outcome != Outcome::name_error) return "no name error";
            const std::uint32_t number = serial_of(*negative.node);
            std::size_t found_late = 0;
            for (const wire::QueryName& name : parsed) {
                const Lookup lookup = snapshot.find(name);
                if (lookup.outcome != Outcome::found) return "a name is missing";
                Probe probe;
                snapshot.probe(name, probe);
                if (probe.candidate == nullptr) ++found_late;
                if (generation_of(*lookup.node, RrType::a) != number ||
                    generation_of(*lookup.node, RrType::aaaa) != number) {
                    return "generation " + std::to_string(number) + " shows " +
                           std::to_string(generation_of(*lookup.node, RrType::a));
                }
            }
            // Buckets are fuller now; what went beyond the second one is found late.
            return found_late <= names / 10 ? "" : "a switch makes names slow";
        };
    });
    for (std::uint32_t number = 1; number <= switches && readers.all_well(); ++number) {
        apply(publisher_, generations[number % generations.size()].put());
    }
    readers.stop();
    EXPECT_GT(readers.snapshots(), 2 * reader_count);
    EXPECT_EQ(publisher_.size().names, names + 1);
}

// Names that only every other generation has, and a zone that comes and goes
// inside the other one: whatever a snapshot shows belongs together.
TEST_F(SwitchTest, NamesAndZonesComeAndGoWhole) {
    publisher_.new_zone();
    publisher_.new_zone();
    ZoneImage even(0, "example.com", 0), odd(0, "example.com", 1), inner(1, "n0.example.com", 7);
    even.add("example.com", stamped(0));
    odd.add("example.com", stamped(1));
    for (unsigned n = 0; n < names; ++n) {
        if (n % 3 != 1) even.add(numbered(n), stamped(0));
        if (n % 3 != 2) odd.add(numbered(n), stamped(1));
    }
    inner.add("n0.example.com", stamped(7));
    std::vector<wire::Name> only_even, only_odd;
    for (unsigned n = 0; n < names; ++n) {
        if (n % 3 == 2) only_even.push_back(numbered(n));
        if (n % 3 == 1) only_odd.push_back(numbered(n));
    }
    apply(publisher_, even.put());
    Readers readers(table_, [](const wire::HashKey& key) {
        return [parsed = questions(key, 1, names), in = questions(key, 0, 1),
                below = test::question(name_of("x.n0.example.com").wire(), key),
                apex = test::question(name_of("example.com").wire(), key)](
                   const Snapshot& snapshot) -> std::string {
            const Lookup at_apex = snapshot.find(apex);
            if (at_apex.outcome != Outcome::found) return "no apex";
            const std::uint32_t number = generation_of(*at_apex.node, RrType::a);
            for (unsigned n = 1; n < names; ++n) {
                const Lookup lookup = snapshot.find(parsed[n - 1]);
                const bool expected = n % 3 != (number == 0 ? 1 : 2);
                if ((lookup.outcome == Outcome::found) != expected) {
                    return std::to_string(n) + (expected ? " is missing" : " should not be there");
                }
                if (expected && generation_of(*lookup.node, RrType::a) != number) return "mixed";
            }
            // The inner zone is there in odd generations.
            const Lookup at_cut = snapshot.find(in.front());
            if (at_cut.outcome != Outcome::found ||
                generation_of(*at_cut.node, RrType::a) != (number == 0 ? 0 : 7)) {
                return "the inner apex does not belong";
            }
            const Lookup inside = snapshot.find(below);
            if (inside.outcome != Outcome::name_error) return "no name error below the cut";
            return serial_of(*inside.node) == (number == 0 ? 0U : 7U)
                       ? ""
                       : "the name error is of the wrong zone";
        };
    });
    for (unsigned number = 1; number <= switches && readers.all_well(); ++number) {
        std::vector changes = number % 2 != 0 ? std::vector{odd.put(only_even), inner.put()}
                                              : std::vector{inner.take_out(), even.put(only_odd)};
        publisher_.apply(changes);
    }
    readers.stop();
    EXPECT_GT(readers.snapshots(), 2 * reader_count);
}

// An ALIAS update: A and AAAA change together, old answers never come back, and
// no reader sees memory that was given away.
TEST_F(SwitchTest, ReplaceShowsOneAnswerWhole) {
    publisher_.new_zone();
    ZoneImage first(0, "example.com");
    first.add("example.com", stamped(0));
    apply(publisher_, first.put());
    Readers readers(table_, [](const wire::HashKey& key) {
        return [apex = test::question(name_of("example.com").wire(), key),
                last = std::uint32_t{0}](const Snapshot& snapshot) mutable -> std::string {
            for (int n = 0; n < 20; ++n) {
                const Lookup lookup = snapshot.find(apex);
                if (lookup.outcome != Outcome::found) return "missing";
                const std::uint32_t number = generation_of(*lookup.node, RrType::a);
                if (generation_of(*lookup.node, RrType::aaaa) != number) return "mixed";
                if (test::body_bytes(*lookup.node) != test::a_record(number)) return "torn";
                if (number < last) return "the answer went back";
                last = number;
            }
            return "";
        };
    });
    for (std::uint32_t number = 1; number <= 20'000 && readers.all_well(); ++number) {
        ZoneImage next(0, "example.com");
        next.add("example.com", stamped(number));
        ASSERT_TRUE(publisher_.replace(next.nodes()[0]));
        if (number % 100 == 0) readers.wait_for_snapshot();
    }
    readers.stop();
    publisher_.synchronize();
    EXPECT_GT(readers.snapshots(), 200U);
}

// Replace between switches of the same zone, and the index growing meanwhile.
TEST_F(SwitchTest, GrowthHidesNothing) {
    publisher_.new_zone();
    ZoneImage first(0, "example.com");
    first.add("example.com", stamped(0));
    for (unsigned n = 0; n < 50; ++n) first.add(numbered(n), stamped(0));
    apply(publisher_, first.put());
    Readers readers(table_, [](const wire::HashKey& key) {
        return [parsed = questions(key, 0, 50)](const Snapshot& snapshot) -> std::string {
            for (const wire::QueryName& name : parsed) {
                const Lookup lookup = snapshot.find(name);
                if (lookup.outcome != Outcome::found) return "a name is missing";
                if (generation_of(*lookup.node, RrType::a) !=
                    generation_of(*lookup.node, RrType::aaaa)) {
                    return "mixed";
                }
            }
            return "";
        };
    });
    std::vector<std::unique_ptr<ZoneImage>> zones;
    for (unsigned number = 1; number <= 60 && readers.all_well(); ++number) {
        const std::string apex = "z" + std::to_string(number) + ".org";
        const ZoneId id = publisher_.new_zone();
        zones.push_back(std::make_unique<ZoneImage>(id, apex));
        for (unsigned n = 0; n < 40 * number; ++n) {
            zones.back()->add("n" + std::to_string(n) + "." + apex, stamped(number));
        }
        apply(publisher_, zones.back()->put());
        ZoneImage next(0, "example.com");
        next.add(numbered(number % 50), stamped(number));
        publisher_.replace(next.nodes()[0]);
        if (number % 4 == 0) {
            apply(publisher_, zones[number / 2]->take_out());
            publisher_.release_zone(number / 2 + 1);
            zones[number / 2] = std::make_unique<ZoneImage>(number / 2 + 1, "gone.org");
        }
    }
    readers.stop();
}

// A burst that began on the old index ends on it: growing must not give the old
// buckets away meanwhile. The first node to come has their size, so that it would
// be put in their place.
TEST_F(SwitchTest, GrowthWaitsForTheBurstUnderWay) {
    publisher_.new_zone();
    publisher_.new_zone();
    ZoneImage first(0, "example.com"), large(1, "large.org");
    first.add("example.com", stamped(0));
    for (unsigned n = 0; n < 50; ++n) first.add(numbered(n), stamped(0));
    apply(publisher_, first.put());
    const std::size_t old_buckets = publisher_.size().bytes - 51 * 128 - 128;
    ASSERT_EQ(old_buckets, 64 * sizeof(Bucket)) << "the index is not of the size thought";
    large.add("large.org", {body_of(RrType::a, std::string(old_buckets - 64, '\xff'))});
    ASSERT_EQ(large.nodes()[0].size(), old_buckets);
    for (unsigned n = 0; n < 1000; ++n) large.add("n" + std::to_string(n) + ".large.org", {});

    Reader reader(table_, 0);
    reader.online();
    {
        const Snapshot snapshot = table_.snapshot();
        std::atomic<bool> applied{false};
        std::thread writer([&] {
            apply(publisher_, large.put());
            applied = true;
        });
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        EXPECT_FALSE(applied);
        for (const wire::QueryName& name : questions(snapshot.hash_key(), 0, 50)) {
            EXPECT_EQ(snapshot.find(name).outcome, Outcome::found);
        }
        reader.quiescent();
        while (!applied) reader.quiescent();
        writer.join();
    }
    EXPECT_EQ(test::find(table_, "n999.large.org").outcome, Outcome::found);
    reader.offline();
}

// Names are compared in whole blocks, past a node's end: what the writer does to
// the neighbour meanwhile must not change what is found.
TEST_F(SwitchTest, NeighboursOfANodeMayChange) {
    const std::string label(30, 'e');
    const auto bare = [&](unsigned n) {
        // No body, and a name that ends on the node's last octets.
        return name_of(label + std::to_string(1000 + n) + ".example.com");
    };
    constexpr unsigned pairs = 64;
    publisher_.new_zone();
    ZoneImage first(0, "example.com");
    first.add("example.com", stamped(0));
    for (unsigned n = 0; n < pairs; ++n) first.add(bare(n), {}).add(numbered(n), stamped(0));
    ASSERT_EQ(first.nodes()[1].size(), Node::alignment);
    ASSERT_GT(Node::name_offset +
                  (bare(0).size() + wire::block_size - 1) / wire::block_size * wire::block_size,
              Node::alignment)
        << "the last block stays inside the node";
    apply(publisher_, first.put());
    Readers readers(table_, [&bare](const wire::HashKey& key) {
        std::vector<wire::QueryName> parsed;
        for (unsigned n = 0; n < pairs; ++n) {
            parsed.push_back(test::question(bare(n).wire(), key));
        }
        return [parsed](const Snapshot& snapshot) -> std::string {
            for (const wire::QueryName& name : parsed) {
                if (snapshot.find(name).outcome != Outcome::found) return "a name is missing";
            }
            return "";
        };
    });
    for (std::uint32_t number = 1; number <= 100 && readers.all_well(); ++number) {
        ZoneImage next(0, "example.com");
        for (unsigned n = 0; n < pairs; ++n) next.add(numbered(n), stamped(number));
        for (unsigned n = 0; n < pairs; ++n) publisher_.replace(next.nodes()[n]);
        readers.wait_for_snapshot();
    }
    readers.stop();
}

// What apply() and synchronize() promise: no reader is on the old state when they
// return, and they return although a registered reader is offline for good.
TEST_F(SwitchTest, WaitsForReadersInABurstOnly) {
    publisher_.new_zone();
    ZoneImage zone(0, "example.com");
    zone.add("example.com", stamped(0));
    const Reader idle(table_, 1);
    std::atomic<int> stage{0};
    std::thread reading([&] {
        Reader reader(table_, 0);
        reader.online();
        stage = 1;
        while (stage != 2) std::this_thread::yield();
        stage = 3;
        reader.quiescent();
        while (stage != 4) reader.quiescent();
        reader.offline();
    });
    while (stage != 1) std::this_thread::yield();
    std::thread releasing([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        stage = 2;
    });
    publisher_.synchronize();
    EXPECT_EQ(stage, 3) << "the burst that was under way had not ended";
    stage = 4;
    releasing.join();
    reading.join();
    apply(publisher_, zone.put());
}

}  // namespace
}  // namespace apex::table
