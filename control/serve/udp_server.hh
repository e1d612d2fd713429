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
#include <optional>
#include <vector>

#include "control/error.hh"
#include "dataplane/answer/counters.hh"
#include "dataplane/answer/server.hh"
#include "dataplane/table/table.hh"
#include "dataplane/wire/address.hh"

namespace apex::control {

class UdpServer {
  public:
    struct Thread {
        unsigned reader;              ///< its number among those of the table
        std::optional<unsigned> cpu;  ///< nothing: those of the calling thread
    };
    /// Starts so many threads, each bound to all `addresses`. `table` must outlive the object.
    static Result<std::unique_ptr<UdpServer>> start(const std::vector<wire::IpAddress>& addresses,
                                                    std::uint16_t port,
                                                    const answer::Server& server,
                                                    table::Table& table,
                                                    const std::vector<Thread>& threads);
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
