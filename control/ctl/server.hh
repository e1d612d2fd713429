// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The control socket: JSON-RPC 2.0, one message a line, over a Unix stream
// socket (docs/control-protocol.md). Runs on the control loop's thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>

#include "control/ctl/handlers.hh"
#include "control/error.hh"

struct event_base;

namespace apex::control {

/// What one client, and all of them together, may take. The values are the
/// protocol's; only tests set others.
struct ControlLimits {
    std::size_t line = std::size_t{1} << 20;  ///< bytes of a request
    std::size_t clients = 64;
    std::size_t under_way = 16;                  ///< requests of a client; then reading pauses
    std::size_t unread = std::size_t{1} << 20;   ///< bytes of answers; then reading pauses
    std::size_t output = std::size_t{64} << 20;  ///< bytes of answers; then disconnect
    std::size_t watched = std::size_t{8} << 20;  ///< bytes unread of a watcher; then disconnect
    std::chrono::milliseconds stalled{30'000};   ///< without reading a byte of what is pending
    std::chrono::milliseconds greeting{30'000};  ///< silent before hello
};

class ControlServer {
  public:
    /// Binds and listens. A socket file that a dead process left is replaced;
    /// one that a live process answers on is an error that says so. From then on
    /// the process ignores SIGPIPE, which a client could raise by going away.
    static Result<std::unique_ptr<ControlServer>> listen(event_base* base,
                                                         const std::filesystem::path& path,
                                                         Handlers handlers,
                                                         const ControlLimits& limits = {});
    /// Never inside a handler. Answers already given are still sent as far as
    /// the sockets take them at once.
    ~ControlServer();
    /// Tells every client that watches. `params` is called when there is one.
    void notify(const std::function<nlohmann::json()>& params);

    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;

  private:
    struct Impl;
    explicit ControlServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace apex::control
