// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// An address and a port as the kernel's sockets take them. Any thread.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "dataplane/wire/address.hh"

namespace apex::control {

class SocketAddress {
  public:
    SocketAddress(const wire::IpAddress& address, std::uint16_t port) {
        if (address.is_v4()) {
            sockaddr_in v4{};
            v4.sin_family = AF_INET;
            v4.sin_port = htons(port);
            std::memcpy(&v4.sin_addr, address.bytes.data() + 12, 4);
            keep(v4);
        } else {
            sockaddr_in6 v6{};
            v6.sin6_family = AF_INET6;
            v6.sin6_port = htons(port);
            std::memcpy(&v6.sin6_addr, address.bytes.data(), 16);
            keep(v6);
        }
    }

    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage_); }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage_); }
    socklen_t size() const { return size_; }

  private:
    template <typename Address>
    void keep(const Address& address) {
        std::memcpy(&storage_, &address, sizeof address);
        size_ = sizeof address;
    }

    sockaddr_storage storage_{};
    socklen_t size_ = 0;
};

/// The address in `from`, which is of one of the two families.
inline wire::IpAddress ip_address(const sockaddr& from) {
    const auto* octets = reinterpret_cast<const char*>(&from);
    if (from.sa_family == AF_INET) {
        return wire::IpAddress::from_octets({octets + offsetof(sockaddr_in, sin_addr), 4});
    }
    return wire::IpAddress::from_octets({octets + offsetof(sockaddr_in6, sin6_addr), 16});
}

}  // namespace apex::control
