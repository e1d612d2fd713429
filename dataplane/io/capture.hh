// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// How many packets a capture file holds: net_pcap with infinite_rx keeps one
// mbuf for each, so the pool must be sized before the port starts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <span>
#include <string>

namespace apex::io {

/// Whole records in the bytes of a classic pcap file, either byte order, micro-
/// or nanoseconds; a record cut short at the end does not count. The error says
/// what the bytes are not.
std::expected<std::size_t, std::string> count_packets(std::span<const std::uint8_t> capture);

/// The same for a file.
std::expected<std::size_t, std::string> count_packets(const std::filesystem::path& file);

}  // namespace apex::io
