// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// A bounded queue of frames from one thread to another, by copy: neither ever waits for the
// other, and no buffer changes its owner. Between a worker and the slow lane.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "dataplane/wire/bytes.hh"

namespace apex::io {

class FrameRing {
  public:
    /// Room for `frames`, rounded up to a power of two, of at most `longest` octets.
    FrameRing(std::size_t frames, std::size_t longest)
        : mask_(std::bit_ceil(frames) - 1),
          longest_(longest),
          stride_((sizeof(std::uint32_t) + longest + 63) & ~std::size_t{63}),
          octets_(new std::uint8_t[(mask_ + 1) * stride_]) {}

    /// Producer's. False, and nothing is taken, when it is full or the frame too long.
    bool push(wire::Bytes frame) noexcept {
        const std::uint64_t at = pushed_.load(std::memory_order_relaxed);
        if (frame.size() > longest_) return false;
        if (at - popped_.load(std::memory_order_acquire) > mask_) return false;
        std::uint8_t* slot = slot_at(at);
        const auto size = static_cast<std::uint32_t>(frame.size());
        std::memcpy(slot, &size, sizeof(size));
        std::memcpy(slot + sizeof(size), frame.data(), frame.size());
        pushed_.store(at + 1, std::memory_order_release);
        return true;
    }

    /// Consumer's: the oldest frame, until pop(); no octets when there is none.
    wire::Bytes front() const noexcept {
        const std::uint64_t at = popped_.load(std::memory_order_relaxed);
        if (at == pushed_.load(std::memory_order_acquire)) return {};
        const std::uint8_t* slot = slot_at(at);
        std::uint32_t size = 0;
        std::memcpy(&size, slot, sizeof(size));
        return {slot + sizeof(size), size};
    }

    /// Consumer's: gives back the place of the oldest, of which there must be one.
    void pop() noexcept {
        popped_.store(popped_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }

  private:
    std::uint8_t* slot_at(std::uint64_t number) const noexcept {
        return octets_.get() + (number & mask_) * stride_;
    }

    const std::size_t mask_;
    const std::size_t longest_;
    const std::size_t stride_;
    const std::unique_ptr<std::uint8_t[]> octets_;
    alignas(64) std::atomic<std::uint64_t> pushed_{0};  // the producer's
    alignas(64) std::atomic<std::uint64_t> popped_{0};  // the consumer's
};

}  // namespace apex::io
