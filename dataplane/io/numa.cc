// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/io/numa.hh"

#include <algorithm>
#include <fstream>
#include <set>
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

int node_of_cpu(unsigned cpu) {
    return numa_node_of_cpu(static_cast<int>(cpu));
}

/// Nothing where the machine has one.
std::set<int> nodes_of(std::span<const unsigned> cpus) {
    std::set<int> nodes;
    if (numa_available() < 0 || numa_max_node() == 0) return nodes;
    for (const unsigned cpu : cpus) nodes.insert(node_of_cpu(cpu));
    return nodes;
}

}  // namespace

void prefer_memory_of(std::span<const unsigned> workers) {
    const auto nodes = nodes_of(workers);
    if (nodes.size() == 1) numa_set_preferred(*nodes.begin());
}

std::map<int, std::size_t> memory_by_node(std::size_t memory, std::span<const unsigned> workers,
                                          std::span<const unsigned> main,
                                          std::span<const Device> devices) {
    // What a driver, and DPDK itself, have on a node of their own.
    constexpr std::size_t least = std::size_t{16} << 20;
    std::map<int, std::size_t> nodes;
    if (nodes_of(workers).empty()) return nodes;
    for (const unsigned worker : workers) nodes[node_of_cpu(worker)] += memory / workers.size();
    // The first has the pools of ports that it spreads frames of.
    nodes[node_of_cpu(workers.front())] = memory;
    const auto want = [&nodes, least](int node) {
        if (node >= 0) nodes[node] = std::max(nodes[node], least);
    };
    for (const Device& device : devices) {
        for (const std::string& folder : folders_of(device)) want(node_of(folder));
    }
    if (const auto on = nodes_of(main); on.size() == 1) want(*on.begin());
    return nodes;
}

std::optional<std::string> numa_warning(const Device& device, std::span<const unsigned> workers) {
    if (numa_available() < 0) return std::nullopt;
    for (const std::string& folder : folders_of(device)) {
        const int node = node_of(folder);
        if (node < 0) continue;
        for (const unsigned worker : workers) {
            const int other = node_of_cpu(worker);
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
