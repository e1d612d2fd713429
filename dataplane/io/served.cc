// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include <algorithm>

#include "dataplane/io/burst.hh"

namespace apex::io {

Served::Served(const Endpoint& endpoint)
    : udp_port(endpoint.udp_port), partial_checksums(endpoint.partial_checksums) {
    for (const wire::IpAddress& address : endpoint.addresses) {
        if (address.is_v4()) {
            std::copy_n(address.bytes.begin() + 12, 4, v4.emplace_back().begin());
        } else {
            v6.push_back(address.bytes);
        }
    }
}

}  // namespace apex::io
