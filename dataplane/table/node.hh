// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// One name of one zone with everything that can be said about it, rendered: a
// single block of bytes, immutable once published. The publisher writes it, any
// reader of the table reads it, the publisher frees it after a grace period.
//
// Layout, 64-byte aligned, so that a short name with one small RRset is one line:
//   Header | name | BodyRef × type_count | bodies
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
#include "dataplane/wire/name_hash.hh"
#include "dataplane/wire/types.hh"

namespace apex::table {

using ZoneId = std::uint32_t;

class Node;

/// One rendered answer. Valid as long as the node it came from. What the packet
/// path needs of it are two words, loaded at once.
class Body {
  public:
    Body() = default;

    const std::uint8_t* bytes() const noexcept { return bytes_; }
    std::uint16_t length() const noexcept { return static_cast<std::uint16_t>(place_ >> 32); }
    /// One's complement sum of the bytes, as if at an even offset (wire/checksum.hh).
    std::uint16_t sum() const noexcept { return static_cast<std::uint16_t>(place_ >> 48); }

    /// QR, AA and the RCODE, then ANCOUNT, NSCOUNT and ARCOUNT without the OPT, as they
    /// lie in a message.
    std::uint64_t head() const noexcept { return head_ & ~marks; }
    /// True for what most answers are: NOERROR with records, and neither fix-ups nor EDE.
    bool is_plain() const noexcept {
        return (head_ & (marks | rcode_mask)) == 0 && (head_ & ancount_mask) != 0;
    }

    wire::Rcode rcode() const noexcept {
        return static_cast<wire::Rcode>((head_ & rcode_mask) >> 8);
    }
    bool authoritative() const noexcept { return (head_ & aa) != 0; }
    std::uint16_t ancount() const noexcept { return field(1); }
    std::uint16_t nscount() const noexcept { return field(2); }
    std::uint16_t arcount() const noexcept { return field(3); }
    /// INFO-CODE and EXTRA-TEXT of an Extended DNS Error (RFC 8914 §2); empty: none.
    wire::Bytes ede() const noexcept {
        if (!has(mark_ede)) return {};
        return {behind() + 2, wire::load16(behind())};
    }
    /// The answer ends with a CNAME that leads out of the zone: go on there.
    bool is_open() const noexcept { return (head_ & mark_open) != 0; }
    /// The bytes that a reply must have: all, or all but additional records that it
    /// may lack.
    struct Part {
        std::size_t length;
        std::uint64_t sum;
        std::uint64_t head;  ///< as head()
    };
    Part whole() const noexcept { return {length(), sum(), head()}; }
    Part essential() const noexcept {
        if (!has(mark_optional)) return whole();
        const std::uint8_t* at = behind_ede();
        const std::uint64_t arcount = wire::wire16(wire::load16(at + 4));
        return {wire::load16(at), wire::load16(at + 2), (head() << 16 >> 16) | arcount << 48};
    }
    /// A count and so many offsets into bytes, 16 bits each in the machine's order; or
    /// null. Ascending.
    const std::uint8_t* fixups() const noexcept {
        if (!has(mark_fixups)) return nullptr;
        return behind_ede() + (has(mark_optional) ? 6 : 0);
    }

    /// Behind all that a node keeps of it.
    const std::uint8_t* end() const noexcept {
        const std::uint8_t* at = behind_ede() + (has(mark_optional) ? 6 : 0);
        return has(mark_fixups) ? at + 2 + std::size_t{2} * wire::load16(at) : at;
    }

    // How a node keeps it. The head's flags are the header's, and some that no
    // prepared answer sets say what more there is. Behind the bytes, each at an even
    // offset: the counts, if one is above 255; the EDE's length and octets; length, sum and ARCOUNT
    // without optional records; the fix-ups. Numbers have 16 bits.
    static constexpr std::uint64_t aa = wire::pack16(0x0400, 0, 0, 0);
    static constexpr std::uint64_t rcode_mask = wire::pack16(0x000f, 0, 0, 0);
    static constexpr std::uint64_t ancount_mask = wire::pack16(0, 0xffff, 0, 0);
    static constexpr std::uint64_t mark_fixups = wire::pack16(0x0100, 0, 0, 0);    // RD's place
    static constexpr std::uint64_t mark_ede = wire::pack16(0x0010, 0, 0, 0);       // CD's place
    static constexpr std::uint64_t mark_optional = wire::pack16(0x0200, 0, 0, 0);  // TC's place
    static constexpr std::uint64_t mark_open = wire::pack16(0x0080, 0, 0, 0);      // RA's place
    static constexpr std::uint64_t mark_counts = wire::pack16(0x0020, 0, 0, 0);    // AD's place
    static constexpr std::uint64_t marks =
        mark_fixups | mark_ede | mark_optional | mark_open | mark_counts;
    static constexpr std::size_t counts_size = 6;
    /// One more would be the OPT, which is added without a carry.
    static constexpr std::uint16_t max_arcount = 254;

  private:
    friend class Node;
    Body(const std::uint8_t* bytes, std::uint64_t place, std::uint64_t head) noexcept
        : bytes_(bytes), place_(place), head_(head) {}

    std::uint16_t field(unsigned n) const noexcept {
        return wire::wire16(static_cast<std::uint16_t>(head_ >> (16 * n)));
    }
    bool has(std::uint64_t mark) const noexcept { return (head_ & mark) != 0; }
    const std::uint8_t* behind() const noexcept {
        return bytes_ + ((length() + 1U) & ~1U) + (has(mark_counts) ? counts_size : 0);
    }
    const std::uint8_t* behind_ede() const noexcept {
        if (!has(mark_ede)) return behind();
        return behind() + 2 + ((wire::load16(behind()) + 1U) & ~1U);
    }

    const std::uint8_t* bytes_ = nullptr;
    std::uint64_t place_ = 0;
    std::uint64_t head_ = 0;
};

/// What most answers are: NOERROR, and neither EDE nor large counts, so that it needs nothing
/// but to be copied, and its pointers to be moved where it has fix-ups.
struct PlainBody {
    const std::uint8_t* bytes = nullptr;  ///< null: there is none
    std::size_t length = 0;
    std::uint64_t sum = 0;                 ///< as Body::sum()
    std::uint16_t flags = 0;               ///< QR and AA, as they lie in a message
    std::uint64_t counts = 0;              ///< likewise, from a QDCOUNT of 0 on, without the OPT
    const std::uint8_t* fixups = nullptr;  ///< as Body::fixups()
};

class Node {
  public:
    ZoneId zone() const noexcept { return header_.zone_and_traits & zone_mask; }
    /// A zone cut (RFC 9499 §7): names below it are delegated, and so is its own, DS aside.
    bool is_cut() const noexcept { return (header_.zone_and_traits & trait_cut) != 0; }
    /// Its DNAME redirects the names below it (RFC 6672).
    bool has_dname() const noexcept { return (header_.zone_and_traits & trait_dname) != 0; }
    /// The zone has a wildcard directly below it (RFC 4592).
    bool has_wildcard() const noexcept { return (header_.zone_and_traits & trait_wildcard) != 0; }
    /// An alias: its CNAME answers for all types but those that may stand beside it.
    bool has_cname() const noexcept { return (header_.zone_and_traits & trait_cname) != 0; }
    bool is_apex() const noexcept { return header_.labels == header_.zone_labels; }
    /// Labels of the apex of the node's zone.
    unsigned zone_labels() const noexcept { return header_.zone_labels; }
    /// Labels of the node's own name.
    unsigned labels() const noexcept { return header_.labels; }
    /// Octets of the whole node, a multiple of 64.
    std::size_t size() const noexcept { return std::size_t{header_.units} * alignment; }

    wire::Bytes name() const noexcept { return {base() + name_offset, header_.name_size}; }

    /// `name`, lower case, is the node's. For nodes in the table's own memory:
    /// there, as behind `name`, a block more may be read (wire/blocks.hh).
    bool has_name(wire::Bytes name) const noexcept {
        return name.size() == header_.name_size &&
               wire::equal_blocks(base() + name_offset, name.data(), name.size());
    }

    bool is_wildcard() const noexcept {
        return wire::load16(base() + name_offset) == wire::asterisk_label;
    }

    /// The node is the wildcard below `name`, lower case; more is read likewise.
    bool is_wildcard_below(wire::Bytes name) const noexcept {
        const std::uint8_t* own = base() + name_offset;
        return name.size() + 2 == header_.name_size && is_wildcard() &&
               wire::equal_blocks(own + 2, name.data(), name.size());
    }

    /// The answer for `type`, else the node's answer for any other type. False
    /// when there is neither: the name exists without that type. ANY is no type that a
    /// name has; a zone cut alone has an answer for it.
    bool find(wire::RrType type, Body& body) const noexcept;

    /// The node's own answer for `type`, if it is such a one with records and without fix-ups.
    PlainBody find_plain(wire::RrType type) const noexcept;

    /// The node's answer for any other type than those that it lists, if it is such a one. Of a
    /// zone cut, what it says of all names below it.
    PlainBody find_plain_other() const noexcept;

    /// What stands first: one RRset, if the name has any.
    bool find_first(Body& body) const noexcept;

    static constexpr std::size_t alignment = 64;

    /// Octets from the start of the node to the end of the body that stands first, the
    /// one that is asked for most.
    std::size_t usual_size() const noexcept {
        std::size_t end = name_offset + header_.name_size;
        std::size_t first = size();
        for (std::size_t n = 0; n < header_.type_count; ++n) {
            const BodyRef one = ref(n);
            const std::size_t at = std::size_t{one.offset} * 4;
            if (at < first) {
                first = at;
                end = at + one.length;
            } else if (at == first && at + one.length > end) {
                end = at + one.length;
            }
        }
        return end;
    }

    /// The n-th of the bodies, in their order.
    Body body(std::size_t n) const noexcept { return body_at(refs() + n * ref_size); }

    // What node_builder writes; nobody else needs it.
    static constexpr std::uint32_t zone_mask = 0x00ffffff;
    static constexpr std::uint32_t trait_cut = 1U << 24;
    static constexpr std::uint32_t trait_dname = 1U << 25;
    static constexpr std::uint32_t trait_wildcard = 1U << 26;
    static constexpr std::uint32_t trait_cname = 1U << 27;
    struct Header {
        std::uint32_t zone_and_traits;
        std::uint16_t units;  ///< of 64 octets
        std::uint8_t name_size;
        std::uint8_t zone_labels;
        std::uint8_t type_count;
        std::uint8_t labels;
    };
    struct BodyRef {
        wire::RrType type;     ///< any_other_type: for every type that is not listed
        std::uint16_t offset;  ///< of the bytes, from the node's start, in units of 4 octets
        std::uint16_t length;
        std::uint16_t sum;
        std::uint16_t flags;   ///< of Body::head with its marks, as they lie in a message
        std::uint8_t ancount;  ///< the lower octet, and so below
        std::uint8_t nscount;
        std::uint8_t arcount;
    };
    /// Without the padding behind: a short name with an address fits one line.
    static constexpr std::size_t ref_size = offsetof(BodyRef, arcount) + 1;
    static constexpr wire::RrType any_other_type{};
    static constexpr std::size_t name_offset = 10;

    const Header& header() const noexcept { return header_; }
    unsigned type_count() const noexcept { return header_.type_count; }
    BodyRef ref(std::size_t n) const noexcept {
        BodyRef ref;
        std::memcpy(&ref, refs() + n * ref_size, ref_size);
        return ref;
    }

  private:
    Node() = default;

    Body body_at(const std::uint8_t* ref) const noexcept;
    const std::uint8_t* base() const noexcept {
        return reinterpret_cast<const std::uint8_t*>(this);
    }
    const std::uint8_t* refs() const noexcept { return base() + name_offset + header_.name_size; }

    Header header_;
};

static_assert(Node::ref_size == 13);
static_assert(offsetof(Node::Header, labels) + 1 == Node::name_offset);

/// RFC 4035 §2.5.
constexpr bool stands_beside_cname(wire::RrType type) noexcept {
    return type == wire::RrType::rrsig || type == wire::RrType::nsec;
}

inline bool Node::find(wire::RrType type, Body& body) const noexcept {
    const std::uint8_t* ref = refs();
    unsigned left = header_.type_count;
    if (left == 0) return false;
    while (true) {
        const auto listed = static_cast<wire::RrType>(wire::load16(ref));
        // The entry for any other type is the last one.
        if (listed == type) [[likely]]
            break;
        if (listed == any_other_type) {
            if (has_cname() && stands_beside_cname(type)) return false;
            if (type == wire::RrType::any && !is_cut()) return false;
            break;
        }
        if (--left == 0) return false;
        ref += ref_size;
    }
    body = body_at(ref);
    return true;
}

inline PlainBody Node::find_plain(wire::RrType type) const noexcept {
    const std::uint8_t* ref = refs();
    unsigned left = header_.type_count;
    if (left == 0) return {};
    while (static_cast<wire::RrType>(wire::load16(ref)) != type) [[unlikely]] {
            if (--left == 0) return {};
            ref += ref_size;
        }
    const std::uint64_t place = wire::load64(ref);
    const std::uint64_t most = wire::load32(ref + offsetof(BodyRef, flags));
    constexpr std::uint64_t odd = Body::marks | Body::rcode_mask;
    const std::uint64_t ancount = most & 0xff0000;
    if ((most & odd) != 0 || ancount == 0) [[unlikely]]
        return {};
    const std::uint64_t arcount = ref[offsetof(BodyRef, arcount)];
    return {.bytes = base() + (place >> 14 & 0x3fffc),
            .length = place >> 32 & 0xffff,
            .sum = place >> 48,
            .flags = static_cast<std::uint16_t>(most),
            .counts = ancount << 8 | (most >> 24) << 40 | arcount << 56};
}

inline PlainBody Node::find_plain_other() const noexcept {
    const unsigned count = header_.type_count;
    const std::uint8_t* last = refs() + count * ref_size - ref_size;
    if (count == 0 || static_cast<wire::RrType>(wire::load16(last)) != any_other_type) [[unlikely]]
        return {};
    const Body body = body_at(last);
    constexpr std::uint64_t may_have = Body::mark_fixups | Body::mark_optional;
    constexpr std::uint64_t odd = (Body::marks & ~may_have) | Body::rcode_mask;
    if ((body.head_ & odd) != 0) [[unlikely]]
        return {};
    return {.bytes = body.bytes(),
            .length = body.length(),
            .sum = body.sum(),
            .flags = static_cast<std::uint16_t>(body.head()),
            .counts = body.head() & ~std::uint64_t{0xffff},
            .fixups = body.fixups()};
}

inline bool Node::find_first(Body& body) const noexcept {
    if (header_.type_count == 0) return false;
    body = body_at(refs());
    return true;
}

inline Body Node::body_at(const std::uint8_t* ref) const noexcept {
    const std::uint64_t place = wire::load64(ref);
    const std::uint8_t* bytes = base() + (place >> 16 & 0xffff) * 4;
    const std::uint64_t most = wire::load32(ref + offsetof(BodyRef, flags));
    const std::uint64_t arcount = ref[offsetof(BodyRef, arcount)];
    std::uint64_t head =
        (most & 0xffff) | (most & 0xff0000) << 8 | (most & 0xff000000) << 16 | arcount << 56;
    if ((head & Body::mark_counts) != 0) [[unlikely]] {
        const std::uint8_t* counts = bytes + (((place >> 32 & 0xffff) + 1) & ~std::uint64_t{1});
        head = (head & 0xffff) | std::uint64_t{wire::load32(counts)} << 16 |
               std::uint64_t{wire::load16(counts + 4)} << 48;
    }
    return {bytes, place, head};
}

}  // namespace apex::table
