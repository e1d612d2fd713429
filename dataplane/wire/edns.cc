// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/wire/edns.hh"

namespace apex::wire {

namespace {

// A query has an OPT, perhaps a TSIG or SIG(0), that for IXFR an SOA. More is an attempt
// to make us walk.
constexpr std::size_t max_records = 4;

/// Skips an owner name; a compression pointer ends it (RFC 1035 §4.1.4). What
/// it points at does not matter here. True when it was the root name.
bool skip_owner(Cursor& cursor) noexcept {
    bool root = true;
    while (true) {
        const std::uint8_t length = cursor.u8();
        if (length == 0) return root;  // also the way out for a cursor that failed
        root = false;
        if (length >= 0xc0) {
            cursor.skip(1);
            return root;
        }
        cursor.skip(
            length);  // 64 to 191 are reserved; skipping them ends out of bounds or in FORMERR
    }
}

/// False when the options do not fill the RDATA exactly.
bool parse_options(Cursor& cursor, std::size_t size, std::uint64_t& asks) noexcept {
    while (size > 0) {
        if (size < 4) return false;
        const std::uint16_t code = cursor.u16();
        if (code == nsid_option) asks |= Edns::ask_nsid;
        if (code == keepalive_option) asks |= Edns::ask_keepalive;
        const std::size_t option = std::size_t{4} + cursor.u16();
        if (option > size) return false;
        cursor.skip(option - 4);
        size -= option;
    }
    return true;
}

}  // namespace

bool parse_additional(Bytes records, std::size_t others, std::uint16_t count, Edns& edns) noexcept {
    const std::size_t all = others + count;
    if (all > max_records) return false;
    Cursor cursor(records);
    for (std::size_t n = 0; n < all; ++n) {
        const bool root = skip_owner(cursor);
        const auto type = static_cast<RrType>(cursor.u16());
        const std::uint16_t udp_payload = cursor.u16();
        const std::uint16_t rcode_and_version = cursor.u16();
        const std::uint16_t flags = cursor.u16();
        const std::uint16_t size = cursor.u16();
        if (!cursor.ok() || cursor.remaining() < size) return false;
        if (type != RrType::opt || n < others) {
            cursor.skip(size);
            continue;
        }
        std::uint64_t asks = 0;
        if (!root || edns.present() || !parse_options(cursor, size, asks)) return false;
        // As it would lie there: one octet of owner, then the fields.
        edns = Edns(pack16(to_int(type), udp_payload, rcode_and_version, flags) << 8, asks);
    }
    return true;
}

}  // namespace apex::wire
