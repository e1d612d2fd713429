// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// A socket at a served address. Any thread, no state.
#pragma once

#include <cstdint>
#include <expected>

#include "control/config/fd.hh"
#include "control/error.hh"
#include "dataplane/wire/address.hh"

namespace apex::control {

enum class Transport : std::uint8_t { tcp, udp };

/// Sets a socket option that is a number; false when the kernel does not.
bool set_option(int socket, int level, int option, int value);

/// Non-blocking and bound, also to an address that this host does not have yet, as those on
/// an interface of our own come later; or what errno said. `is_shared`, UDP: with others that are,
/// and the kernel spreads clients over them.
std::expected<Fd, int> bound_socket(Transport transport, const wire::IpAddress& address,
                                    std::uint16_t port, bool is_shared = false);

/// The address is one of this host's, in this network namespace.
bool is_at_host(const wire::IpAddress& address);

/// That in words: where it was, what the kernel said, and what that most probably means.
Error bind_error(Transport transport, const wire::IpAddress& address, std::uint16_t port, int code);

}  // namespace apex::control
