// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The XDP program of one net_af_xdp port, from the process's side. The PMD loads
// and attaches it; this clears away what a killed process left, tells the program
// which packets are ours, and takes it off again. Called at start and stop, on
// the main thread; the program itself is steer.bpf.c.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "dataplane/io/file_descriptor.hh"
#include "dataplane/wire/address.hh"

namespace apex::io {

/// Exclusive use of an interface's XDP hook by this process. Move only.
class XdpSteer {
  public:
    /// Before the port exists. Takes off a program of ours that nobody uses any
    /// more. An error when a live process of ours serves there, or when the
    /// program attached is somebody else's.
    static std::expected<XdpSteer, std::string> claim(const std::string& interface);

    /// After the port started: finds the program that the PMD attached and fills
    /// its maps. Until then it passes everything to the kernel. `udp_port` in
    /// host order.
    std::expected<void, std::string> steer(std::span<const wire::IpAddress> addresses,
                                           std::uint16_t udp_port);

    /// After the port is closed. Detaches the program unless that was done, or
    /// unless another one took its place.
    ~XdpSteer();
    XdpSteer(XdpSteer&& other) noexcept;
    XdpSteer& operator=(XdpSteer&&) = delete;

  private:
    XdpSteer(std::string interface, unsigned index, FileDescriptor lock);

    std::string interface_;
    unsigned index_ = 0;   ///< of the interface
    FileDescriptor lock_;  ///< held for as long as the process serves there
};

/// Fills the maps of a loaded steering program, by their names. For steer(),
/// and for the tests, which attach the program to nothing.
std::expected<void, std::string> fill_steering_maps(std::span<const std::uint32_t> map_ids,
                                                    std::span<const wire::IpAddress> addresses,
                                                    std::uint16_t udp_port);

}  // namespace apex::io
