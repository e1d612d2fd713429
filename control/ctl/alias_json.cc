// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/ctl/alias_json.hh"

#include "control/ctl/methods.hh"
#include "control/zone/name_text.hh"

namespace apex::control {

using nlohmann::json;

json address_list(std::span<const std::string> addresses, wire::RrType type,
                  wire::RrType alias_type) {
    json list = json::array();
    for (const std::string& address : addresses) {
        list.push_back(rdata_text(type, address, alias_type));
    }
    return list;
}

std::string_view answer_text(bool has_addresses, bool nxdomain) {
    if (has_addresses) return "addresses";
    return nxdomain ? "nxdomain" : "nodata";
}

json set_json(const PublishedSet& set, wire::RrType type, wire::RrType alias_type) {
    return {{"answer", answer_text(!set.addresses.empty(), set.nxdomain)},
            {"addresses", address_list(set.addresses, type, alias_type)},
            {"added", address_list(set.added, type, alias_type)},
            {"removed", address_list(set.removed, type, alias_type)},
            {"ttl", set.ttl},
            {"resolver", set.resolver}};
}

json alarm_json(const Alarm& alarm, wire::RrType alias_type) {
    return {{"target", to_text(alarm.key.target)},
            {"type", type_text(alarm.key.type, alias_type)},
            {"kind", text(alarm.kind)},
            {"since", time_text(alarm.since)},
            {"why", alarm.why}};
}

}  // namespace apex::control
