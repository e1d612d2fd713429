// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/config/dname_text.hh"

#include "control/config/in_quotes.hh"
#include "control/config/ldns_handle.hh"
#include "dataplane/wire/name.hh"

namespace apex::control {

Result<std::string> dname_wire(const std::string& text, std::string_view origin) {
    const auto not_a_name = [&](const std::string& why) {
        return fail(in_quotes(text) + " is not a domain name: " + why);
    };
    if (text.find('\0') != std::string::npos) return not_a_name("it has an octet 0");
    ldns_rdf* raw = nullptr;
    const ldns_status status = ldns_str2rdf_dname(&raw, text.c_str());
    const LdnsPtr<ldns_rdf> field(raw);
    if (status != LDNS_STATUS_OK) return not_a_name(ldns_get_errorstr_by_id(status));
    if (field == nullptr) return not_a_name("out of memory");

    std::string wire(reinterpret_cast<const char*>(ldns_rdf_data(field.get())),
                     ldns_rdf_size(field.get()));
    if (!ldns_dname_str_absolute(text.c_str())) {
        wire.pop_back();  // the root label, which the origin brings again
        wire += origin;
    }
    if (wire::name_length(wire) != wire.size()) {
        return not_a_name("with the origin it is longer than 255 octets");
    }
    return wire;
}

}  // namespace apex::control
