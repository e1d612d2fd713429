// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// A real NSD with the zone example.net and a real unbound in front of it, as
// child processes on free ports of 127.0.0.1, for the tests of this folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "control/config/upstream.hh"

struct event_base;

namespace apex::control::test {

/// A child process in a process group of its own; ends with its owner, and with
/// the test should that crash.
class ChildProcess {
  public:
    explicit ChildProcess(const std::vector<std::string>& command);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    void send(int signal) const;
    /// SIGKILL to the whole group, and waits for the end.
    void kill();

  private:
    int pid_;
};

/// A server on 127.0.0.1.
inline Upstream at_port(std::uint16_t port) {
    return Upstream::from_text("127.0.0.1@" + std::to_string(port)).value();
}

class RealUpstreams {
  public:
    /// Starts both and waits until the zone is answered through unbound. `records`
    /// is zone text below $ORIGIN example.net. and $TTL 5; the SOA gives a negative
    /// TTL of one second.
    explicit RealUpstreams(const std::string& records);
    ~RealUpstreams();

    /// Replaces the records and has NSD read them; returns when NSD serves them.
    void replace_records(const std::string& records);
    void kill_unbound();
    void start_unbound();

    Upstream unbound() const { return at_port(unbound_port_); }
    Upstream nsd() const { return at_port(nsd_port_); }
    /// Questions for `name` ("cdn.example.net.") and `type` that unbound received.
    std::size_t questions(const std::string& name, const std::string& type) const;

  private:
    void write_zone(const std::string& records);
    /// Waits until the server on `port` gives the present version of the zone;
    /// zero: any version.
    void wait_for(std::uint16_t port, unsigned version) const;

    std::filesystem::path folder_;
    std::uint16_t nsd_port_;
    std::uint16_t unbound_port_;
    unsigned version_ = 0;  ///< a TXT record that only the tests read
    std::unique_ptr<ChildProcess> nsd_;
    std::unique_ptr<ChildProcess> unbound_;
};

/// A UDP port of 127.0.0.1 that takes questions and never answers.
class SilentServer {
  public:
    SilentServer();
    ~SilentServer();
    SilentServer(const SilentServer&) = delete;
    SilentServer& operator=(const SilentServer&) = delete;

    Upstream address() const { return at_port(port_); }
    /// Different names asked for since the start.
    std::size_t names_asked();
    /// One of them begins with `label`.
    bool was_asked(const std::string& label);

  private:
    int socket_;
    std::uint16_t port_;
    std::vector<std::string> names_;  ///< sorted
};

/// Turns the loop until `is_done` or for `seconds`; returns what is_done says then.
bool run_until(event_base* base, double seconds, const std::function<bool()>& is_done);

}  // namespace apex::control::test
