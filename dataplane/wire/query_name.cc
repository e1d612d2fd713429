// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/wire/query_name.hh"

namespace apex::wire {

namespace {

/// ASCII letters to lower case (RFC 4343 §2). Length octets are below 'A' and
/// pass unchanged, so a whole name can be treated as text. One vector operation.
void lower_block(const std::uint8_t* __restrict from, std::uint8_t* __restrict to) noexcept {
    for (std::size_t i = 0; i < block_size; ++i) {
        const std::uint8_t octet = from[i];
        const bool upper = static_cast<std::uint8_t>(octet - 'A') < 26;
        to[i] = static_cast<std::uint8_t>(octet | (upper ? 0x20 : 0));
    }
}

}  // namespace

bool QueryName::parse(Bytes bytes, const HashKey& key) noexcept {
    const std::size_t end = bytes.size() < max_name_size ? bytes.size() : max_name_size;
    std::size_t at = 0;
    unsigned count = 0;
    while (true) {
        if (at >= end) return false;
        const std::uint8_t length = bytes[at];
        if (length > 63) return false;
        label_at_[count] = static_cast<std::uint8_t>(at);
        at += length + std::size_t{1};
        if (length == 0) break;
        ++count;  // at most 127: each takes two octets of 254
    }
    size_ = static_cast<std::uint16_t>(at);
    label_count_ = static_cast<std::uint16_t>(count);

    for (std::size_t block = 0; block < at; block += block_size) {
        lower_block(bytes.data() + block, lower_.data() + block);
    }
    std::uint64_t hash = hash_root(key);
    hashes_[0] = hash;
    for (unsigned labels = 1; labels <= count; ++labels) {
        hash = hash_label(hash, lower_.data() + label_at_[count - labels], key);
        hashes_[labels] = hash;
    }
    return true;
}

}  // namespace apex::wire
