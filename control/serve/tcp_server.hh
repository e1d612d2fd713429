// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// DNS over TCP on the kernel's sockets (RFC 7766, RFC 9210), on a thread of its own: what is
// truncated over UDP is had whole here. Connections are kept while they ask, and every number of
// them has a limit.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "control/config/config.hh"
#include "control/error.hh"
#include "dataplane/answer/counters.hh"
#include "dataplane/answer/server.hh"
#include "dataplane/table/table.hh"
#include "dataplane/wire/address.hh"

namespace apex::control {

struct TcpStatus {
    std::uint64_t open = 0;       ///< connections now
    std::uint64_t accepted = 0;   ///< since the start, and so below
    std::uint64_t idle = 0;       ///< closed after TcpLimits::idle
    std::uint64_t displaced = 0;  ///< closed for another one
    std::uint64_t refused = 0;    ///< closed at once, its client had too many
    std::uint64_t misused = 0;    ///< closed, it sent what no client sends
};

class TcpServer {
  public:
    /// Listens on all `addresses`, also on such as this host does not have yet, and starts the
    /// thread, on the CPUs that the calling one may use now. `reader`: its id among the readers of
    /// `table`, which must outlive the object.
    static Result<std::unique_ptr<TcpServer>> start(const std::vector<wire::IpAddress>& addresses,
                                                    std::uint16_t port,
                                                    const answer::Server& server,
                                                    const TcpLimits& limits, table::Table& table,
                                                    unsigned reader);
    /// Closes all connections.
    ~TcpServer();
    TcpServer(const TcpServer&) = delete;
    TcpServer& operator=(const TcpServer&) = delete;

    // Of any thread:
    TcpStatus status() const;
    const answer::Counters& counters() const;  ///< queries by fate

  private:
    struct Impl;
    explicit TcpServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace apex::control
