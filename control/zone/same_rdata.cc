// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/zone/same_rdata.hh"

#include <algorithm>
#include <cstddef>

#include "control/zone/ascii.hh"
#include "dataplane/wire/name.hh"
#include "dataplane/wire/rdata_names.hh"

namespace apex::control {

namespace {

/// Where RDATA has names without case. Those that may be compressed are among them.
wire::RdataNames caseless_names(wire::RrType type, std::string_view rdata,
                                wire::RrType alias_type) {
    if (type == alias_type) return {0, 1};
    switch (wire::to_int(type)) {
        case 17:  // RP
            return {0, 2};
        case 18:  // AFSDB
        case 21:  // RT
        case 36:  // KX
            return {2, 1};
        case 26:  // PX
            return {2, 2};
        case 33:  // SRV
            return {6, 1};
        case 35: {  // NAPTR: order, preference, three character-strings
            std::size_t before = 4;
            for (int n = 0; n < 3 && before < rdata.size(); ++n) {
                before += static_cast<unsigned char>(rdata[before]) + std::size_t{1};
            }
            return {before, 1};
        }
        case 39:  // DNAME
            return {0, 1};
        case 46:  // RRSIG
            return {18, 1};
        default:
            return wire::rdata_names(type);
    }
}

}  // namespace

bool is_same_rdata(wire::RrType type, std::string_view a, std::string_view b,
                   wire::RrType alias_type) {
    if (a == b) return true;
    // A length octet is below 'A', so lower-casing leaves it alone.
    if (!equals_ignoring_case(a, b)) return false;
    const wire::RdataNames names = caseless_names(type, a, alias_type);
    const std::size_t from = std::min(names.before, a.size());
    std::size_t to = from;
    for (unsigned n = 0; n < names.count; ++n) to += wire::name_length(a.substr(to));
    return a.substr(0, from) == b.substr(0, from) && a.substr(to) == b.substr(to);
}

}  // namespace apex::control
