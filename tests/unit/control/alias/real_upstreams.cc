// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Implements real_upstreams.hh.
#include "tests/unit/control/alias/real_upstreams.hh"

#include <arpa/inet.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace apex::control::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr const char* nsd_program = "/usr/sbin/nsd";
constexpr const char* unbound_program = "/usr/sbin/unbound";

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int bound_socket(int type, std::uint16_t port) {
    const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    close(fd);
    return -1;
}

std::uint16_t port_of(int fd) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

/// A port that is free for UDP and TCP now.
std::uint16_t free_port() {
    for (;;) {
        const int udp = bound_socket(SOCK_DGRAM, 0);
        const std::uint16_t port = port_of(udp);
        const int tcp = bound_socket(SOCK_STREAM, port);
        close(udp);
        if (tcp < 0) continue;
        close(tcp);
        return port;
    }
}

void write_file(const std::filesystem::path& path, const std::string& text) {
    std::ofstream(path) << text;
}

/// The query for v<version>.example.net TXT, which each version of the zone has.
std::string version_query(unsigned version) {
    const std::string label = "v" + std::to_string(version);
    std::string query("\0\7\1\0\0\1\0\0\0\0\0\0", 12);
    query += static_cast<char>(label.size());
    query += label;
    query += std::string("\7example\3net\0\0\20\0\1", 17);
    return query;
}

bool answers(std::uint16_t port, unsigned version) {
    const int fd = bound_socket(SOCK_DGRAM, 0);
    const sockaddr_in server = loopback(port);
    const std::string query = version_query(version);
    sendto(fd, query.data(), query.size(), 0, reinterpret_cast<const sockaddr*>(&server),
           sizeof server);
    pollfd ready{.fd = fd, .events = POLLIN, .revents = 0};
    char answer[512];
    const bool came = poll(&ready, 1, 200) == 1 && recv(fd, answer, sizeof answer, 0) > 12;
    close(fd);
    return came && (answer[3] & 0x0f) == 0 && answer[7] == 1;
}

std::string nsd_config(const std::filesystem::path& folder, std::uint16_t port) {
    const std::string at = folder.string();
    return "server:\n  ip-address: 127.0.0.1@" + std::to_string(port) +
           "\n  username: \"\"\n  chroot: \"\"\n  database: \"\"\n  xfrdfile: \"\"\n"
           "  server-count: 1\n  zonesdir: \"" +
           at + "\"\n  pidfile: \"" + at +
           "/nsd.pid\"\n"
           "  xfrdir: \"" +
           at + "\"\n  zonelistfile: \"" + at + "/zone.list\"\n  logfile: \"" + at +
           "/nsd.log\"\n"
           "remote-control:\n  control-enable: no\n"
           "zone:\n  name: example.net\n  zonefile: zone\n";
}

std::string unbound_config(const std::filesystem::path& folder, std::uint16_t port,
                           std::uint16_t nsd_port) {
    const std::string at = folder.string();
    return "server:\n  interface: 127.0.0.1\n  port: " + std::to_string(port) +
           "\n  username: \"\"\n  chroot: \"\"\n  pidfile: \"\"\n  use-syslog: no\n"
           "  directory: \"" +
           at + "\"\n  logfile: \"" + at +
           "/unbound.log\"\n"
           "  do-daemonize: no\n  do-not-query-localhost: no\n  prefetch: yes\n"
           "  module-config: \"iterator\"\n  log-queries: yes\n"
           "remote-control:\n  control-enable: no\n"
           "stub-zone:\n  name: example.net\n  stub-addr: 127.0.0.1@" +
           std::to_string(nsd_port) + "\n";
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& command) {
    std::vector<char*> arguments;
    for (const std::string& argument : command) {
        arguments.push_back(const_cast<char*>(argument.c_str()));
    }
    arguments.push_back(nullptr);
    pid_ = fork();
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ > 0) return;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    const int nowhere = open("/dev/null", O_RDWR);
    for (const int fd : {0, 1, 2}) dup2(nowhere, fd);
    execv(arguments[0], arguments.data());
    _exit(127);
}

ChildProcess::~ChildProcess() {
    kill();
}

void ChildProcess::send(int signal) const {
    ::kill(pid_, signal);
}

void ChildProcess::kill() {
    if (pid_ <= 0) return;
    setpgid(pid_, pid_);  // should the child not have come so far
    ::kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
}

RealUpstreams::RealUpstreams(const std::string& records)
    : nsd_port_(free_port()), unbound_port_(free_port()) {
    std::string pattern = std::filesystem::temp_directory_path() / "apexdns-alias-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    folder_ = pattern;
    write_zone(records);
    write_file(folder_ / "nsd.conf", nsd_config(folder_, nsd_port_));
    write_file(folder_ / "unbound.conf", unbound_config(folder_, unbound_port_, nsd_port_));
    nsd_ = std::make_unique<ChildProcess>(
        std::vector<std::string>{nsd_program, "-d", "-c", folder_ / "nsd.conf"});
    wait_for(nsd_port_, version_);
    start_unbound();
}

RealUpstreams::~RealUpstreams() {
    unbound_.reset();
    nsd_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void RealUpstreams::write_zone(const std::string& records) {
    ++version_;
    const std::string version = std::to_string(version_);
    write_file(folder_ / "zone.new", "$ORIGIN example.net.\n$TTL 5\n@ SOA ns h " + version +
                                         " 3600 600 86400 1\n"
                                         "@ NS ns\nns A 192.0.2.53\nv" +
                                         version + " TXT x\n" + records);
    std::filesystem::rename(folder_ / "zone.new", folder_ / "zone");
}

void RealUpstreams::replace_records(const std::string& records) {
    write_zone(records);
    nsd_->send(SIGHUP);
    // NSD's old process may answer a few more questions beside the new one.
    for (int in_a_row = 0; in_a_row < 8; ++in_a_row) {
        if (!answers(nsd_port_, version_)) in_a_row = -1;
        wait_for(nsd_port_, version_);
        std::this_thread::sleep_for(milliseconds(15));
    }
}

void RealUpstreams::kill_unbound() {
    unbound_->kill();
}

void RealUpstreams::start_unbound() {
    unbound_ = std::make_unique<ChildProcess>(
        std::vector<std::string>{unbound_program, "-c", folder_ / "unbound.conf"});
    wait_for(unbound_port_, version_);
}

void RealUpstreams::wait_for(std::uint16_t port, unsigned version) const {
    const auto give_up = steady_clock::now() + std::chrono::seconds(10);
    while (!answers(port, version)) {
        if (steady_clock::now() > give_up) {
            throw std::runtime_error("no answer from port " + std::to_string(port) +
                                     ": are nsd and unbound installed?");
        }
        std::this_thread::sleep_for(milliseconds(20));
    }
}

std::size_t RealUpstreams::questions(const std::string& name, const std::string& type) const {
    std::ifstream log(folder_ / "unbound.log");
    std::size_t count = 0;
    for (std::string line; std::getline(log, line);) {
        if (line.ends_with(" " + name + " " + type + " IN")) ++count;
    }
    return count;
}

SilentServer::SilentServer() : socket_(bound_socket(SOCK_DGRAM, 0)), port_(port_of(socket_)) {
    const int size = 1 << 20;
    setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

SilentServer::~SilentServer() {
    close(socket_);
}

std::size_t SilentServer::names_asked() {
    char query[512];
    for (;;) {
        const ssize_t size = recv(socket_, query, sizeof query, MSG_DONTWAIT);
        if (size < 0) break;
        // The first label is enough to tell the tests' names apart.
        if (size > 12 && size > 13 + query[12]) {
            names_.emplace_back(query + 13, static_cast<std::size_t>(query[12]));
        }
    }
    std::sort(names_.begin(), names_.end());
    names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
    return names_.size();
}

bool SilentServer::was_asked(const std::string& label) {
    names_asked();
    return std::binary_search(names_.begin(), names_.end(), label);
}

bool run_until(event_base* base, double seconds, const std::function<bool()>& is_done) {
    const auto end = steady_clock::now() + std::chrono::duration<double>(seconds);
    while (!is_done()) {
        if (steady_clock::now() >= end) return false;
        const timeval step{0, 10'000};
        event_base_loopexit(base, &step);
        event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
    }
    return true;
}

}  // namespace apex::control::test
