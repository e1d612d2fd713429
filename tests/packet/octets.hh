// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Bytes on the wire as std::string, so that tests put messages together with `+`
// and GoogleTest prints what differs. Tests, benchmarks and fuzz targets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "dataplane/wire/bytes.hh"

namespace apex::test {

inline std::string octet(unsigned value) {
    return std::string(1, static_cast<char>(value));
}
inline std::string be16(unsigned value) {
    return octet(value >> 8 & 0xff) + octet(value & 0xff);
}
inline std::string be32(std::uint32_t value) {
    return be16(value >> 16) + be16(value & 0xffff);
}

inline wire::Bytes bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::uint8_t octet_at(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint8_t>(bytes.at(at));
}
inline std::uint16_t be16_at(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint16_t>(octet_at(bytes, at) << 8 | octet_at(bytes, at + 1));
}
inline std::uint32_t be32_at(std::string_view bytes, std::size_t at) {
    return std::uint32_t{be16_at(bytes, at)} << 16 | be16_at(bytes, at + 2);
}

inline void put16(std::string& bytes, std::size_t at, unsigned value) {
    bytes.replace(at, 2, be16(value));
}

/// RFC 1071 §1 word by word: what the fast code is measured against.
inline std::uint16_t plain_sum(std::string_view bytes) {
    std::uint32_t sum = 0;
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        const std::uint32_t value = octet_at(bytes, at);
        sum += at % 2 == 0 ? value << 8 : value;
        if (sum > 0xffff) sum -= 0xffff;
    }
    return static_cast<std::uint16_t>(sum);
}

}  // namespace apex::test
