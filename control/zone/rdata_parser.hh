// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// RDATA tokens of any type to wire octets: ALIAS and RFC 3597 text here, all else
// through ldns, whose gaps are closed here. Used by the record parser on a
// helper thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "control/config/ldns_handle.hh"
#include "control/error.hh"
#include "control/zone/entry_reader.hh"
#include "dataplane/wire/types.hh"

namespace apex::control {

/// Errors have neither file nor line.
class RdataParser {
  public:
    /// `origin` completes relative names: uncompressed wire octets of a name.
    RdataParser(std::string_view origin, wire::RrType alias_type);

    void set_origin(std::string_view origin);
    const std::string& origin() const { return origin_; }

    /// Wire octets of the name that `token` spells, "@" being the origin.
    Result<std::string> parse_name(const Token& token);

    /// The TYPE that `token` spells; ALIAS and ANAME are the ALIAS type. Types
    /// that never stand in a zone are errors (RFC 6895 §3.1: meta and QTYPEs).
    Result<wire::RrType> parse_type(const Token& token);

    /// Uncompressed wire RDATA; `type_token` is what parse_type took `type` from.
    Result<std::string> parse_rdata(wire::RrType type, const Token& type_token,
                                    std::span<const Token> tokens);

  private:
    Result<std::string> parse_generic(wire::RrType type, std::span<const Token> tokens) const;
    Result<std::string> parse_known(const ldns_rr_descriptor* descriptor, const Token& type_token,
                                    std::span<const Token> tokens);
    /// Appends the octets of one field, read from one token or from all that make it up.
    Result<void> append_field(std::string& rdata, ldns_rdf_type field,
                              std::span<const Token> tokens);
    /// For types with fields of a syntax of their own (LOC, NSEC, SVCB). Slow:
    /// ldns allocates and frees some 260 kB a record.
    Result<std::string> parse_through_ldns(const ldns_rr_descriptor* descriptor,
                                           const Token& type_token, std::span<const Token> tokens);

    std::string origin_;
    LdnsPtr<ldns_rdf> origin_field_;
    wire::RrType alias_type_;
    std::string text_;  ///< what ldns is given; its memory is used again
};

}  // namespace apex::control
