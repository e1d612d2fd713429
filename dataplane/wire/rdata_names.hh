// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Where RDATA may hold compressed names: in the types of RFC 1035 and in no other
// (RFC 3597 §4). No state, any thread.
#pragma once

#include <cstddef>

#include "dataplane/wire/types.hh"

namespace apex::wire {

/// Octets before the first name in RDATA, and how many names follow there.
struct RdataNames {
    std::size_t before = 0;
    unsigned count = 0;
};

constexpr RdataNames rdata_names(RrType type) noexcept {
    switch (to_int(type)) {
        case 2:   // NS
        case 3:   // MD
        case 4:   // MF
        case 5:   // CNAME
        case 7:   // MB
        case 8:   // MG
        case 9:   // MR
        case 12:  // PTR
            return {0, 1};
        case 6:   // SOA
        case 14:  // MINFO
            return {0, 2};
        case 15:  // MX
            return {2, 1};
        default:
            return {0, 0};
    }
}

}  // namespace apex::wire
