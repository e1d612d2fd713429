// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// DNS over UDP on the kernel's sockets, for where no DPDK port can be: a laptop, a container
// without privileges. The same answers from the same table, at the kernel's pace.
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
    /// Binds all `addresses` for each of `workers`, the CPUs that a thread is started on each. The
    /// n-th is reader n of `table`, which must outlive the object.
    static Result<std::unique_ptr<UdpServer>> start(const std::vector<wire::IpAddress>& addresses,
                                                    std::uint16_t port,
                                                    const answer::Server& server,
                                                    const std::vector<unsigned>& workers,
                                                    table::Table& table);
    ~UdpServer();
    UdpServer(const UdpServer&) = delete;
    UdpServer& operator=(const UdpServer&) = delete;

    /// Of the n-th worker; any thread.
    const answer::Counters& counters(std::size_t worker) const;

  private:
    struct Impl;
    explicit UdpServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace apex::control
