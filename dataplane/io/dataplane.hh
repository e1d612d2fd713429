// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The packet side of the program as its composition root sees it: EAL, ports,
// polling workers. Created, asked and destroyed on the main lcore's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dataplane/answer/counters.hh"
#include "dataplane/answer/server.hh"
#include "dataplane/io/idle.hh"
#include "dataplane/io/kernel_path.hh"
#include "dataplane/io/port.hh"
#include "dataplane/table/table.hh"
#include "dataplane/wire/address.hh"

namespace apex::io {

struct PortSettings {
    std::string device;     ///< PCI address or vdev string
    std::uint16_t mtu = 0;  ///< 0: as the driver has it
    /// `automatic`: where DPDK has a device to itself that is hardware.
    enum class Kernel { automatic, off, on } kernel_path = Kernel::automatic;
    KernelSettings kernel;
};

struct Settings {
    std::vector<PortSettings> ports;
    std::vector<unsigned> workers;           ///< lcores that poll
    std::vector<wire::IpAddress> addresses;  ///< served
    std::uint16_t udp_port = 53;
    answer::Server server;  ///< what replies say of it
    Idle idle;
    std::filesystem::path steer_object;  ///< XDP program for net_af_xdp ports
};

/// What is wrong with one of Settings::ports or Settings::workers.
struct Mistake {
    enum class Where { port, worker };
    Where where;
    std::size_t index;    ///< in that list
    std::string message;  ///< what was read and what was expected
};

/// The first mistake that shows before anything is started: a device that is none,
/// one given twice, a worker's CPU that this process may not use. To be asked
/// before Dataplane::start. What comes and goes with the host, such as an
/// interface, is only looked at by the start.
std::optional<Mistake> find_mistake(const Settings& settings);

struct PortStatus {
    std::string device;  ///< as configured
    std::string driver;  ///< PMD, for example "net_af_xdp"
    bool link_up = false;
    bool is_gone = false;  ///< the device or interface is not there any more
    bool has_rx_interrupts = false;
    std::uint16_t mtu = 0;
    std::vector<Port::Nic> nics;  ///< of a bond
    struct Kernel {
        std::string interface;
        std::string driver;  ///< "net_virtio_user" or "net_tap"
        KernelCounters counters;
    };
    std::optional<Kernel> kernel;
};

class Dataplane {
  public:
    /// Starts EAL, the ports and one polling worker an lcore. `table` must have
    /// room for the workers as readers and must outlive the object. The error
    /// says what failed, on which device, and what to do.
    static std::expected<std::unique_ptr<Dataplane>, std::string> start(const Settings& settings,
                                                                        table::Table& table);

    /// Stops the workers, closes the ports, detaches the XDP program.
    ~Dataplane();
    Dataplane(const Dataplane&) = delete;
    Dataplane& operator=(const Dataplane&) = delete;

    std::vector<PortStatus> ports() const;
    /// Gives the kernel's interfaces beside ports the carrier that the ports have, so that routing
    /// daemons learn of a cut wire. From time to time.
    void pass_links_on();
    /// What works and could be better, found at the start.
    const std::vector<std::string>& warnings() const;
    /// The kernel too sees what a port gets, so that sockets of its would answer a second time.
    bool is_overheard() const;
    bool hugepages() const;  ///< false when EAL had to do without

    /// Counters of the n-th worker of Settings::workers, being counted while read.
    const answer::Counters& counters(std::size_t worker) const;

  private:
    struct Impl;
    explicit Dataplane(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace apex::io
