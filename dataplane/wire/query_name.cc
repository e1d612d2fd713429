// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/wire/query_name.hh"

namespace apex::wire {

bool QueryName::guess(Bytes bytes, const HashKey& key) noexcept {
    static_assert(hash_block == 2 * block_size);
    const std::uint64_t zeroes =
        lower_block(bytes.data(), lower_.data()) |
        std::uint64_t{lower_block(bytes.data() + block_size, lower_.data() + block_size)}
            << block_size;
    if (zeroes == 0) return false;
    size_ = static_cast<std::uint32_t>(__builtin_ctzll(zeroes)) + 1;
    label_count_ = unsplit;
    hash_ = hash_name(lower_.data(), size_, key);
    return size_ <= bytes.size();
}

bool QueryName::split() const noexcept {
    if (label_count_ != unsplit) return true;
    std::size_t at = 0;
    unsigned count = 0;
    while (true) {
        const std::uint8_t length = lower_[at];
        if (length > max_label_size) return false;
        label_at_[count] = static_cast<std::uint8_t>(at);
        at += length + std::size_t{1};
        if (length == 0) break;
        if (at >= size_) return false;
        ++count;  // at most 127: each takes two octets of 254
    }
    if (at != size_) return false;
    label_count_ = count;
    return true;
}

bool QueryName::parse(Bytes bytes, const HashKey& key) noexcept {
    const std::size_t end = bytes.size() < max_name_size ? bytes.size() : max_name_size;
    std::size_t at = 0;
    while (true) {
        if (at >= end) return false;
        const std::uint8_t length = bytes[at];
        if (length > max_label_size) return false;
        at += length + std::size_t{1};
        if (length == 0) break;
    }
    size_ = static_cast<std::uint32_t>(at);
    for (std::size_t block = 0; block < at; block += block_size) {
        lower_block(bytes.data() + block, lower_.data() + block);
    }
    hash_ = hash_name(lower_.data(), size_, key);
    label_count_ = unsplit;
    return split();
}

}  // namespace apex::wire
