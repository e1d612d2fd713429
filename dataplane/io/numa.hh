// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Machines whose memory is in several parts (NUMA nodes), each nearer to some CPUs. At start, on
// the main thread.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "dataplane/io/device.hh"

namespace apex::io {

/// From now on this thread, and those that it starts, take memory from the workers' node while
/// there is any: the record table above all. Nothing where the workers are on several nodes, or
/// the machine has one.
void prefer_memory_of(std::span<const unsigned> workers);

/// Of `memory` octets for packets, how many each node has to have for the workers and drivers
/// there; nothing where the machine has one node. `main`: the CPUs of the main lcore.
std::map<int, std::size_t> memory_by_node(std::size_t memory, std::span<const unsigned> workers,
                                          std::span<const unsigned> main,
                                          std::span<const Device> devices);

/// What to do when the device's hardware is at another node than a worker.
std::optional<std::string> numa_warning(const Device& device, std::span<const unsigned> workers);

}  // namespace apex::io
