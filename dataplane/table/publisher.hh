// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The only writer of the table. Lives on the control thread; a call that switches
// zones waits for the readers once: microseconds for those that poll, a turn of the
// scheduler for one that does not and was interrupted while it answered.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/table/arena.hh"
#include "dataplane/table/node_builder.hh"
#include "dataplane/table/table.hh"
#include "dataplane/wire/name.hh"

namespace apex::table {

/// How one zone differs from what is published of it.
struct ZoneChange {
    ZoneId zone = 0;
    wire::Name apex;
    /// Names to add or replace, each once; those that are published already, byte
    /// for byte, are left alone. May be null. With each name all between it and the apex;
    /// none below a cut or a DNAME's owner: readers take a wildcard without a look at its
    /// parent.
    const NodeBatch* put = nullptr;
    /// Names to take away. None of them may be in `put`.
    std::vector<wire::Name> remove;
    /// One node: the zone's answer for names and types that it does not have.
    /// Null takes the zone out of service; `remove` then lists all of its names.
    const NodeBatch* negative = nullptr;
    /// Out: how many names were added, replaced or removed.
    std::size_t changed_names = 0;
};

/// Another answer for one type at a name that is published.
struct BodyChange {
    ZoneId zone = 0;
    const wire::Name* name = nullptr;
    wire::RrType type{};
    const BodyImage* body = nullptr;  ///< null: none any more
    bool is_behind_chain = false;     ///< the name is an alias: put_behind_chain()
    bool is_done = false;             ///< out
};

struct TableSize {
    std::size_t names = 0;   ///< nodes, empty non-terminals included
    std::size_t zones = 0;   ///< in service
    std::size_t bytes = 0;   ///< nodes and buckets
    std::size_t mapped = 0;  ///< taken from the system for them
    std::size_t huge = 0;    ///< of these, on reserved hugepages
};

class Publisher {
  public:
    /// `table` must outlive the publisher, and the readers must be gone before it.
    explicit Publisher(Table& table);
    ~Publisher();
    Publisher(const Publisher&) = delete;
    Publisher& operator=(const Publisher&) = delete;

    /// An id for a zone that is to be published; give it back when apply() has
    /// taken the zone out of service. Throws std::length_error past Table::max_zones.
    ZoneId new_zone();
    void release_zone(ZoneId zone);

    /// Makes all changes visible in one step: every burst sees either none or all
    /// of them. One change a zone at most. Returns when no reader sees the old state any more.
    /// Throws std::bad_alloc with nothing changed but the room for names.
    void apply(std::span<ZoneChange> changes);

    /// Replaces the published node of the same name and zone by one release store;
    /// the next burst sees it. False when there is no such node, or the node is
    /// published already, byte for byte. The old one is freed later, by some call.
    /// Throws std::bad_alloc with nothing changed.
    bool replace(const Node& node);

    /// The same for nodes of which only the answer for one type changes, one after another; far
    /// cheaper than to prepare them whole. Not done is what has no such node, or what
    /// put_behind_chain() or NodeBatch::append_changed() does not do.
    void replace_bodies(std::span<BodyChange> changes);

    /// Returns when every reader has finished the burst that it may have begun
    /// before the call, so that what was published is what all further answers show.
    void synchronize();

    TableSize size() const;

  private:
    using Slot = std::atomic<std::uint64_t>;
    struct Retired {
        std::uint64_t token = 0;  // the grace period that must pass, known when Replacing ends
        const Node* node = nullptr;
    };
    struct Coming {
        std::uint64_t hash;
        const Node* node;  // our copy
        Slot* slot;        // where it was entered
        Slot* old;         // of the node that it replaces, if any
    };
    // What apply() remembers between planning, marking and finishing.
    struct Transition {
        std::vector<Coming> coming;
        std::vector<Slot*> going;            // replaced by nothing
        std::vector<const Node*> negatives;  // our copies, one a change; null: the zone goes
        unsigned parity = 0;                 // of the generation being prepared
    };

    std::uint64_t hash(wire::Bytes name) const;
    Slot* find(std::uint64_t hash, wire::Bytes name, ZoneId zone) const;
    void prefetch_node(std::uint64_t hash) const;
    bool replace_body(const BodyChange& change, std::uint64_t name_hash);
    Slot* insert(std::uint64_t hash, std::uint64_t word) noexcept;
    void erase(Slot* slot) noexcept;
    void reserve(std::size_t more);
    void rebuild(std::uint64_t buckets);
    class Replacing;
    bool swap_in(Slot& slot, std::uint64_t name_hash, const Node& node);
    const Node* copy_in(const Node& node);
    void free_node(const Node* node) noexcept;
    void reclaim();
    void plan(ZoneChange& change, Transition& transition);
    void free_copies(const Transition& transition) noexcept;
    void mark(std::span<const ZoneChange> changes, Transition& transition) noexcept;
    void take_out(Slot* slot) noexcept;
    void finish(std::span<const ZoneChange> changes, const Transition& transition) noexcept;
    void count_depth(unsigned labels, bool add) noexcept;

    Table& table_;
    Arena arena_;
    std::unique_ptr<Index> index_;
    std::size_t used_ = 0;   // slots that are not empty, tombstones included
    std::size_t names_ = 0;  // slots that hold a node
    std::size_t zones_ = 0;  // in service
    std::vector<std::uint32_t> depth_counts_;
    std::deque<Retired> retired_;
    NodeBatch changed_;       // of replace_bodies(), for its memory
    BodyImage behind_chain_;  // likewise
    std::vector<ZoneId> free_zones_;
    ZoneId next_zone_ = 0;
};

}  // namespace apex::table
