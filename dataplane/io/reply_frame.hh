// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Turns the frame of a query into the frame of its reply, the DNS message having
// been written already. Packet path.
#pragma once

#include <cstdint>

#include "dataplane/answer/response.hh"
#include "dataplane/io/classify.hh"

namespace apex::io {

/// Swaps addresses and ports, sets lengths and hop count, brings checksums up to
/// date; VLAN tags stay. Checksums are updated from the query's, not made anew,
/// so that what was damaged on its way here stays detectable. The exceptions:
/// none was sent (IPv4), or, with `partial_checksums`, the sender left it to
/// hardware that does not exist. The frame's new length, octets.
std::uint16_t write_reply_frame(std::uint8_t* frame, const Layers& layers, answer::Reply reply,
                                bool partial_checksums) noexcept;

/// The same for an IPv4 frame without tags: plain_layers.
std::uint16_t write_plain_reply_frame(std::uint8_t* frame, answer::Reply reply,
                                      bool partial_checksums) noexcept;

}  // namespace apex::io
