// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/zone/name_text.hh"

#include "control/config/dname_text.hh"
#include "control/config/ldns_handle.hh"
#include "control/zone/rr_layout.hh"

namespace apex::control {

namespace {

std::string generic_text(std::string_view rdata) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = "\\# " + std::to_string(rdata.size());
    if (!rdata.empty()) text += ' ';
    for (const char c : rdata) {
        const auto octet = static_cast<unsigned char>(c);
        text += digits[octet >> 4];
        text += digits[octet & 15];
    }
    return text;
}

}  // namespace

std::string to_text(const wire::Name& name) {
    const std::string_view octets = name.wire();
    const LdnsPtr<ldns_rdf> field(
        ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, octets.size(), octets.data()));
    const LdnsPtr<char> text(field == nullptr ? nullptr : ldns_rdf2str(field.get()));
    return text == nullptr ? "" : text.get();
}

Result<wire::Name> parse_name(std::string_view text) {
    const auto octets = dname_wire(std::string(text), root_wire);
    if (!octets) return std::unexpected(octets.error());
    return *wire::Name::from_wire(*octets);
}

std::string type_text(wire::RrType type, wire::RrType alias_type) {
    if (type == alias_type) return "ALIAS";
    const LdnsPtr<char> text(ldns_rr_type2str(static_cast<ldns_rr_type>(wire::to_int(type))));
    return text == nullptr ? "" : text.get();
}

std::string rdata_text(wire::RrType type, std::string_view rdata, wire::RrType alias_type) {
    if (type == alias_type) {
        const auto target = wire::Name::from_wire(rdata);
        return target ? to_text(*target) : generic_text(rdata);
    }
    const LdnsPtr<ldns_rr> record = read_rdata(type, rdata);
    if (record == nullptr) return generic_text(rdata);
    std::string text;
    for (std::size_t i = 0; i < ldns_rr_rd_count(record.get()); ++i) {
        const LdnsPtr<char> part(ldns_rdf2str(ldns_rr_rdf(record.get(), i)));
        if (part == nullptr) return generic_text(rdata);
        if (i > 0) text += ' ';
        text += part.get();
        // ldns ends type lists and a few others with a space.
        text.erase(text.find_last_not_of(' ') + 1);
    }
    return text;
}

}  // namespace apex::control
