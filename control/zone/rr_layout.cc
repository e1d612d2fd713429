// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/zone/rr_layout.hh"

#include <cstdint>

namespace apex::control {

namespace {

bool is_one_token(ldns_rdf_type field) {
    switch (field) {
        case LDNS_RDF_TYPE_A:
        case LDNS_RDF_TYPE_AAAA:
        case LDNS_RDF_TYPE_DNAME:
        case LDNS_RDF_TYPE_TAG:
        case LDNS_RDF_TYPE_TYPE:
        case LDNS_RDF_TYPE_ALG:
        case LDNS_RDF_TYPE_CERT_ALG:
        case LDNS_RDF_TYPE_TIME:
            return true;
        default:
            return is_string(field) || number_octets(field) > 0;
    }
}

}  // namespace

std::size_t number_octets(ldns_rdf_type field) {
    switch (field) {
        case LDNS_RDF_TYPE_INT8:
            return 1;
        case LDNS_RDF_TYPE_INT16:
            return 2;
        case LDNS_RDF_TYPE_INT32:
        case LDNS_RDF_TYPE_PERIOD:
            return 4;
        default:
            return 0;
    }
}

bool is_string(ldns_rdf_type field) {
    return field == LDNS_RDF_TYPE_STR || field == LDNS_RDF_TYPE_LONG_STR;
}

ldns_rdf_type field_at(const ldns_rr_descriptor* descriptor, std::size_t index) {
    const std::size_t count = ldns_rr_descriptor_maximum(descriptor);
    if (index < count) return ldns_rr_descriptor_field_type(descriptor, index);
    return descriptor->_variable;
}

bool is_tail(const ldns_rr_descriptor* descriptor, std::size_t index) {
    const ldns_rdf_type field = field_at(descriptor, index);
    return (field == LDNS_RDF_TYPE_B64 || field == LDNS_RDF_TYPE_HEX) &&
           descriptor->_variable == LDNS_RDF_TYPE_NONE &&
           index + 1 == ldns_rr_descriptor_maximum(descriptor);
}

bool is_field_by_field(const ldns_rr_descriptor* descriptor) {
    const bool variable = descriptor->_variable != LDNS_RDF_TYPE_NONE;
    const std::size_t count = variable ? ldns_rr_descriptor_minimum(descriptor) + 1
                                       : ldns_rr_descriptor_maximum(descriptor);
    for (std::size_t i = 0; i < count; ++i) {
        if (!is_one_token(field_at(descriptor, i)) && !is_tail(descriptor, i)) return false;
    }
    return true;
}

std::string_view field_octets(const ldns_rdf* field) {
    return {reinterpret_cast<const char*>(ldns_rdf_data(field)), ldns_rdf_size(field)};
}

const ldns_rr_descriptor* describe(wire::RrType type) {
    const ldns_rr_descriptor* descriptor = ldns_rr_descript(wire::to_int(type));
    if (descriptor == nullptr || descriptor->_type != wire::to_int(type)) return nullptr;
    if (ldns_rr_descriptor_maximum(descriptor) == 0) return nullptr;
    const ldns_rdf_type first = ldns_rr_descriptor_field_type(descriptor, 0);
    return first == LDNS_RDF_TYPE_UNKNOWN || first == LDNS_RDF_TYPE_NONE ? nullptr : descriptor;
}

namespace {

std::string all_octets(const ldns_rr* record) {
    std::string octets;
    for (std::size_t i = 0; i < ldns_rr_rd_count(record); ++i) {
        octets += field_octets(ldns_rr_rdf(record, i));
    }
    return octets;
}

}  // namespace

LdnsPtr<ldns_rr> read_rdata(wire::RrType type, std::string_view rdata) {
    const ldns_rr_descriptor* descriptor = describe(type);
    LdnsPtr<ldns_rr> record(ldns_rr_new());
    if (descriptor == nullptr || record == nullptr || rdata.size() > 0xffff) return nullptr;
    ldns_rr_set_type(record.get(), descriptor->_type);
    std::string wire{static_cast<char>(rdata.size() >> 8), static_cast<char>(rdata.size() & 0xff)};
    wire += rdata;
    std::size_t at = 0;
    const ldns_status status = ldns_wire2rdf(
        record.get(), reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size(), &at);
    if (status != LDNS_STATUS_OK || all_octets(record.get()) != rdata) return nullptr;
    if (ldns_rr_rd_count(record.get()) < ldns_rr_descriptor_minimum(descriptor)) return nullptr;
    return record;
}

}  // namespace apex::control
