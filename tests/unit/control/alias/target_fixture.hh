// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// A target and the sets that it resolves to, made up.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "control/alias/resolved_set.hh"

namespace apex::control::test {

inline const TargetKey key{wire::Name::from_wire(std::string_view("\3cdn\0", 5)).value(),
                           wire::RrType::a};

inline ResolvedSet set_of(std::vector<std::string> addresses, std::uint32_t ttl) {
    ResolvedSet set;
    set.addresses = std::move(addresses);
    set.ttl = ttl;
    if (!set.addresses.empty()) {
        set.chain = {{.owner = key.target, .type = key.type, .ttl = ttl, .next = {}}};
    }
    return set;
}

}  // namespace apex::control::test
