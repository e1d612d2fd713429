// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What ldns knows of the fields of each record type. Used by the RDATA parser on
// a helper thread; no state.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "control/config/ldns_handle.hh"
#include "dataplane/wire/types.hh"

namespace apex::control {

/// The fields of the type, or null when only RFC 3597 text can be read.
const ldns_rr_descriptor* describe(wire::RrType type);

/// The type of field `index`; the last one of a type with any number repeats.
/// LDNS_RDF_TYPE_NONE past the end.
ldns_rdf_type field_at(const ldns_rr_descriptor* descriptor, std::size_t index);

/// True when each field of the type is one token, or a tail of several.
bool is_field_by_field(const ldns_rr_descriptor* descriptor);

/// True when white space may cut field `index`: base64 or hexadecimal at the end.
bool is_tail(const ldns_rr_descriptor* descriptor, std::size_t index);

bool is_string(ldns_rdf_type field);

/// Octets of a numeric field, 0 for others.
std::size_t number_octets(ldns_rdf_type field);

/// Wire octets of one field.
std::string_view field_octets(const ldns_rdf* field);

/// The fields of wire RDATA; null when ldns does not know the type, when the
/// octets are not such data, or when a name in them is compressed.
LdnsPtr<ldns_rr> read_rdata(wire::RrType type, std::string_view rdata);

}  // namespace apex::control
