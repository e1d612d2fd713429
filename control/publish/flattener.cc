// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/publish/flattener.hh"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "control/alias/sort_unique.hh"
#include "control/zone/name_text.hh"

namespace apex::control {

namespace {

using wire::RrType;

constexpr std::size_t max_hops = 16;
// Of one owner: ALIAS with several targets that are ALIAS with several targets could
// otherwise ask for any number of them.
constexpr std::size_t max_names = 256;

std::optional<wire::Name> name_in(const Rrset& rrset) {
    return wire::Name::from_wire(rrset.rdata.front());
}

/// `name`, which is below `owner`, below `target` instead (RFC 6672 §2.2).
std::optional<wire::Name> substitute(const wire::Name& name, const wire::Name& owner,
                                     const wire::Name& target) {
    std::string wire(name.wire().substr(0, name.size() - owner.size()));
    wire += target.wire();
    return wire::Name::from_wire(wire);
}

}  // namespace

/// The way from one owner, to all of its targets.
class Flattener::Walk {
  public:
    Walk(const Flattener& flattener, Dependencies* dependencies)
        : flattener_(flattener), dependencies_(dependencies) {}

    std::vector<TargetSet> start(const AliasPlace& place, RrType type) {
        path_ = {place.owner};
        return targets(place, type);
    }

    FlattenedSet unite(const AliasPlace& place, RrType type,
                       const std::vector<TargetSet>& targets) const {
        return control::flatten(targets, place.records.find(type),
                                place.records.find(flattener_.alias_type_)->ttl, policy(place),
                                flattener_.engine_.address_limits().most);
    }

  private:
    static const AliasPolicy& policy(const AliasPlace& place) {
        return place.in.config->alias_at(place.owner);
    }

    std::vector<TargetSet> targets(const AliasPlace& place, RrType type) {
        std::vector<TargetSet> sets;
        if (place.records.find(type) != nullptr && policy(place).siblings == Siblings::override) {
            return sets;
        }
        for (const wire::Name& target : alias_targets(place.records, flattener_.alias_type_)) {
            const std::size_t depth = path_.size();
            sets.push_back(follow(target, type));
            path_.resize(depth);
        }
        return sets;
    }

    static void fail(TargetSet& set, std::string reason) {
        set.ede = wire::Ede::no_reachable_authority;
        set.reason = std::move(reason);
    }

    /// A step to `name`. False when it must not be taken, which `set` then tells.
    bool step(const wire::Name& name, TargetSet& set) {
        if (std::ranges::find(path_, name) != path_.end()) {
            std::string loop = "a loop: ";
            for (const wire::Name& before : path_) loop += to_text(before) + " -> ";
            fail(set, loop + to_text(name));
        } else if (path_.size() > max_hops) {
            fail(set, "more than " + std::to_string(max_hops) + " names, the last one is " +
                          to_text(name));
        } else if (++names_ > max_names) {
            fail(set, "more than " + std::to_string(max_names) + " names in all");
        } else {
            path_.push_back(name);
            return true;
        }
        return false;
    }

    void note_hop(TargetSet& set, const wire::Name& owner, RrType type, std::uint32_t ttl,
                  const wire::Name& next) {
        set.chain.push_back({owner, type, ttl, next});
        set.ttl.ttl = std::min(set.ttl.ttl, ttl);
    }

    void end_empty(TargetSet& set, const Zone& zone, bool nxdomain) {
        set.ready = true;
        set.nxdomain = nxdomain;
        set.ttl.ttl = std::min(set.ttl.ttl, zone.negative_ttl());
    }

    /// The way leaves our zones at `name`. The name where it comes back into them, if it
    /// does; `through` is then what a resolver has made of all.
    std::optional<wire::Name> leave(const wire::Name& name, RrType type, TargetSet& set,
                                    std::optional<TargetSet>& through) {
        set.outside = TargetKey{name, type};
        set.comes_back = false;
        if (dependencies_ != nullptr) dependencies_->outside.push_back(*set.outside);
        set.state = flattener_.engine_.find(*set.outside);
        const Rung rung = set.state != nullptr ? set.state->rung : Rung::none;
        if (rung == Rung::none) {
            set.ede = wire::Ede::not_ready;
            set.reason = to_text(name) + " is not resolved yet";
            return std::nullopt;
        }
        if (rung == Rung::expired) {
            fail(set, to_text(name) + " has not been resolved for too long");
            return std::nullopt;
        }
        const ResolvedSet& good = *set.state->last_good;
        const ServedTtl resolved = served_ttl(good.ttl, set.state->learned_ttl, {});
        if (resolved.ttl < set.ttl.ttl) set.ttl = resolved;
        if (rung == Rung::stale) {
            set.ede = wire::Ede::stale_answer;
            set.reason = to_text(name) + " cannot be resolved";
        }
        set.ready = true;
        set.nxdomain = good.nxdomain && good.addresses.empty();
        set.addresses = good.addresses;
        const auto back = flattener_.way_back(good);
        if (back == good.chain.end()) return std::nullopt;
        through = set;
        return come_back(good, back, set);
    }

    /// What our zones say of a name in them counts, not what a resolver has made of it.
    std::optional<wire::Name> come_back(const ResolvedSet& good,
                                        std::vector<Hop>::const_iterator last, TargetSet& set) {
        set.ready = false;
        set.nxdomain = false;
        set.addresses = {};
        set.comes_back = true;
        for (auto hop = good.chain.begin(); hop <= last; ++hop) {
            set.chain.push_back(*hop);
            path_.push_back(hop->owner);
        }
        return last->next;
    }

    TargetSet follow(const wire::Name& target, RrType type) {
        std::optional<TargetSet> through;
        TargetSet set = follow(target, type, through);
        // Where the way goes on outside is about to be asked for: until then what is live
        // does not go dark.
        const bool is_unknown = !set.ready && set.ede == wire::Ede::not_ready;
        return is_unknown && through ? std::move(*through) : std::move(set);
    }

    TargetSet follow(wire::Name name, RrType type, std::optional<TargetSet>& through) {
        TargetSet set;
        set.ttl = {std::numeric_limits<std::uint32_t>::max(), TtlRule::chain_minimum};
        while (true) {
            const ZoneView in = flattener_.enclosing_(name);
            if (in.config == nullptr) {
                auto next = leave(name, type, set, through);
                if (!next) return set;
                name = std::move(*next);
                continue;
            }
            if (dependencies_ != nullptr) dependencies_->zones.push_back(in.zone->apex);
            if (!step(name, set)) return set;
            const Location at = in.compiler->locate(name);
            std::optional<wire::Name> next;
            switch (at.kind) {
                case Location::Kind::delegated:
                case Location::Kind::outside:
                    next = leave(name, type, set, through);
                    break;
                case Location::Kind::missing:
                    end_empty(set, *in.zone, true);
                    return set;
                case Location::Kind::redirected:
                    next = follow_dname(name, at, set);
                    break;
                case Location::Kind::exists:
                case Location::Kind::expanded:
                    next = follow_cname(name, at, set);
                    if (!next) end(name, in, at, type, set);
                    break;
            }
            if (!next) return set;
            name = std::move(*next);
        }
    }

    std::optional<wire::Name> follow_dname(const wire::Name& name, const Location& at,
                                           TargetSet& set) {
        const Rrset& dname = *at.records->find(RrType::dname);
        const auto target = name_in(dname);
        auto next = target ? substitute(name, *at.owner, *target) : std::nullopt;
        if (next) {
            note_hop(set, *at.owner, RrType::dname, dname.ttl, *next);
        } else {
            fail(set, "the DNAME of " + to_text(*at.owner) + " makes too long a name of " +
                          to_text(name));
        }
        return next;
    }

    std::optional<wire::Name> follow_cname(const wire::Name& name, const Location& at,
                                           TargetSet& set) {
        const Rrset* cname = at.records->find(RrType::cname);
        if (cname == nullptr) return std::nullopt;
        auto next = name_in(*cname);
        if (next) note_hop(set, name, RrType::cname, cname->ttl, *next);
        return next;
    }

    /// `name` is where the way ends: at an ALIAS, at addresses, or without them.
    void end(const wire::Name& name, const ZoneView& in, const Location& at, RrType type,
             TargetSet& set) {
        const Rrset* alias = at.records->find(flattener_.alias_type_);
        if (alias != nullptr) {
            const auto next = name_in(*alias);
            note_hop(set, name, flattener_.alias_type_, alias->ttl, next.value_or(wire::Name()));
            end_at_alias({in, *at.owner, *at.records}, type, set);
            return;
        }
        const Rrset* addresses = at.records->find(type);
        if (addresses == nullptr) return end_empty(set, *in.zone, false);
        note_hop(set, name, type, addresses->ttl, {});
        set.ready = true;
        set.addresses = addresses->rdata;
    }

    void end_at_alias(const AliasPlace& place, RrType type, TargetSet& set) {
        const auto inner_targets = targets(place, type);
        const auto inner = std::make_shared<const FlattenedSet>(unite(place, type, inner_targets));
        set.inner = inner;
        set.ready = inner->ready;
        set.addresses = inner->addresses;
        if (inner->ready) set.ttl.ttl = std::min(set.ttl.ttl, inner->ttl);
        set.nxdomain = inner->addresses.empty() && !inner_targets.empty() &&
                       std::ranges::all_of(inner_targets, &TargetSet::nxdomain);
        // The way there may be stale already.
        if (inner->ready && inner->ede == wire::Ede::none) return;
        set.ede = inner->ede;
        set.reason = inner->reason;
    }

    const Flattener& flattener_;
    Dependencies* dependencies_;
    std::vector<wire::Name> path_;  ///< from the owner to where the walk is
    std::size_t names_ = 0;
};

std::vector<Hop>::const_iterator Flattener::way_back(const ResolvedSet& set) const {
    return std::ranges::find_if(set.chain, [this](const Hop& hop) {
        return hop.type == RrType::cname && enclosing_(hop.next).config != nullptr;
    });
}

FlattenedSet Flattener::flatten(const AliasPlace& place, RrType type) const {
    Walk walk(*this, nullptr);
    return walk.unite(place, type, walk.start(place, type));
}

std::vector<TargetSet> Flattener::targets(const AliasPlace& place, RrType type) const {
    return Walk(*this, nullptr).start(place, type);
}

Dependencies Flattener::dependencies(const AliasPlace& place) const {
    Dependencies found;
    for (const RrType type : address_types) Walk(*this, &found).start(place, type);
    sort_unique(found.outside);
    sort_unique(found.zones);
    return found;
}

}  // namespace apex::control
