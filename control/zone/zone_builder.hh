// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Records to a checked Zone: RRsets, empty non-terminals, CNAMEs flattened, and
// everything refused that would make answers wrong. Used by the zone reader on
// a helper thread.
#pragma once

#include <set>
#include <utility>
#include <vector>

#include "control/error.hh"
#include "control/zone/record_parser.hh"
#include "control/zone/sources.hh"
#include "control/zone/warnings.hh"
#include "control/zone/zone.hh"
#include "control/zone/zone_checks.hh"

namespace apex::control {

class ZoneBuilder {
  public:
    /// Wire octets of one RRset, headers with a compressed owner included: it
    /// must fit one message of 65,535 octets beside question and OPT.
    static constexpr std::size_t max_rrset_size = 65000;

    /// `expected_owners` only sizes the table.
    ZoneBuilder(const ZoneConfig& config, wire::RrType alias_type, const Sources& sources,
                std::size_t expected_owners);

    /// `place` is the record's, for warnings and later errors. The error has
    /// neither file nor line.
    Result<void> add(const Record& record, Place place);

    /// The zone, once every record is in; the builder is empty afterwards. The
    /// error has file and line.
    Result<Zone> finish();

  private:
    Result<void> enter_owner(const wire::Name& name);
    Result<wire::RrType> flatten(wire::RrType type) const;
    Result<void> check_conflicts(const Record& record, wire::RrType type) const;
    Result<void> add_rdata(Rrset& set, const Record& record);
    void lower_ttl(Rrset& set, std::uint32_t ttl, Place place);

    ZoneConfig config_;
    wire::RrType alias_type_;
    const Sources& sources_;
    Zone zone_;
    const wire::Name* name_ = nullptr;  ///< owner of the last record, in the zone
    Owner* owner_ = nullptr;
    Place soa_place_ = Place::whole_zone;
    std::vector<PendingCheck> pending_;
    std::set<std::pair<const Owner*, wire::RrType>> warned_;
    Warnings warnings_;
};

}  // namespace apex::control
