// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// One attempt at a health check of one address: a TCP connection, or that and the status
// line and headers of an answer to GET (RFC 9110). Over TLS the certificate is not looked
// at: whether the service is up is the question. Owned by the health board, on its loop;
// nothing here blocks.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "control/config/health_check.hh"

struct event_base;

namespace apex::control {

class Probe {
  public:
    /// Called once, on a later turn of the loop, at most the check's timeout after the start:
    /// with why the check failed, or with nothing. It must not destroy the probe.
    using Done = std::function<void(const std::string&)>;

    /// `rdata`: the address, 4 or 16 octets. `base` must outlive the object.
    Probe(event_base* base, const HealthCheck& check, const std::string& rdata, Done done);
    /// Ends the attempt; `done` is not called any more.
    ~Probe();
    Probe(const Probe&) = delete;
    Probe& operator=(const Probe&) = delete;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apex::control
