// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Owners whose ALIAS leads to one target alone answer with the same octets when its TTL and
// their policy are the same: prepared for the first of them, the others have it put into
// their nodes. What else there is at an owner takes the long way. Lives for one change of a
// target. Control thread.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "control/publish/compiler.hh"
#include "control/publish/followers.hh"

namespace apex::control {

class AlikeOwners {
  public:
    /// Prepares the answer of an owner for the target's type.
    using Prepare = std::function<FlattenedBody(const ZoneEntry&, const wire::Name& owner)>;

    explicit AlikeOwners(Prepare prepare);

    /// How `owner` of `entry`, which follows the target, compares with others.
    static Likeness likeness(ZoneEntry& entry, const wire::Name& owner, const TargetKey& key,
                             wire::RrType alias_type);

    /// What an owner with that likeness answers with for the target's type; null: that is for
    /// Compiler::compile_owner() to say. Valid as long as the object.
    const FlattenedBody* body_of(const Likeness& likeness, const wire::Name& owner);

  private:
    struct Prepared {
        Likeness::Kind kind;
        FlattenedBody body;
    };
    static constexpr std::size_t most = 16;

    Prepare prepare_;
    std::vector<Prepared> prepared_;
};

}  // namespace apex::control
