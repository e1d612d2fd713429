// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/wire/query_name.hh"

#include <cstring>

namespace apex::wire {

bool QueryName::guess(Bytes bytes, const HashKey& key, Vectors vectors) noexcept {
    const std::uint64_t zeroes = lower_line(bytes.data(), lower_.data(), vectors);
    if (zeroes == 0) [[unlikely]]
        return guess_long(bytes, key);
    size_ = static_cast<std::uint32_t>(__builtin_ctzll(zeroes)) + 1;
    label_count_ = unsplit;
    hash_ = hash_name(lower_.data(), size_, key, vectors);
    return size_ <= bytes.size();
}

/// Of a name whose first hash_block octets are folded and have no zero among them.
[[gnu::noinline]] bool QueryName::guess_long(Bytes bytes, const HashKey& key) noexcept {
    std::size_t at = hash_block;
    std::uint32_t zeroes = 0;
    for (; zeroes == 0 && at <= max_name_size && at < bytes.size(); at += block_size) {
        zeroes = lower_block(bytes.data() + at, lower_.data() + at);
    }
    if (zeroes == 0) return false;
    size_ = static_cast<std::uint32_t>(at - block_size) +
            static_cast<std::uint32_t>(__builtin_ctz(zeroes)) + 1;
    if (size_ > bytes.size() || size_ > max_name_size) return false;
    label_count_ = unsplit;
    hash_ = hash_name(lower_.data(), size_, key);
    return true;
}

namespace {

/// Labels of one octet, a block of them, and what tells them.
constexpr std::size_t short_labels = block_size / 2;
constexpr auto every_other = [](std::uint8_t octet) {
    Block block{};
    for (std::size_t n = 0; n < block.size(); n += 2) block[n] = octet;
    return block;
};
constexpr Block short_label_mask = every_other(0xff);
constexpr Block short_label_pattern = every_other(1);

}  // namespace

bool QueryName::split() const noexcept {
    if (label_count_ != unsplit) return true;
    std::size_t at = 0;
    unsigned count = 0;
    // Many labels are short ones, as in reverse zones of IPv6 and in floods; one by one,
    // each would wait for the one before it.
    while (at + block_size < size_ &&
           matches(lower_.data() + at, short_label_pattern, short_label_mask)) {
        std::array<std::uint8_t, short_labels> places;
        for (std::size_t n = 0; n < places.size(); ++n) {
            places[n] = static_cast<std::uint8_t>(at + 2 * n);
        }
        std::memcpy(&label_at_[count], places.data(), places.size());
        count += short_labels;
        at += block_size;
    }
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
