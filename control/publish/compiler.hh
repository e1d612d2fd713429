// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// From a zone's records and the current ALIAS sets to prepared answers. Pure: no
// table, no engine, no clock. What no ALIAS can change is compiled on a helper
// thread; what one can, on the control thread, again at each change.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "control/alias/flattened_set.hh"
#include "control/error.hh"
#include "control/zone/zone.hh"
#include "dataplane/table/node_builder.hh"
#include "dataplane/wire/name.hh"

namespace apex::control {

/// The flattened set of `owner`, which has an ALIAS RRset, for type a or aaaa.
using FlattenOwner =
    std::function<FlattenedSet(const wire::Name& owner, const Owner& records, wire::RrType type)>;

class Compiler {
  public:
    /// `zone` must outlive the compiler.
    Compiler(const Zone& zone, table::ZoneId id, wire::RrType alias_type);

    /// Owners whose answers depend on no ALIAS. The error names the owner whose
    /// answers are too large to be prepared.
    Result<table::NodeBatch> compile_static() const;

    /// The zone's answer for names and types that it does not have: its SOA.
    table::NodeBatch compile_negative() const;

    /// Every owner that compile_static() left out: ALIAS owners, and CNAME owners
    /// whose chain ends at one.
    const std::vector<wire::Name>& alias_dependent() const { return dependent_; }
    /// Of these, the ones that change with the ALIAS at `owner`.
    std::vector<wire::Name> dependents_of(const wire::Name& owner) const;

    /// Adds the node of one owner to `batch`.
    Result<void> compile_owner(const wire::Name& owner, const FlattenOwner& flatten,
                               table::NodeBatch& batch) const;

  private:
    struct Answers;
    /// In-zone CNAME chain from an owner: the owners passed, and where it ends.
    struct Chain {
        std::vector<const wire::Name*> passed;  ///< owners of the CNAMEs, in order
        wire::Name end;
        const Owner* end_records = nullptr;  ///< null: outside the zone, or no such name
        bool open = false;                   ///< leaves the zone, loops, or is too long
    };

    Chain follow(const wire::Name& owner, const Owner& records) const;
    Answers answers_at(const wire::Name& owner, const Owner& records,
                       const FlattenOwner& flatten) const;
    std::vector<table::BodyImage> plain_bodies(const wire::Name& owner,
                                               const Answers& answers) const;
    std::vector<table::BodyImage> chain_bodies(const wire::Name& owner, const Owner& records,
                                               const FlattenOwner& flatten) const;
    bool has_alias(const Owner& records) const { return records.find(alias_type_) != nullptr; }

    const Zone& zone_;
    table::ZoneId id_;
    unsigned zone_labels_;
    wire::RrType alias_type_;
    std::vector<wire::Name> dependent_;
    std::unordered_map<wire::Name, std::vector<wire::Name>> dependents_;  // by ALIAS owner
};

}  // namespace apex::control
