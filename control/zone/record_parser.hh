// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Entries of a zone to records: directives, owner, TTL, class and type, and what
// each takes from the entries before it. Used by the zone reader on a helper
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "control/error.hh"
#include "control/zone/entry_reader.hh"
#include "control/zone/rdata_parser.hh"
#include "dataplane/wire/name.hh"
#include "dataplane/wire/types.hh"

namespace apex::control {

/// A CLASS mnemonic or RFC 3597's CLASSnnn.
bool is_class(std::string_view text);

inline constexpr std::uint32_t max_ttl = 0x7fffffff;  ///< seconds (RFC 2181 §8)

struct Record {
    wire::Name owner;
    bool same_owner = false;  ///< the owner is the one of the record before
    wire::RrType type{};
    std::uint32_t ttl = 0;  ///< seconds
    std::string rdata;      ///< uncompressed wire octets
};

/// Errors have neither file nor line.
class RecordParser {
  public:
    /// What an included file and generated records leave as it was (RFC 1035 §5.1,
    /// and the owner as BIND does).
    struct Context {
        std::string origin;
        wire::Name owner;
        bool has_owner = false;
    };

    RecordParser(const wire::Name& apex, wire::RrType alias_type);

    /// Reads `entry` into `record`, which must be the same object in each call;
    /// false when the entry was a directive. The text of the tokens must outlive
    /// the parser.
    Result<bool> parse(const Entry& entry, Record& record);

    /// Before the first entry of other text: no owner is known, and the origin is
    /// the name that `origin` spells, or the old one when it is null.
    Result<Context> enter(const Token* origin, const Record& record);

    /// The text read so far ends: the next entry must have an owner of its own.
    void forget_owner();

    /// After the last entry of that text, with what enter gave. A default TTL stays.
    void leave(Context context, Record& record);

  private:
    Result<void> parse_directive(const Entry& entry);
    Result<void> parse_owner(const Entry& entry, Record& record);
    Result<std::uint32_t> choose_ttl(std::optional<std::uint32_t> written, const Record& record);

    RdataParser rdata_parser_;
    std::string_view owner_text_;  ///< as last written; empty: none that still means the same
    bool has_owner_ = false;
    bool owner_returned_ = false;               ///< the owner is not that of the record before
    std::optional<std::uint32_t> default_ttl_;  ///< $TTL (RFC 2308 §4)
    std::optional<std::uint32_t> last_ttl_;     ///< last one written at a record (RFC 1035 §5.1)
    std::optional<std::uint32_t> soa_minimum_;
};

}  // namespace apex::control
