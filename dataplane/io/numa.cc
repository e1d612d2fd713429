// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/io/numa.hh"

#include <algorithm>
#include <fstream>
#include <vector>

#include <numa.h>

namespace apex::io {

namespace {

/// The kernel's folders of the hardware behind it.
std::vector<std::string> folders_of(const Device& device) {
    if (!device.is_hardware()) return {"/sys/class/net/" + device.interface() + "/device"};
    std::vector<std::string> folders;
    for (const std::string& nic : device.nics()) folders.push_back("/sys/bus/pci/devices/" + nic);
    return folders;
}

/// Negative: the machine has only one, or there is no hardware.
int node_of(const std::string& folder) {
    int node = -1;
    std::ifstream(folder + "/numa_node") >> node;
    return node;
}

}  // namespace

void prefer_memory_of(std::span<const unsigned> workers) {
    const auto nodes = workers_by_node(workers);
    if (nodes.size() == 1) numa_set_preferred(nodes.begin()->first);
}

std::map<int, std::size_t> workers_by_node(std::span<const unsigned> workers) {
    std::map<int, std::size_t> nodes;
    if (numa_available() < 0 || numa_max_node() == 0) return nodes;
    for (const unsigned worker : workers) {
        const int node = numa_node_of_cpu(static_cast<int>(worker));
        if (node >= 0) ++nodes[node];
    }
    return nodes;
}

std::optional<std::string> numa_warning(const Device& device, std::span<const unsigned> workers) {
    if (numa_available() < 0) return std::nullopt;
    for (const std::string& folder : folders_of(device)) {
        const int node = node_of(folder);
        if (node < 0) continue;
        for (const unsigned worker : workers) {
            const int other = numa_node_of_cpu(static_cast<int>(worker));
            if (other < 0 || other == node) continue;
            return "port \"" + device.text() + "\": at NUMA node " + std::to_string(node) +
                   ", worker " + std::to_string(worker) + " at node " + std::to_string(other) +
                   ", so each packet crosses between them; give server.workers CPUs of node " +
                   std::to_string(node) + " (\"lscpu\")";
        }
    }
    return std::nullopt;
}

}  // namespace apex::io
