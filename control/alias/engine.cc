// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Implements engine.hh: who is followed, and by how many owners. Refreshing is
// refresher.hh's.
#include "control/alias/engine.hh"

#include <map>
#include <random>
#include <utility>

#include "control/alias/refresher.hh"
#include "control/alias/resolver.hh"

namespace apex::control {

struct AliasEngine::Impl {
    struct Followed {
        Followed(const Refresher::Shared& shared, const TargetKey& key) : refresher(shared, key) {}
        std::size_t owners = 1;
        TargetHistory history;
        Refresher refresher;
    };

    Impl(event_base* base, const ResolverConfig& resolver_config, const AliasConfig& alias,
         OnChange on_change, OnHealth on_health)
        : resolver(base, resolver_config),
          shared{.base = base,
                 .resolver = resolver,
                 .totals = totals,
                 .limits = {.floor = alias.policy.ttl_min.seconds,
                            .ceiling = alias.policy.ttl_max.seconds},
                 .jitter = [this] { return uniform(random); },
                 .on_success = [this](const TargetState& state,
                                      bool changed) { succeeded(state, changed); },
                 .on_change = std::move(on_change),
                 .on_health = std::move(on_health)} {}

    void succeeded(const TargetState& state, bool changed) {
        if (changed) followed.at(state.key).history.record(state);
    }

    std::minstd_rand random{std::random_device{}()};
    std::uniform_real_distribution<double> uniform{0, 1};
    Resolver resolver;
    AliasTotals totals;
    Refresher::Shared shared;
    std::map<TargetKey, Followed> followed;  ///< last: refreshers cancel at the resolver
};

AliasEngine::AliasEngine(event_base* base, const ResolverConfig& resolver, const AliasConfig& alias,
                         OnChange on_change, OnHealth on_health)
    : impl_(std::make_unique<Impl>(base, resolver, alias, std::move(on_change),
                                   std::move(on_health))) {}

AliasEngine::~AliasEngine() = default;

void AliasEngine::follow(const TargetKey& key) {
    const auto [entry, is_new] = impl_->followed.try_emplace(key, impl_->shared, key);
    if (!is_new) ++entry->second.owners;
}

void AliasEngine::unfollow(const TargetKey& key) {
    const auto entry = impl_->followed.find(key);
    if (entry == impl_->followed.end()) return;
    if (--entry->second.owners == 0) impl_->followed.erase(entry);
}

void AliasEngine::refresh(const TargetKey& key, OnRefreshed done) {
    const auto entry = impl_->followed.find(key);
    if (entry != impl_->followed.end()) entry->second.refresher.refresh_now(std::move(done));
}

const TargetState* AliasEngine::find(const TargetKey& key) const {
    const auto entry = impl_->followed.find(key);
    return entry == impl_->followed.end() ? nullptr : &entry->second.refresher.state();
}

const TargetHistory* AliasEngine::history(const TargetKey& key) const {
    const auto entry = impl_->followed.find(key);
    return entry == impl_->followed.end() ? nullptr : &entry->second.history;
}

const AliasTotals& AliasEngine::totals() const {
    return impl_->totals;
}

void AliasEngine::for_each(const std::function<void(const TargetState&)>& visit) const {
    for (const auto& [key, followed] : impl_->followed) visit(followed.refresher.state());
}

}  // namespace apex::control
