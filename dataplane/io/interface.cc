// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "dataplane/io/interface.hh"

#include <algorithm>

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "dataplane/io/file_descriptor.hh"

namespace apex::io {

namespace {

ifreq request_for(const std::string& name) {
    ifreq request{};
    name.copy(request.ifr_name, sizeof(request.ifr_name) - 1);
    return request;
}

void read_channels(const FileDescriptor& socket, const std::string& name, Interface& interface) {
    ethtool_channels channels{};
    channels.cmd = ETHTOOL_GCHANNELS;
    ifreq request = request_for(name);
    request.ifr_data = reinterpret_cast<char*>(&channels);
    if (::ioctl(socket.get(), SIOCETHTOOL, &request) != 0) return;
    interface.rx_queues = std::max(1U, channels.rx_count + channels.combined_count);
    interface.combined_queues = std::max(1U, channels.combined_count);
}

}  // namespace

std::optional<Interface> find_interface(const std::string& name) {
    if (name.empty() || name.size() >= IFNAMSIZ) return std::nullopt;
    Interface interface;
    interface.index = ::if_nametoindex(name.c_str());
    if (interface.index == 0) return std::nullopt;

    const FileDescriptor socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (!socket) return std::nullopt;
    ifreq request = request_for(name);
    if (::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) return std::nullopt;
    interface.up = (request.ifr_flags & IFF_UP) != 0;
    interface.running = (request.ifr_flags & IFF_RUNNING) != 0;
    read_channels(socket, name, interface);
    return interface;
}

}  // namespace apex::io
