// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/io/numa.hh"

#include <algorithm>
#include <fstream>

#include <numa.h>

namespace apex::io {

namespace {

/// Of the hardware behind it; negative: there is none, or it does not matter.
int node_of(const Device& device) {
    const std::string folder = device.kind() == Device::Kind::pci
                                   ? "/sys/bus/pci/devices/" + device.name()
                                   : "/sys/class/net/" + device.interface() + "/device";
    int node = -1;
    std::ifstream(folder + "/numa_node") >> node;
    return node;
}

}  // namespace

void prefer_memory_of(std::span<const unsigned> workers) {
    if (numa_available() < 0 || numa_max_node() == 0) return;
    const auto node = [](unsigned worker) { return numa_node_of_cpu(static_cast<int>(worker)); };
    const int first = node(workers.front());
    if (first < 0 || std::ranges::any_of(workers, [&](auto one) { return node(one) != first; }))
        return;
    numa_set_preferred(first);
}

std::optional<std::string> numa_warning(const Device& device, std::span<const unsigned> workers) {
    const int node = node_of(device);
    if (node < 0 || numa_available() < 0) return std::nullopt;
    for (const unsigned worker : workers) {
        const int other = numa_node_of_cpu(static_cast<int>(worker));
        if (other < 0 || other == node) continue;
        return "port \"" + device.text() + "\": at NUMA node " + std::to_string(node) +
               ", worker " + std::to_string(worker) + " at node " + std::to_string(other) +
               ", so each packet crosses between them; give server.workers CPUs of node " +
               std::to_string(node) + " (\"lscpu\")";
    }
    return std::nullopt;
}

}  // namespace apex::io
