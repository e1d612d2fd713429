// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// One name of one zone with everything that can be said about it, rendered: a
// single block of bytes, immutable once published. The publisher writes it, any
// reader of the table reads it, the publisher frees it after a grace period.
//
// Layout, 64-byte aligned, so that a short name with one small RRset is one line:
//   Header | BodyRef × type_count | name | bodies
// A body is everything behind the question but the OPT. It is rendered as if the
// node's own name had been asked. Where the question's name is longer by d octets
// (a name below the node gets the node's answer), each compression pointer in
// the body is off by exactly d; the body's fix-up list says where they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "dataplane/wire/blocks.hh"
#include "dataplane/wire/bytes.hh"
#include "dataplane/wire/types.hh"

namespace apex::table {

using ZoneId = std::uint32_t;

/// One rendered answer. Valid as long as the node it came from.
struct Body {
    const std::uint8_t* bytes = nullptr;
    std::uint16_t length = 0;   ///< octets
    std::uint16_t sum = 0;      ///< one's complement sum, as if at an even offset
    std::uint16_t ancount = 0;
    std::uint16_t nscount = 0;
    std::uint16_t arcount = 0;  ///< the OPT not counted
    wire::Rcode rcode{};
    bool authoritative = false;
    wire::Ede ede{};
    const std::uint8_t* fixups = nullptr;  ///< host-order 16-bit offsets into bytes, from a count on; or null
};

class Node {
  public:
    ZoneId zone() const noexcept { return header_.zone; }
    /// Labels of the apex of the node's zone.
    unsigned zone_labels() const noexcept { return header_.zone_labels; }
    /// Octets of the whole node, a multiple of 64.
    std::size_t size() const noexcept { return std::size_t{header_.units} * alignment; }

    wire::Bytes name() const noexcept {
        return {base() + name_offset(), header_.name_size};
    }

    /// `name`, lower case, is the node's. For nodes in the table's own memory:
    /// there, as behind `name`, a block more may be read (wire/blocks.hh).
    bool has_name(wire::Bytes name) const noexcept {
        return name.size() == header_.name_size &&
               wire::equal_blocks(base() + name_offset(), name.data(), name.size());
    }

    /// The answer for `type`, else the node's answer for any other type. False
    /// when there is neither: the name exists without that type.
    bool find(wire::RrType type, Body& body) const noexcept;

    static constexpr std::size_t alignment = 64;

    // What node_builder writes; nobody else needs it.
    struct Header {
        ZoneId zone;
        std::uint16_t units;       ///< of 64 octets
        std::uint8_t name_size;
        std::uint8_t zone_labels;
        std::uint8_t type_count;
        std::uint8_t reserved;
    };
    struct BodyRef {
        wire::RrType type;      ///< any_other_type: for every type that is not listed
        std::uint16_t offset;   ///< of the bytes, from the node's start, in units of 4 octets
        std::uint16_t length;
        std::uint16_t sum;
        std::uint16_t ancount;
        std::uint16_t nscount;
        std::uint16_t arcount;
        std::uint8_t rcode_and_flags;  ///< low four bits RCODE
        std::uint8_t ede;
    };
    static constexpr wire::RrType any_other_type{};
    static constexpr std::uint8_t flag_authoritative = 0x10;
    static constexpr std::uint8_t flag_fixups = 0x20;
    static constexpr std::size_t refs_offset = 10;

  private:
    Node() = default;

    const std::uint8_t* base() const noexcept {
        return reinterpret_cast<const std::uint8_t*>(this);
    }
    std::size_t name_offset() const noexcept {
        return refs_offset + sizeof(BodyRef) * header_.type_count;
    }

    Header header_;
};

static_assert(sizeof(Node::BodyRef) == 16);
static_assert(offsetof(Node::Header, reserved) + 1 == Node::refs_offset);

inline bool Node::find(wire::RrType type, Body& body) const noexcept {
    BodyRef ref;
    const std::uint8_t* at = base() + refs_offset;
    for (unsigned left = header_.type_count;; --left, at += sizeof ref) {
        if (left == 0) return false;
        std::memcpy(&ref, at, sizeof ref);
        // The entry for any other type is the last one. ANY takes what comes
        // first, one RRset being a complete answer to it (RFC 8482 §4.1).
        if (ref.type == type || ref.type == any_other_type || type == wire::RrType::any) break;
    }
    body.bytes = base() + std::size_t{ref.offset} * 4;
    body.length = ref.length;
    body.sum = ref.sum;
    body.ancount = ref.ancount;
    body.nscount = ref.nscount;
    body.arcount = ref.arcount;
    body.rcode = static_cast<wire::Rcode>(ref.rcode_and_flags & 0x0f);
    body.authoritative = (ref.rcode_and_flags & flag_authoritative) != 0;
    body.ede = static_cast<wire::Ede>(ref.ede);
    body.fixups = (ref.rcode_and_flags & flag_fixups) != 0
                      ? body.bytes + ((ref.length + 1U) & ~1U)
                      : nullptr;
    return true;
}

}  // namespace apex::table
