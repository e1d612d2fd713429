// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The record table as readers see it: names in one hash index, zones beside it,
// one generation word. Who writes: the publisher, on one thread. Who reads: every
// registered Reader, wait-free. When freed: what a reader may still see is freed
// by the publisher after a grace period (rte_rcu_qsbr).
//
// An index entry is one 64-bit word: tag, node, how much of it to bring near, and in
// which generations (even, odd) it is visible. Most entries are visible in both. A zone reload
// marks the entries that come and go, then advances the generation: one store, and each burst sees
// all of the old zone or all of the new. An ALIAS update replaces one entry: one release store.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "dataplane/table/node.hh"
#include "dataplane/wire/name_hash.hh"
#include "dataplane/wire/query_name.hh"

struct rte_rcu_qsbr;

namespace apex::table {

/// One cache line of the index. A bucket without an empty slot continues in the
/// next one.
struct alignas(64) Bucket {
    static constexpr unsigned slots = 8;
    std::array<std::atomic<std::uint64_t>, slots> entries;
};

/// The word in a bucket's slot.
namespace entry {
inline constexpr std::uint64_t empty = 0;
inline constexpr std::uint64_t visible_both = 3;  // bit n: in generations of parity n
inline constexpr std::uint64_t tombstone = 4;     // was used; keeps its bucket "full"
// So many lines of the node, beside the first, hold what it is asked for most.
inline constexpr std::uint64_t second_line = 8;
inline constexpr std::uint64_t third_line = 16;
inline constexpr std::uint64_t fourth_line = 32;
inline constexpr std::uint64_t node_mask = 0x0000ffffffffffc0;

constexpr std::uint64_t tag_of_hash(std::uint64_t hash) {
    return hash >> 48;
}
constexpr std::uint64_t tag(std::uint64_t word) {
    return word >> 48;
}
constexpr bool visible(std::uint64_t word, unsigned parity) {
    return (word >> parity & 1) != 0;
}
inline const Node* node(std::uint64_t word) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the address is a part of the word
    return reinterpret_cast<const Node*>(word & node_mask);
}
}  // namespace entry

struct Index {
    Bucket* buckets = nullptr;
    std::uint64_t mask = 0;  ///< number of buckets, a power of two, minus one
};

/// What a zone says about names that are not in it. By parity of the generation.
struct ZoneSlot {
    std::array<std::atomic<const Node*>, 2> negative;
};

/// Depths (label counts) at which some served zone has its apex, a bit each.
using DepthSet = std::array<std::uint64_t, 2>;

enum class Outcome : std::uint8_t {
    found,       ///< the name exists; `node` is its node
    expanded,    ///< a wildcard covers the name; `node` is the wildcard's (RFC 4592 §3.3.1)
    delegated,   ///< below a zone cut; `node` is the cut's
    redirected,  ///< below a DNAME; `node` is its owner's (RFC 6672 §3.2)
    no_name,     ///< nothing that was found, and split() says it is no name; no node
    name_error,  ///< inside a zone, but no such name; `node` is the zone's negative answer
    no_zone,     ///< no zone here encloses the name; no node
};

struct Lookup {
    Outcome outcome = Outcome::no_zone;
    const Node* node = nullptr;
};

/// What the first bucket says about a name, and after a miss its parent's. Saves find()
/// the second look.
struct Probe {
    bool is_miss = false;  ///< no node has the name
    /// Of the node to be looked at, an entry's marks of the lines that were not brought near.
    std::uint8_t rest = 0;
    const Node* candidate = nullptr;  ///< a node that may have the name; visible
    // Of a miss; else they mean nothing.

    /// Of the name's parent, or of the ancestor that is looked at instead; 0 when none is.
    std::uint64_t parent_hash = 0;
    std::uint8_t parent_at = 0;    ///< where the parent begins in the name
    unsigned ancestor_labels = 0;  ///< of that ancestor when it is not the parent, else 0
    /// What probe_parent() adds: labels of an ancestor that is known to have no node; 0: none.
    unsigned missing_labels = 0;
    const Node* parent = nullptr;    ///< a node that may have the parent's name; visible
    const Node* wildcard = nullptr;  ///< one that may be the wildcard below it; visible
};

/// The table at one instant, for one burst: taken after a quiescent report and
/// dropped before the next. Everything that it leads to lives as long.
class Snapshot {
  public:
    const wire::HashKey& hash_key() const noexcept { return *key_; }

    /// First of three passes over a burst: brings the name's bucket near.
    void prefetch_bucket(const wire::QueryName& name) const noexcept;
    /// Second: brings the node near that the bucket points at, or after a miss the bucket
    /// of the name's parent, which most often tells why.
    /// Sets all of `probe` that is looked at; written in place, since a copy of what was
    /// just written field by field waits for it.
    void probe(const wire::QueryName& name, Probe& probe,
               wire::Vectors vectors = wire::Vectors::blocks) const noexcept;
    /// Between the second and the third, for misses: brings the wildcard below the name's
    /// parent near, or the parent's node.
    void probe_parent(Probe& probe) const noexcept;
    /// Shortly before the third: brings near what those two left of a large node.
    static void prefetch_rest(const Probe& probe) noexcept {
        if (probe.rest != 0) [[unlikely]]
            prefetch_lines(probe);
    }
    /// Third: the answer. Nearest zone first, then the name in it (RFC 1034 §4.3.2).
    /// `probe` is what probe() said of the same name. Splits the name where its
    /// labels are needed: for a miss, and where zones are served inside zones.
    Lookup find(const wire::QueryName& name, const Probe& probe) const noexcept;
    /// The node that find() finds at once: the name exists, and no zone that is served here
    /// can hide it. Null says nothing.
    const Node* find_surely(const wire::QueryName& name, const Probe& probe) const noexcept {
        const Node* node = probe.candidate;
        if (node == nullptr || !node->has_name({name.data(), name.size()})) return nullptr;
        // Most names are in a zone as deep as any.
        return node->zone_labels() >= deepest_ || is_nearest(*node, name) ? node : nullptr;
    }
    /// The same for a name of which the probe knows that it is a miss, where its parent tells
    /// why: it is the closest encloser, and in the nearest zone. no_zone says nothing.
    Lookup find_by_parent(const wire::QueryName& name, const Probe& probe) const noexcept;
    Lookup find(const wire::QueryName& name) const noexcept {
        return find(name, probe_at_once(name));
    }
    /// Both steps of a name that is not one of a burst.
    Probe probe_at_once(const wire::QueryName& name) const noexcept {
        Probe both;
        probe(name, both);
        probe_parent(both);
        return both;
    }

    /// The answer of `zone` for a type that an existing name does not have.
    const Node& negative(ZoneId zone) const noexcept;

    /// What find() would say of the name of `apex`, a zone's, were that zone not served:
    /// no_zone when there is none above it. DS belongs there (RFC 4035 §3.1.4.1).
    Lookup parent_side(const wire::QueryName& name, const Node& apex) const noexcept;

  private:
    friend class Table;

    void find_parent(const wire::QueryName& name, Probe& probe) const noexcept;
    bool find_ancestor(const wire::QueryName& name, Probe& probe) const noexcept;
    const Node* find_deepest(std::uint64_t hash, wire::Bytes name) const noexcept;
    bool is_alone(std::uint64_t hash) const noexcept;
    bool is_nearest(const Node& node, const wire::QueryName& name) const noexcept;
    struct Match {
        std::uint64_t word;  ///< of a visible entry whose name may be it; 0: see is_none
        bool is_none;        ///< no node has the name
    };
    static void prefetch_lines(const Probe& probe) noexcept;
    Match first_match(std::uint64_t hash, wire::Vectors vectors) const noexcept;
    Lookup find_below(const wire::QueryName& name, const Node& closest) const noexcept;
    Lookup find_nearest(const wire::QueryName& name, const Probe& probe) const noexcept;
    const Node* find_apex(const wire::QueryName& name, unsigned labels) const noexcept;
    const Node* find_in_zone(std::uint64_t hash, wire::Bytes name, ZoneId zone) const noexcept;
    const Node& closest_encloser(const wire::QueryName& name, const Node& apex,
                                 unsigned missing) const noexcept;
    const Node* wildcard_below(wire::Bytes encloser, ZoneId zone) const noexcept;
    Lookup find_in(const wire::QueryName& name, const Node& apex, unsigned missing) const noexcept;
    template <typename Accept>
    void for_matches(std::uint64_t hash, Accept accept) const noexcept;

    Index index_;
    const ZoneSlot* zones_ = nullptr;
    const wire::HashKey* key_ = nullptr;
    DepthSet depths_{};
    unsigned deepest_ = 0;  ///< depth in depths_; 0 also when there is none
    unsigned parity_ = 0;
};

/// The shared state itself. Thread-safe for readers; the publisher is its only writer.
class Table {
  public:
    /// `max_readers`: how many Reader ids, counted from 0, there can be. The hash
    /// key is drawn at random. A publisher must be attached before the first
    /// snapshot: it makes the index.
    explicit Table(unsigned max_readers);
    ~Table();
    Table(const Table&) = delete;
    Table& operator=(const Table&) = delete;

    /// For registered readers, once a burst.
    Snapshot snapshot() const noexcept;

    static constexpr std::size_t max_zones = std::size_t{1} << 22;
    static_assert(max_zones <= Node::zone_mask);

  private:
    friend class Publisher;
    friend class Reader;

    struct QsbrDeleter {
        void operator()(rte_rcu_qsbr* qsbr) const noexcept;
    };
    struct ZonesDeleter {
        void operator()(ZoneSlot* zones) const noexcept;
    };

    // Read by every burst; on one line, written seldom.
    alignas(64) std::atomic<const Index*> index_{nullptr};
    std::atomic<std::uint64_t> generation_{0};
    std::array<std::atomic<std::uint64_t>, 2> depths_{};
    wire::HashKey key_;
    std::unique_ptr<ZoneSlot[], ZonesDeleter> zones_;
    std::unique_ptr<rte_rcu_qsbr, QsbrDeleter> qsbr_;
};

/// A thread's membership among the readers. One for each reading thread; made and
/// destroyed while the table lives. Starts offline.
class Reader {
  public:
    Reader(Table& table, unsigned id);
    ~Reader();
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    /// Before the first snapshot, and again after offline().
    void online() noexcept;
    /// Before anything that may block; no snapshot may be held.
    void offline() noexcept;
    /// Once a burst, with no snapshot held.
    void quiescent() noexcept;

  private:
    rte_rcu_qsbr* qsbr_;
    unsigned id_;
};

}  // namespace apex::table
