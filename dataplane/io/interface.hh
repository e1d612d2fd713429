// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What the kernel says about a network interface of this namespace. Asked by
// device checks and port status; never on the packet path.
#pragma once

#include <optional>
#include <string>

namespace apex::io {

struct Interface {
    unsigned index = 0;
    bool up = false;       ///< administratively
    bool running = false;  ///< carrier and peer present
    /// Receive queues in use; 1 where the driver does not say.
    unsigned rx_queues = 1;
    /// Queues that net_af_xdp will open sockets on: the combined channels, or 1
    /// where the driver has none.
    unsigned combined_queues = 1;
};

/// Empty when the namespace has no interface of this name.
std::optional<Interface> find_interface(const std::string& name);

}  // namespace apex::io
