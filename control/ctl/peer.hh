// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Who is at the other end of a Unix socket, as the kernel recorded it at
// connect() (or listen()). Any thread, no state.
#pragma once

#include <sys/types.h>

#include <vector>

#include "control/error.hh"

namespace apex::control {

struct Peer {
    uid_t uid = 0;
    gid_t gid = 0;
    pid_t pid = 0;
    std::vector<gid_t> groups = {};  ///< supplementary
};

Result<Peer> peer_of(int fd);

/// The file mode has already let `peer` connect. Beyond that only root, the
/// daemon's own user and members of the socket file's group are served, so that
/// a mode widened by mistake opens the daemon to nobody.
bool may_enter(const Peer& peer, uid_t own_uid, gid_t file_group);

}  // namespace apex::control
