// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// DPDK's environment layer as an object: lcores, memory, devices. Once a process;
// made and destroyed on the main thread, which becomes the main lcore.
#pragma once

#include <cstddef>
#include <expected>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "dataplane/io/file_descriptor.hh"

namespace apex::io {

struct EalSettings {
    std::vector<unsigned> workers;                ///< CPUs; the lcore of a CPU has its number
    std::vector<std::string> device_options;      ///< "--vdev=..." and "--allow=..."
    std::size_t memory = 0;                       ///< octets that pools and drivers will need
    std::map<int, std::size_t> memory_by_node{};  ///< of that, on each NUMA node
};

class Eal {
  public:
    /// The calling thread is afterwards confined to the CPUs that no worker has,
    /// where there are any. The error says what EAL said.
    static std::expected<Eal, std::string> start(const EalSettings& settings);
    ~Eal();
    Eal(Eal&& other) noexcept;
    Eal& operator=(Eal&&) = delete;

    bool hugepages() const { return hugepages_; }
    /// That there are hugepages, but too few; empty when all is well.
    const std::string& warning() const { return warning_; }

  private:
    Eal(bool hugepages, std::string runtime_directory, FileDescriptor lock);

    bool alive_ = true;
    bool hugepages_;
    std::string runtime_directory_;  ///< of the telemetry socket
    std::string warning_;
    FileDescriptor lock_;  ///< on that directory
};

/// The CPUs that the calling thread may use; before Eal::start, those of the process.
std::vector<unsigned> available_cpus();

/// An error when `worker` cannot poll on the CPU of its number.
std::expected<void, std::string> check_worker(unsigned worker, std::span<const unsigned> available);

/// The value of --lcores, and the main lcore in it: each worker's lcore on the
/// CPU of its number, the main lcore on the other CPUs of `available`, or beside
/// the workers where there are none. The error names a worker's CPU that is not
/// among `available`.
struct LcoreMap {
    std::string lcores;
    unsigned main_lcore = 0;
};
std::expected<LcoreMap, std::string> map_lcores(std::span<const unsigned> workers,
                                                std::span<const unsigned> available);

}  // namespace apex::io
