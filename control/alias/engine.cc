// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Implements engine.hh: who is followed, and by how many owners. Refreshing is
// refresher.hh's.
#include "control/alias/engine.hh"

#include <map>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "control/alias/refresher.hh"
#include "control/alias/resolver.hh"

namespace apex::control {

namespace {

std::unique_ptr<Resolver> make_confirmer(event_base* base, ResolverConfig config,
                                         const AddressLimits& addresses) {
    if (config.confirm.empty()) return nullptr;
    config.forward = std::exchange(config.confirm, {});
    return std::make_unique<Resolver>(base, std::move(config), addresses);
}

}  // namespace

struct AliasEngine::Impl {
    struct Followed {
        Followed(const Refresher::Shared& shared, const TargetKey& key,
                 const std::vector<wire::IpAddress>& own)
            : guard(own), refresher(shared, key) {}
        std::size_t owners = 1;
        TargetHistory history;
        TargetGuard guard;
        Refresher refresher;
    };

    Impl(event_base* base, const ResolverConfig& resolver_config, const AliasConfig& alias,
         OnChange on_change, OnHealth on_health, AliasStore* store, OnAlarm on_alarm,
         std::vector<wire::IpAddress> own)
        : own_addresses(std::move(own)),
          board(
              base, [this](const TargetKey& key) -> TargetGuard& { return followed.at(key).guard; },
              std::move(on_alarm)),
          resolver(base, resolver_config, alias.addresses),
          confirmer(make_confirmer(base, resolver_config, alias.addresses)),
          shared{.base = base,
                 .resolver = resolver,
                 .confirmer = confirmer.get(),
                 .totals = totals,
                 .counts = counts,
                 .limits = {.floor = alias.policy.ttl_min.seconds,
                            .ceiling = alias.policy.ttl_max.seconds,
                            .stale_max = alias.stale_max,
                            .confirmations = alias.confirmations},
                 .addresses = alias.addresses,
                 .jitter = [this] { return uniform(random); },
                 .on_success = [this](const TargetState& state,
                                      bool changed) { succeeded(state, changed); },
                 .on_change = std::move(on_change),
                 .on_health = std::move(on_health),
                 .store = store} {
        if (store == nullptr) return;
        store->set_published([this](const std::optional<TargetKey>& after, std::size_t most) {
            return published(after, most);
        });
    }
    ~Impl() {
        if (shared.store != nullptr) shared.store->set_published({});
    }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    std::vector<StoredSet> published(const std::optional<TargetKey>& after,
                                     std::size_t most) const {
        std::vector<StoredSet> sets;
        auto next = after ? followed.upper_bound(*after) : followed.begin();
        for (; next != followed.end() && sets.size() < most; ++next) {
            const TargetState& state = next->second.refresher.state();
            if (state.last_good) sets.push_back({state.key, *state.last_good, state.learned_ttl});
        }
        return sets;
    }

    void succeeded(const TargetState& state, bool changed) {
        Followed& entry = followed.at(state.key);
        if (changed) entry.history.record(state);
        observe(state, entry);
        board.update(state.key);
    }

    /// What is published may be a danger.
    void observe(const TargetState& state, Followed& entry) {
        const bool is_a = state.key.type == wire::RrType::a;
        const auto sibling =
            followed.find({state.key.target, is_a ? wire::RrType::aaaa : wire::RrType::a});
        entry.guard.observe(state.key, *state.last_good,
                            sibling == followed.end() ? nullptr : &sibling->second.guard,
                            std::chrono::steady_clock::now());
    }

    void follow(const TargetKey& key) {
        const auto [entry, is_new] = followed.try_emplace(key, shared, key, own_addresses);
        if (!is_new) {
            ++entry->second.owners;
            return;
        }
        const TargetState& state = entry->second.refresher.state();
        if (!state.last_good) return;
        // From before the start.
        entry->second.history.record(state);
        observe(state, entry->second);
        board.update(key);
    }

    std::vector<wire::IpAddress> own_addresses;
    std::minstd_rand random{std::random_device{}()};
    std::uniform_real_distribution<double> uniform{0, 1};
    AlarmBoard board;
    Resolver resolver;
    std::unique_ptr<Resolver> confirmer;  ///< null: none
    AliasTotals totals;
    AliasCounts counts;
    Refresher::Shared shared;
    std::map<TargetKey, Followed> followed;  ///< last: refreshers cancel at the resolver
};

AliasEngine::AliasEngine(event_base* base, const ResolverConfig& resolver, const AliasConfig& alias,
                         OnChange on_change, OnHealth on_health, AliasStore* store,
                         OnAlarm on_alarm, std::vector<wire::IpAddress> own)
    : impl_(std::make_unique<Impl>(base, resolver, alias, std::move(on_change),
                                   std::move(on_health), store, std::move(on_alarm),
                                   std::move(own))) {}

AliasEngine::~AliasEngine() = default;

void AliasEngine::follow(const TargetKey& key) {
    impl_->follow(key);
}

void AliasEngine::unfollow(const TargetKey& key) {
    const auto entry = impl_->followed.find(key);
    if (entry == impl_->followed.end()) return;
    if (--entry->second.owners > 0) return;
    impl_->board.forget(key);
    const TargetState& state = entry->second.refresher.state();
    if (impl_->shared.store != nullptr && state.last_good) {
        impl_->shared.store->leave({state.key, *state.last_good, state.learned_ttl});
    }
    impl_->followed.erase(entry);
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

const AlarmBoard& AliasEngine::alarms() const {
    return impl_->board;
}

const AddressLimits& AliasEngine::address_limits() const {
    return impl_->shared.addresses;
}

const AliasTotals& AliasEngine::totals() const {
    return impl_->totals;
}

const AliasCounts& AliasEngine::counts() const {
    return impl_->counts;
}

std::uint64_t AliasEngine::bogus_count() const {
    return impl_->resolver.bogus_count() + (impl_->confirmer ? impl_->confirmer->bogus_count() : 0);
}

void AliasEngine::for_each(const std::function<void(const TargetState&)>& visit) const {
    for (const auto& [key, followed] : impl_->followed) visit(followed.refresher.state());
}

}  // namespace apex::control
