// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Ports that DPDK shares with the kernel (mlx5, net_tap with a remote): isolated, so that
// only what rules name comes to DPDK, and rules for the queries. All else stays with the kernel's
// interface. At start, on the main thread.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>

#include "dataplane/wire/address.hh"

namespace apex::io {

/// Before the port is started.
std::expected<void, std::string> isolate(std::uint16_t port);

/// When it has started: UDP to each address and that port goes to its queues, by flow where they
/// are several. Without VLAN tags; with them it stays with the kernel.
std::expected<void, std::string> take_queries(std::uint16_t port, std::uint16_t queues,
                                              std::span<const wire::IpAddress> addresses,
                                              std::uint16_t udp_port);

}  // namespace apex::io
