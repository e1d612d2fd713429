// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What a frame is and whether it is a query for us: Ethernet with up to two VLAN
// tags, IPv4 or IPv6, UDP to a served address and port. Anything else has one
// named fate. Packet path; reads the frame, writes nothing.
#pragma once

#include "dataplane/answer/counters.hh"
#include "dataplane/io/burst.hh"
#include "dataplane/wire/bytes.hh"

namespace apex::io {

/// Verdict::answer when the frame carries a query to a served address; else its fate.
answer::Verdict classify(wire::Bytes frame, const Served& served, Layers& layers) noexcept;

}  // namespace apex::io
