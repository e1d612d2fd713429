// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// From a zone's records and the current ALIAS sets to prepared answers. Pure: no
// table, no engine, no clock. What no ALIAS can change is compiled on a helper
// thread; what one can, on the control thread, again at each change.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "control/alias/flattened_set.hh"
#include "control/error.hh"
#include "control/publish/body_writer.hh"
#include "control/publish/zone_tree.hh"
#include "control/zone/zone.hh"
#include "dataplane/table/node_builder.hh"
#include "dataplane/wire/name.hh"

namespace apex::control {

/// What `owner`, which has an ALIAS RRset, answers for type a or aaaa; its own records of
/// the type are for the set to have in it or not.
using FlattenOwner =
    std::function<FlattenedSet(const wire::Name& owner, const Owner& records, wire::RrType type)>;

/// The answer of an ALIAS owner for one type.
struct FlattenedBody {
    bool is_shared = false;                 ///< nothing in it depends on the owner's name
    std::optional<table::BodyImage> image;  ///< empty: the owner's node has none for the type
};

class Compiler {
  public:
    /// `zone` must outlive the compiler.
    Compiler(const Zone& zone, table::ZoneId id, wire::RrType alias_type);

    /// Owners whose answers depend on no ALIAS. The error names the owner whose
    /// answers are too large to be prepared.
    Result<table::NodeBatch> compile_static() const;

    /// The zone's answer for names and types that it does not have: its SOA.
    table::NodeBatch compile_negative() const;

    /// Every published owner that compile_static() left out: ALIAS owners, and CNAME
    /// owners whose chain ends at one.
    const std::vector<wire::Name>& alias_dependent() const { return dependent_; }
    /// Owners of an ALIAS that are published.
    const std::vector<wire::Name>& alias_owners() const { return alias_owners_; }
    /// Of alias_dependent(), the ones besides `owner` that change with the ALIAS there: CNAME
    /// owners.
    const std::vector<wire::Name>& dependents_of(const wire::Name& owner) const;

    /// Adds the node of one owner to `batch`; nothing for one that is not published.
    Result<void> compile_owner(const wire::Name& owner, const FlattenOwner& flatten,
                               table::NodeBatch& batch) const;

    /// What the ALIAS `owner` answers with for `type`, a or aaaa, of which it has `set`.
    FlattenedBody flattened_body(const wire::Name& owner, wire::RrType type,
                                 const FlattenedSet& set) const;

    /// What the zone makes of a name.
    Location locate(const wire::Name& name) const { return tree_.locate(name); }

    /// The zone answers for that owner: it is in the table.
    bool is_published(const wire::Name& owner) const { return tree_.is_published(owner); }

  private:
    struct AnswerSet;
    struct Answers;
    /// CNAME chain from an owner, as far as the zone knows it.
    struct Chain {
        enum class End : std::uint8_t {
            here,     ///< at `owner` in the zone
            missing,  ///< at a name that the zone does not have
            open,     ///< out of the zone, or of its authority: the packet path goes on
            loop,     ///< at a name that it was at before, or it is too long
        };
        struct Hop {
            wire::Name owner;
            const Rrset* cname;
        };
        std::vector<Hop> hops;
        End end = End::here;
        wire::Name name;                    ///< where it ends
        const wire::Name* owner = nullptr;  ///< whose records are there: itself or a wildcard
        const Owner* records = nullptr;
    };

    Chain follow(const wire::Name& owner, const Owner& records) const;
    static std::optional<AnswerSet> flattened_answer(wire::RrType type, const FlattenedSet& set);
    Answers answers_at(const wire::Name& owner, const Owner& records,
                       const FlattenOwner& flatten) const;
    table::BodyImage plain_body(const wire::Name& owner, const AnswerSet& set) const;
    std::vector<table::BodyImage> plain_bodies(const wire::Name& owner,
                                               const Answers& answers) const;
    std::vector<table::BodyImage> chain_bodies(const wire::Name& owner, const Owner& records,
                                               const FlattenOwner& flatten) const;
    std::vector<table::BodyImage> cut_bodies(const wire::Name& owner, const Owner& records) const;
    table::BodyImage no_data_body(const wire::Name& owner, wire::RrType type) const;
    unsigned add_soa(BodyWriter& writer) const;
    bool is_flattened(const wire::Name& name, const Owner& records) const;
    void add_additional(BodyWriter& writer, const std::vector<wire::Name>& names, std::size_t most,
                        table::BodyImage& body) const;
    void add_targets(BodyWriter& writer, const wire::Name& owner,
                     std::span<const std::string> rdata, table::BodyImage& body) const;
    bool has_alias(const Owner& records) const { return records.find(alias_type_) != nullptr; }

    const Zone& zone_;
    ZoneTree tree_;
    table::ZoneId id_;
    unsigned zone_labels_;
    wire::RrType alias_type_;
    std::vector<wire::Name> dependent_;
    std::vector<wire::Name> alias_owners_;
    std::unordered_map<wire::Name, std::vector<wire::Name>> dependents_;  // by ALIAS owner
};

}  // namespace apex::control
