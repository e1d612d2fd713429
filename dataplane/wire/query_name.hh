// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The name in a question: case folded, hashed, and taken apart into labels when
// that is needed. Packet path, one per frame of a burst.
//
// A name that is in the table needs no check of its own: it equals one that was
// checked. So guess() takes what ends at the first zero octet for the name, which
// is right for every name without a zero octet in a label, and split() looks at
// the labels only for names that were not found.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dataplane/wire/blocks.hh"
#include "dataplane/wire/bytes.hh"
#include "dataplane/wire/name_hash.hh"
#include "dataplane/wire/types.hh"

namespace apex::wire {

class QueryName {
  public:
    /// Octets behind a message that must be readable.
    static constexpr std::size_t overread = hash_block;

    /// Takes the octets of `bytes` up to the first zero octet for the name. False
    /// when there is none among them or the first 255. Reads `overread` octets, however
    /// long `bytes` is, and at most so many behind it.
    bool guess(Bytes bytes, const HashKey& key, Vectors vectors = Vectors::blocks) noexcept;

    /// Reads the uncompressed name at the start of `bytes` label by label (RFC 1035
    /// §4.1.2). False when it runs past the end, is longer than 255 octets, or holds
    /// a compression pointer, which nothing before a question could be pointed at.
    /// `bytes` must be followed by `overread` readable octets.
    bool parse(Bytes bytes, const HashKey& key) noexcept;

    /// After guess(): notes where the labels begin. False when they do not end where
    /// the name was taken to end; then only parse() tells the name, if it is one.
    bool split() const noexcept;

    std::size_t size() const noexcept { return size_; }
    /// The whole name, lower case; overread octets more may be read.
    const std::uint8_t* data() const noexcept { return lower_.data(); }
    /// Hash of the whole name.
    std::uint64_t hash() const noexcept { return hash_; }

    // After parse() or split():

    unsigned label_count() const noexcept { return label_count_; }

    /// The rightmost `labels` labels, lower case: 1 octet (the root) for none.
    Bytes suffix(unsigned labels) const noexcept {
        const std::size_t at = label_at_[label_count_ - labels];
        return Bytes(lower_).subspan(at, size_ - at);
    }

    /// Hash of suffix(labels) under the key that the name was read with.
    std::uint64_t hash(unsigned labels, const HashKey& key) const noexcept {
        const Bytes name = suffix(labels);
        return hash_name(name.data(), name.size(), key);
    }

  private:
    static constexpr std::uint32_t unsplit = ~std::uint32_t{0};

    bool guess_long(Bytes bytes, const HashKey& key) noexcept;

    std::uint64_t hash_ = 0;
    std::uint32_t size_ = 0;
    mutable std::uint32_t label_count_ = unsplit;
    alignas(line_size) std::array<std::uint8_t, max_name_size + 1 + overread> lower_;
    /// By label from the left; root last.
    mutable std::array<std::uint8_t, max_label_count + 1> label_at_;
};

}  // namespace apex::wire
