// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "control/ctl/peer.hh"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace apex::control {

Result<Peer> peer_of(int fd) {
    ucred credentials{};
    socklen_t length = sizeof credentials;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) {
        return fail(std::string("SO_PEERCRED: ") + std::strerror(errno));
    }
    Peer peer{.uid = credentials.uid, .gid = credentials.gid, .pid = credentials.pid};
    // The kernel says how many groups there are when the room is too small.
    length = 0;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, nullptr, &length) != 0 && errno == ERANGE) {
        peer.groups.resize(length / sizeof(gid_t));
        if (::getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, peer.groups.data(), &length) != 0) {
            peer.groups.clear();
        }
    }
    return peer;
}

bool may_enter(const Peer& peer, uid_t own_uid, gid_t file_group) {
    return peer.uid == 0 || peer.uid == own_uid || peer.gid == file_group ||
           std::ranges::find(peer.groups, file_group) != peer.groups.end();
}

}  // namespace apex::control
