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
    /// Where it cannot be at an address that another server has: it does without, or not at all.
    enum class IfTaken : std::uint8_t { does_without, fails };
    /// Starts so many threads, each bound to all `addresses` but those that the kernel refuses, of
    /// which the log tells. None left is an error. `table` must outlive the object.
    static Result<std::unique_ptr<UdpServer>> start(
        std::vector<wire::IpAddress> addresses, std::uint16_t port, const answer::Server& server,
        table::Table& table, const std::vector<Thread>& threads, IfTaken if_taken);
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
