// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Metrics for Prometheus: GET /metrics over HTTP, nothing else. Runs on the
// control loop's thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "control/error.hh"

struct event_base;

namespace apex::control {

/// The values are fixed; only tests set others.
struct MetricsLimits {
    std::size_t connections = 16;                ///< then accepting pauses
    std::chrono::milliseconds lifetime{10'000};  ///< of a connection, whatever it does
};

class MetricsServer {
  public:
    /// Listens on "ADDRESS:PORT" ("[ADDRESS]:PORT" for IPv6). `render` returns
    /// the whole text in Prometheus's format, on the loop's thread. From then on
    /// the process ignores SIGPIPE, which a client could raise by going away.
    static Result<std::unique_ptr<MetricsServer>> listen(event_base* base, const std::string& where,
                                                         std::function<std::string()> render,
                                                         const MetricsLimits& limits = {});
    ~MetricsServer();
    MetricsServer(const MetricsServer&) = delete;
    MetricsServer& operator=(const MetricsServer&) = delete;

    /// The port that is listened on; the kernel's choice when 0 was asked for.
    std::uint16_t port() const;

  private:
    struct Impl;
    explicit MetricsServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace apex::control
