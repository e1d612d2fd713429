// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What health checks connect to.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

namespace apex::control::test {

/// A TCP socket on a port of its own: closed to all, or (`listens`) open and mute.
class TcpSocket {
  public:
    explicit TcpSocket(bool listens, in_addr_t address = INADDR_LOOPBACK)
        : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(address);
        EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
        if (listens) open();
    }
    ~TcpSocket() { close(fd_); }
    TcpSocket(const TcpSocket&) = delete;
    TcpSocket& operator=(const TcpSocket&) = delete;
    /// With room for all who connect: nobody accepts them.
    void open() const { listen(fd_, 256); }
    std::uint16_t port() const {
        sockaddr_in at{};
        socklen_t size = sizeof at;
        getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size);
        return ntohs(at.sin_port);
    }

  private:
    int fd_;
};

}  // namespace apex::control::test
