// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/publish/additional_names.hh"

#include <algorithm>
#include <string_view>
#include <utility>

namespace apex::control {

using wire::RrType;

std::vector<wire::Name> additional_names(wire::RrType type, std::span<const std::string> rdata,
                                         const wire::Name& owner) {
    std::size_t skip = 0;
    switch (type) {
        case RrType::ns:
            break;
        case RrType::mx:
        case RrType::svcb:
        case RrType::https:
            skip = 2;
            break;
        case RrType::srv:
            skip = 6;
            break;
        default:
            return {};
    }
    std::vector<wire::Name> names;
    for (const std::string& data : rdata) {
        if (data.size() <= skip) continue;
        const std::string_view rest = std::string_view(data).substr(skip);
        auto name = wire::Name::from_wire(rest.substr(0, wire::name_length(rest)));
        if (!name) continue;
        // A TargetName of the root means the owner (RFC 9460 §2.5).
        if (name->is_root() && skip == 2 && type != RrType::mx) name = owner;
        names.push_back(std::move(*name));
    }
    return names;
}

}  // namespace apex::control
