// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The name in a question, taken apart once: bounds checked, case folded, label
// offsets noted, every suffix hashed. Packet path, one per frame of a burst.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dataplane/wire/blocks.hh"
#include "dataplane/wire/bytes.hh"
#include "dataplane/wire/name_hash.hh"
#include "dataplane/wire/types.hh"

namespace apex::wire {

class QueryName {
  public:
    /// Reads the uncompressed name at the start of `bytes` (RFC 1035 §4.1.2).
    /// False when it runs past the end, is longer than 255 octets, or holds a
    /// compression pointer, which nothing before a question could be pointed at.
    /// `bytes` must be followed by `block_size` readable octets.
    bool parse(Bytes bytes, const HashKey& key) noexcept;

    std::size_t size() const noexcept { return size_; }
    unsigned label_count() const noexcept { return label_count_; }

    /// The rightmost `labels` labels, lower case: 1 octet (the root) for none.
    Bytes suffix(unsigned labels) const noexcept {
        const std::size_t at = label_at_[label_count_ - labels];
        return Bytes(lower_).subspan(at, size_ - at);
    }

    /// Hash of suffix(labels).
    std::uint64_t hash(unsigned labels) const noexcept { return hashes_[labels]; }

  private:
    alignas(32) std::array<std::uint8_t, 256 + block_size> lower_;
    std::array<std::uint64_t, max_label_count + 1> hashes_;  ///< by number of labels
    std::array<std::uint8_t, max_label_count + 1> label_at_;  ///< by label from the left; root last
    std::uint16_t size_ = 0;
    std::uint16_t label_count_ = 0;
};

}  // namespace apex::wire
