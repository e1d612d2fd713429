// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Implements target_state.hh.
#include "control/alias/target_state.hh"

#include <algorithm>
#include <utility>

namespace apex::control {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds confirm_wait{1000};
constexpr milliseconds early{20};                   // what a timer may be
constexpr std::uint32_t longest_confirm_wait = 60;  // seconds

}  // namespace

void AliasCounts::count(const TargetState& state, std::size_t by) {
    targets += by;
    if (state.last_good) resolved += by;
    if (state.failures > 0) failing += by;
    if (state.rung == Rung::stale) stale += by;
    if (state.rung == Rung::expired) expired += by;
}

TargetTracker::TargetTracker(TargetKey key, TtlLimits limits) : limits_(limits) {
    state_.key = std::move(key);
}

void TargetTracker::restore(StoredSet stored, const Now& now) {
    // A life that begins now: what a cache has left of a TTL is taken for the rest of it.
    ResolvedSet whole = stored.set;
    whole.ttl = std::max(whole.ttl, stored.learned_ttl);
    for (Hop& hop : whole.chain) hop.ttl = std::max(hop.ttl, stored.learned_ttl);
    learn(whole, now.steady);
    const ServedTtl served = served_ttl(stored.set.ttl, state_.learned_ttl, limits_);
    state_.served_ttl = served.ttl;
    state_.last_good = std::move(stored.set);
    state_.restored = true;
    // A clock that was set back in the meantime makes it no younger than it is.
    const auto age = std::max(now.wall - state_.last_good->resolved_at, {});
    fresh_until_ = now.steady + std::chrono::seconds(served.ttl) -
                   std::chrono::duration_cast<std::chrono::steady_clock::duration>(age);
    state_.rung = rung_at(now.steady);
}

bool TargetTracker::is_empty_for_live(const ResolvedSet& set) const {
    return set.addresses.empty() && state_.last_good && !state_.last_good->addresses.empty();
}

bool TargetTracker::would_withdraw(const ResolvedSet& set, const Now& now) const {
    return is_empty_for_live(set) && is_new_denial(set, now) &&
           state_.unconfirmed_empty + 1 >= limits_.confirmations;
}

bool TargetTracker::is_new_denial(const ResolvedSet& set, const Now& now) const {
    if (state_.unconfirmed_empty == 0) return true;
    // Within one second a cache's copy has the same TTL still.
    if (now.steady < denial_at_ + confirm_wait - early) return false;
    return set.ttl >= denial_ttl_ || now.steady >= denial_ends_;
}

/// Not taken as the answer yet. A copy out of a cache counts for nothing: the next
/// question waits for the cache to let go of it.
TargetTracker::Outcome TargetTracker::unconfirmed(const ResolvedSet& set, const Now& now) {
    milliseconds wait = confirm_wait;
    if (is_new_denial(set, now)) {
        ++state_.unconfirmed_empty;
        denial_ttl_ = set.ttl;
        denial_at_ = now.steady;
        denial_ends_ = now.steady + std::chrono::seconds(set.ttl);
    } else if (set.ttl < denial_ttl_) {
        wait = std::chrono::seconds(std::min(set.ttl + 1, longest_confirm_wait));
    }
    return wait_on(wait, now);
}

/// What is published stays, and grows older meanwhile.
TargetTracker::Outcome TargetTracker::wait_on(milliseconds wait, const Now& now) {
    const bool changed = pass_time(now);
    if (const auto left = until_next_rung(now)) wait = std::min(wait, *left);
    return wait_for(wait, changed, now);
}

TargetTracker::Outcome TargetTracker::succeeded(ResolvedSet set, const Now& now, double jitter) {
    const bool is_first = !state_.last_good.has_value();
    const bool is_among_many = is_first || state_.restored || state_.failures > 0;
    if (is_empty_for_live(set) && !would_withdraw(set, now)) return unconfirmed(set, now);
    state_.failures = 0;
    state_.last_error.clear();
    state_.unconfirmed_empty = 0;

    learn(set, now.steady);
    const ServedTtl served = served_ttl(set.ttl, state_.learned_ttl, limits_);
    // Another way, too: it may have come to lead back to us.
    const bool changed =
        is_first || state_.rung != Rung::fresh || set.addresses != state_.last_good->addresses ||
        set.nxdomain != state_.last_good->nxdomain || served.ttl != state_.served_ttl ||
        !is_same_way(set.chain, state_.last_good->chain);
    const milliseconds wait = next_wait(set.ttl, is_among_many, now, jitter);
    state_.served_ttl = served.ttl;
    state_.last_good = std::move(set);
    state_.rung = Rung::fresh;
    fresh_until_ = now.steady + std::chrono::seconds(served.ttl);
    state_.restored = false;
    if (changed) ++state_.changes;
    Outcome outcome = wait_for(wait, changed, now);
    outcome.is_new_set = changed;
    return outcome;
}

TargetTracker::Outcome TargetTracker::failed(const Error& error, const Now& now, double jitter) {
    ++state_.failures;
    state_.unconfirmed_empty = 0;  // those before are no longer in a row
    state_.last_error = error.to_string();
    return wait_on(retry_wait(state_.failures, state_.last_good.has_value(), jitter), now);
}

bool TargetTracker::pass_time(const Now& now) {
    if (!state_.last_good) return false;
    const Rung before = std::exchange(state_.rung, rung_at(now.steady));
    return state_.rung != before;
}

std::optional<milliseconds> TargetTracker::until_next_rung(const Now& now) const {
    if (state_.rung != Rung::fresh && state_.rung != Rung::stale) return std::nullopt;
    const auto next = state_.rung == Rung::fresh ? fresh_until_ : stale_until();
    return std::chrono::ceil<milliseconds>(std::max(next - now.steady, {}));
}

std::chrono::steady_clock::time_point TargetTracker::stale_until() const {
    return fresh_until_ + std::chrono::seconds(limits_.stale_max);
}

Rung TargetTracker::rung_at(std::chrono::steady_clock::time_point now) const {
    if (now < fresh_until_) return Rung::fresh;
    return now < stale_until() ? Rung::stale : Rung::expired;
}

TargetTracker::Outcome TargetTracker::wait_for(milliseconds wait, bool changed, const Now& now) {
    short_steps_ = wait < std::chrono::seconds(1) ? short_steps_ + 1 : 0;
    due_ = now.steady + wait;
    state_.next_refresh = now.wall + wait;
    return {changed, wait};
}

void TargetTracker::learn(const ResolvedSet& set, std::chrono::steady_clock::time_point now) {
    std::vector<HopMemory> chain;
    wire::Name end = state_.key.target;
    for (const Hop& hop : set.chain) {
        const bool is_cname = hop.type == wire::RrType::cname;
        learn_hop(chain,
                  {.owner = hop.owner,
                   .type = hop.type,
                   .content = is_cname ? std::string(hop.next.wire()) : joined(set.addresses),
                   .received = hop.ttl,
                   .ttl = {}},
                  now);
        if (is_cname) end = hop.next;
    }
    if (set.addresses.empty()) {
        // The denial at the chain's end has a life of its own (RFC 2308 §5).
        learn_hop(
            chain,
            {.owner = end, .type = state_.key.type, .content = {}, .received = set.ttl, .ttl = {}},
            now);
    }
    memory_ = std::move(chain);

    state_.learned_ttl = UINT32_MAX;
    for (const HopMemory& hop : memory_) {
        state_.learned_ttl = std::min(state_.learned_ttl, hop.ttl.learned());
    }
}

void TargetTracker::learn_hop(std::vector<HopMemory>& chain, HopMemory hop,
                              std::chrono::steady_clock::time_point now) const {
    const auto known = std::find_if(memory_.begin(), memory_.end(), [&](const HopMemory& old) {
        return old.owner == hop.owner && old.type == hop.type;
    });
    if (known != memory_.end()) hop.ttl = known->ttl;
    if (known != memory_.end() && known->content != hop.content) {
        hop.ttl.restart(hop.received, now);
    } else {
        hop.ttl.observe(hop.received, now);
    }
    chain.push_back(std::move(hop));
}

milliseconds TargetTracker::next_wait(std::uint32_t received, bool first, const Now& now,
                                      double jitter) const {
    const auto shortest = std::min_element(
        memory_.begin(), memory_.end(),
        [](const HopMemory& a, const HopMemory& b) { return a.received < b.received; });
    return refresh_wait({.received = received,
                         .learned = state_.learned_ttl,
                         .proven = shortest->ttl.is_proven(),
                         .short_steps = short_steps_,
                         .first = first,
                         .since_due = std::chrono::round<milliseconds>(now.steady - due_),
                         .limits = limits_,
                         .jitter = jitter});
}

}  // namespace apex::control
