// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Lays nodes out in ordinary memory, ready for the publisher to copy into the
// table. Any thread (a big zone is built on a helper thread).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dataplane/table/node.hh"
#include "dataplane/wire/name.hh"

namespace apex::table {

/// One answer to be laid into a node; see node.hh for what a body is.
struct BodyImage {
    wire::RrType type{};  ///< Node::any_other_type: the answer for types not listed
    std::string bytes;    ///< at most 65,535 octets
    std::uint16_t ancount = 0;
    std::uint16_t nscount = 0;
    std::uint16_t arcount = 0;
    wire::Rcode rcode{};
    bool authoritative = true;
    std::string ede;  ///< Body::ede: INFO-CODE and EXTRA-TEXT
    /// Octets, and additional RRs among them, that a reply must have; the rest are
    /// additional RRs that it may lack. 0: all of them.
    std::size_t essential_length = 0;
    std::uint16_t essential_arcount = 0;
    bool open = false;                  ///< Body::is_open
    std::vector<std::uint16_t> fixups;  ///< offsets into bytes, ascending
};

/// The order of a node's bodies, lowest first: what is asked for most, and for ANY, which
/// gets the first of them, something if there is anything.
constexpr unsigned rank(wire::RrType type, bool is_answer) {
    const unsigned place = type == wire::RrType::a ? 0 : type == wire::RrType::aaaa ? 1 : 2;
    return is_answer ? place : 3 + place;
}

/// What `alias`, the node of a CNAME owner, has to answer with when the name that its chain
/// ends at answers with `body`, a failure, a denial or addresses of the question's name: the same
/// behind the chain, in `to`. False when it cannot be told from that.
bool put_behind_chain(const Node& alias, const BodyImage& body, BodyImage& to);

/// What a name is in its zone beside an owner of records (table/node.hh).
struct Traits {
    bool cut = false;
    bool dname = false;
    bool wildcard = false;  ///< has one below it
    bool cname = false;
};

/// Nodes one after another in one block.
class NodeBatch {
  public:
    /// Bodies of one node together, octets: what BodyRef::offset can address.
    static constexpr std::size_t max_node_size = 4 * 65536 - 65536;

    /// Adds a node; bodies in the order of their rank(), or as its owner's kind wants them. False,
    /// with nothing added, when it would exceed max_node_size or 255 types.
    bool append(ZoneId zone, unsigned zone_labels, const wire::Name& name,
                std::span<const BodyImage> bodies, Traits traits = {});

    /// Adds a copy of `node` with `body` (null: none) for `type`, as append() would have made
    /// it: in the place of the one that there is, or where its rank wants it. False, with
    /// nothing added, when the node would exceed max_node_size or 255 types.
    bool append_changed(const Node& node, wire::RrType type, const BodyImage* body);

    /// Empty again, with the room that it had.
    void clear();

    std::size_t count() const { return offsets_.size(); }
    /// The n-th node; valid until the next append.
    const Node& operator[](std::size_t n) const;

  private:
    template <typename Bodies>
    bool lay_out(Node::Header header, wire::Bytes name, const Bodies& bodies);
    void write_over(const Node& node, std::size_t old, const BodyImage& body);

    std::vector<std::uint64_t> words_;  // the nodes; eight octets at a time keeps headers aligned
    std::vector<std::size_t> offsets_;  // of each node, in words
};

}  // namespace apex::table
