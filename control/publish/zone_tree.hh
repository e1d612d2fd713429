// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// A zone as the lookup of RFC 1034 §4.3.2 walks it: zone cuts, DNAMEs and wildcards,
// and what they make of a name. Used by the compiler, on its thread.
#pragma once

#include <cstdint>
#include <unordered_set>

#include "control/zone/zone.hh"
#include "dataplane/wire/name.hh"

namespace apex::control {

/// Where a name leads in a zone.
struct Location {
    enum class Kind : std::uint8_t {
        exists,      ///< an owner, or an empty non-terminal
        expanded,    ///< a wildcard covers it
        delegated,   ///< at or below a zone cut
        redirected,  ///< below a DNAME
        missing,     ///< NXDOMAIN
        outside,     ///< not in the zone
    };
    Kind kind = Kind::missing;
    /// The owner that decided: itself, the wildcard, the cut, the DNAME's; in the zone.
    const wire::Name* owner = nullptr;
    const Owner* records = nullptr;
};

class ZoneTree {
  public:
    /// `zone` must outlive the tree.
    explicit ZoneTree(const Zone& zone);

    Location locate(const wire::Name& name) const;
    /// What the zone's text has for a name, be it the zone's to answer or glue: its own
    /// records, or those of the wildcard that covers it; null without either.
    const Owner* data_of(const wire::Name& name) const;

    bool is_cut(const wire::Name& name, const Owner& records) const {
        return records.find(wire::RrType::ns) != nullptr && name != zone_.apex;
    }
    bool has_wildcard_below(const wire::Name& name) const {
        return wildcard_parents_.contains(name);
    }
    /// The zone answers for it: no cut or DNAME above takes it away.
    bool is_published(const wire::Name& owner) const;

  private:
    const Zone& zone_;
    std::unordered_set<wire::Name> wildcard_parents_;
    bool has_cuts_ = false;  // or DNAMEs
};

}  // namespace apex::control
