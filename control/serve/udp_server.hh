// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// DNS over UDP on the kernel's sockets: for where no DPDK port can be, a laptop or a container
// without privileges, and beside DPDK ports for what they leave to the kernel. The same answers
// from the same table, at the kernel's pace.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "control/error.hh"
#include "dataplane/answer/counters.hh"
#include "dataplane/answer/server.hh"
#include "dataplane/table/table.hh"
#include "dataplane/wire/address.hh"

namespace apex::control {

class UdpServer {
  public:
    /// In the place of DPDK ports: a thread on each of the CPUs `workers`, the n-th reader n of
    /// `table`, which must outlive the object. The calling thread, and those that it starts later,
    /// are off these CPUs then where there are others. An address that another server has is an
    /// error.
    static Result<std::unique_ptr<UdpServer>> start_alone(
        const std::vector<wire::IpAddress>& addresses, std::uint16_t port,
        const answer::Server& server, table::Table& table, const std::vector<unsigned>& workers);
    /// Beside DPDK ports: one thread, that reader of `table`. It does without addresses that
    /// another server has, of which the log tells; none left is an error.
    static Result<std::unique_ptr<UdpServer>> start_beside(
        const std::vector<wire::IpAddress>& addresses, std::uint16_t port,
        const answer::Server& server, table::Table& table, unsigned reader);
    ~UdpServer();
    UdpServer(const UdpServer&) = delete;
    UdpServer& operator=(const UdpServer&) = delete;

    /// Of the n-th thread; any thread.
    const answer::Counters& counters(std::size_t thread) const;

  private:
    struct Impl;
    explicit UdpServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace apex::control
