// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What a frame is and whether it is a query for us: Ethernet with up to two VLAN
// tags, IPv4 or IPv6, UDP to a served address and port. Anything else has one
// named fate. Packet path; reads the frame, writes nothing.
#pragma once

#include "dataplane/answer/counters.hh"
#include "dataplane/io/burst.hh"
#include "dataplane/io/frame_layout.hh"
#include "dataplane/wire/bytes.hh"

namespace apex::io {

/// Of an IPv4 frame without tags.
inline constexpr Layers plain_layers{
    .ip = plain_ip, .udp = plain_udp, .dns_length = 0, .is_v6 = false};

/// What nearly every frame is: IPv4 without tags and with the header of a plain query
/// (parse_usual_query) to a served address, of which nothing is to be objected to. The DNS
/// message's octets; 0 says nothing of what else it may be. The first wire::line_size octets must
/// be readable.
std::size_t plain_v4_query(wire::Bytes frame, const Served& served, wire::Vectors vectors) noexcept;

/// Verdict::answer when the frame carries a query to a served address; else its fate.
answer::Verdict classify(wire::Bytes frame, const Served& served, Layers& layers) noexcept;

}  // namespace apex::io
