// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Big-endian fields and a cursor that cannot leave its span. Packet path: no
// allocation, no exceptions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace apex::wire {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

// As they lie in memory, whatever the machine's order.

inline std::uint16_t load16(const std::uint8_t* at) noexcept {
    std::uint16_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
}

inline std::uint32_t load32(const std::uint8_t* at) noexcept {
    std::uint32_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
}

inline std::uint64_t load64(const std::uint8_t* at) noexcept {
    std::uint64_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
}

inline void store16(std::uint8_t* at, std::uint16_t value) noexcept {
    std::memcpy(at, &value, sizeof value);
}

inline void store32(std::uint8_t* at, std::uint32_t value) noexcept {
    std::memcpy(at, &value, sizeof value);
}

inline void store64(std::uint8_t* at, std::uint64_t value) noexcept {
    std::memcpy(at, &value, sizeof value);
}

// Numbers in network order.

inline std::uint16_t load_be16(const std::uint8_t* at) noexcept {
    return __builtin_bswap16(load16(at));
}

inline std::uint32_t load_be32(const std::uint8_t* at) noexcept {
    return __builtin_bswap32(load32(at));
}

inline void store_be16(std::uint8_t* at, std::uint16_t value) noexcept {
    store16(at, __builtin_bswap16(value));
}

inline void store_be32(std::uint8_t* at, std::uint32_t value) noexcept {
    store32(at, __builtin_bswap32(value));
}

/// A number of 16 bits as load16 reads it from the wire, and back.
constexpr std::uint16_t wire16(std::uint16_t value) noexcept {
    return __builtin_bswap16(value);
}

/// Four 16-bit fields as load64 reads them from the wire, the first one first.
constexpr std::uint64_t pack16(std::uint16_t a, std::uint16_t b, std::uint16_t c,
                               std::uint16_t d) noexcept {
    return std::uint64_t{wire16(a)} | std::uint64_t{wire16(b)} << 16 |
           std::uint64_t{wire16(c)} << 32 | std::uint64_t{wire16(d)} << 48;
}

/// Reads fields one after another. After a read past the end the cursor has
/// failed, stays so, and yields zeroes: check once, behind the last read.
class Cursor {
  public:
    explicit Cursor(Bytes bytes) noexcept : rest_(bytes) {}

    bool ok() const noexcept { return ok_; }
    std::size_t remaining() const noexcept { return rest_.size(); }

    std::uint8_t u8() noexcept {
        const std::uint8_t* at = take(1);
        return at != nullptr ? *at : std::uint8_t{0};
    }
    std::uint16_t u16() noexcept {
        const std::uint8_t* at = take(2);
        return at != nullptr ? load_be16(at) : std::uint16_t{0};
    }
    void skip(std::size_t count) noexcept { take(count); }

  private:
    const std::uint8_t* take(std::size_t count) noexcept {
        if (rest_.size() < count) {
            ok_ = false;
            rest_ = {};
            return nullptr;
        }
        const std::uint8_t* at = rest_.data();
        rest_ = rest_.subspan(count);
        return at;
    }

    Bytes rest_;
    bool ok_ = true;
};

}  // namespace apex::wire
