// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// One change of a target on its way to the owners that follow it: of each, and of the CNAME
// owners whose chains end there, the answer for the target's type alone is prepared and put
// into its node. Owners whose ALIAS leads to one target alone answer with the same octets when
// its TTL and their policy are the same: theirs is prepared once. Control thread.
#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "control/publish/compiler.hh"
#include "control/publish/followers.hh"
#include "dataplane/table/publisher.hh"

namespace apex::control {

class TargetChange {
  public:
    /// Prepares the answer of an owner for the target's type.
    using Prepare = std::function<FlattenedBody(const Follower&, const Likeness&)>;
    /// Publishes all that an owner answers with, and its CNAME owners.
    using PublishWhole = std::function<void(const Follower&, const Likeness&)>;

    /// `publisher` must outlive the object.
    TargetChange(table::Publisher& publisher, wire::RrType type, Prepare prepare,
                 PublishWhole publish_whole);

    /// How the owner in `entry`, which follows `key`, compares with others.
    static Likeness likeness(ZoneEntry& entry, const wire::Name& owner, const TargetKey& key,
                             wire::RrType alias_type);

    /// What the target gives the owner now is to be published. Both arguments must stay until
    /// finish() has returned.
    void add(const Follower& follower, const Likeness& likeness);
    /// Returns when all is published that was added.
    void finish();

  private:
    struct Prepared {
        Likeness::Kind kind;
        FlattenedBody body;
    };
    struct Step {
        const Follower* follower;
        const Likeness* likeness;
    };
    const FlattenedBody& body_of(const Follower& follower, const Likeness& likeness);

    table::Publisher& publisher_;
    wire::RrType type_;
    Prepare prepare_;
    PublishWhole publish_whole_;
    std::vector<Prepared> alike_;
    // What is on its way to the table:
    std::vector<table::BodyChange> changes_;
    std::vector<Step> steps_;        // whose each of changes_ is
    std::deque<FlattenedBody> own_;  // of single owners
};

}  // namespace apex::control
