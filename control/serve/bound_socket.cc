// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/serve/bound_socket.hh"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "control/config/socket_address.hh"

namespace apex::control {

bool set_option(int socket, int level, int option, int value) {
    return setsockopt(socket, level, option, &value, sizeof value) == 0;
}

std::expected<Fd, int> bound_socket(Transport transport, const wire::IpAddress& address,
                                    std::uint16_t port, bool is_shared) {
    const bool is_tcp = transport == Transport::tcp;
    const bool is_v4 = address.is_v4();
    const SocketAddress where(address, port);
    Fd socket(::socket(is_v4 ? AF_INET : AF_INET6,
                       (is_tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int fd = socket.get();
    if (socket && (!is_tcp || set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1)) &&
        (!is_shared || set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1)) &&
        (is_v4 ? set_option(fd, IPPROTO_IP, IP_FREEBIND, 1)
               : set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1) &&
                     set_option(fd, IPPROTO_IPV6, IPV6_FREEBIND, 1)) &&
        bind(fd, where.get(), where.size()) == 0) {
        return socket;
    }
    return std::unexpected(errno);
}

bool is_at_host(const wire::IpAddress& address) {
    const SocketAddress where(address, 0);
    const Fd socket(::socket(address.is_v4() ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    return bind(socket.get(), where.get(), where.size()) == 0 || errno != EADDRNOTAVAIL;
}

Error bind_error(Transport transport, const wire::IpAddress& address, std::uint16_t port,
                 int code) {
    const char* hint = "";
    if (code == EADDRINUSE) hint = "; another server listens there";
    if (code == EACCES) hint = "; ports below 1024 want root or CAP_NET_BIND_SERVICE";
    if (code == EAFNOSUPPORT) hint = "; this kernel has no IPv6";
    if (code == EINVAL) hint = "; the kernel's sockets cannot be at an address of one link";
    return {(transport == Transport::tcp ? "TCP " : "UDP ") + address.to_text() + " port " +
            std::to_string(port) + ": " + std::strerror(code) + hint};
}

}  // namespace apex::control
