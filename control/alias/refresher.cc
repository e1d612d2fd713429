// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Implements refresher.hh.
#include "control/alias/refresher.hh"

#include <algorithm>
#include <iterator>
#include <utility>

#include "control/alias/address_policy.hh"

namespace apex::control {
namespace {

TargetTracker::Now now() {
    return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
}

std::chrono::microseconds since(std::chrono::system_clock::time_point then) {
    return std::chrono::duration_cast<std::chrono::microseconds>(now().wall - then);
}

/// What errors begin with.
std::string subject(const TargetKey& key) {
    return to_text(key) + ": ";
}

/// The limits may have become narrower since the set was stored: as with an answer, the
/// refused addresses leave it, and false means that there is nothing left to serve.
bool may_be_served(ResolvedSet& set, const AddressLimits& limits) {
    if (set.addresses.size() > limits.most) return false;
    const auto is_refused = [&limits](const std::string& address) {
        return refused_address(address, limits.private_allowed) != nullptr;
    };
    const bool was_empty = set.addresses.empty();
    std::erase_if(set.addresses, is_refused);
    return was_empty || !set.addresses.empty();
}

/// A question may wait for its turn, and for its answer: how long a set is served beyond
/// its life before it counts as stale.
constexpr std::chrono::milliseconds grace{1000};

}  // namespace

Refresher::Refresher(const Shared& shared, const TargetKey& key)
    : shared_(shared), tracker_(key, shared.limits), timer_(shared.base, [this] { on_timer(); }) {
    auto stored = shared.store != nullptr ? shared.store->take(key) : std::nullopt;
    if (stored && may_be_served(stored->set, shared.addresses)) {
        tracker_.restore(std::move(*stored), now());
    }
    shared_.counts.add(state());
    refresh();
}

Refresher::~Refresher() {
    if (asked_ != nullptr) asked_->cancel(under_way_);
    if (writing_ != 0) shared_.store->cancel(writing_);
    shared_.counts.remove(state());
}

void Refresher::refresh_now(OnRefreshed done) {
    waiting_next_.push_back({state().changes, std::move(done)});
    if (asked_ == nullptr && writing_ == 0) refresh();
}

void Refresher::on_timer() {
    if (asked_ == nullptr && writing_ == 0) return refresh();
    shared_.counts.remove(state());
    const bool changed = tracker_.pass_time(now());
    shared_.counts.add(state());
    watch_rung();
    if (!changed) return;
    ++shared_.totals.changes;
    shared_.on_change(TargetKey(state().key));  // who may unfollow this one
}

/// The set grows old while a question is on its way, too.
void Refresher::watch_rung() {
    if (const auto left = tracker_.until_next_rung(now())) timer_.arm(std::max(*left, grace));
}

void Refresher::refresh() {
    std::move(waiting_next_.begin(), waiting_next_.end(), std::back_inserter(waiting_));
    waiting_next_.clear();
    tracker_.started();
    ++shared_.totals.resolutions;
    asked_ = &shared_.resolver;
    under_way_ = asked_->resolve(
        state().key, [this](Result<ResolvedSet> result) { finished(std::move(result)); },
        state().failures);
    watch_rung();
}

void Refresher::finished(Result<ResolvedSet> result) {
    asked_ = nullptr;
    if (!result || !tracker_.is_empty_for_live(*result)) return conclude(std::move(result));
    // A denial has a SOA (RFC 2308 §2.1, §2.2); without it this may be what a server says that
    // knows nothing of the zone.
    if (!result->zone) {
        return conclude(fail(subject(state().key) + "no addresses through " + result->resolver +
                             ", but no SOA either, as from a lame server"));
    }
    const bool needs_second =
        shared_.confirmer != nullptr && tracker_.would_withdraw(*result, now());
    if (needs_second) return confirm(std::move(*result));
    conclude(std::move(result));
}

/// Only when somebody independent finds no addresses either is there none.
void Refresher::confirm(ResolvedSet empty) {
    asked_ = shared_.confirmer;
    under_way_ = asked_->resolve(
        state().key, [this, empty = std::move(empty)](Result<ResolvedSet> second) mutable {
            asked_ = nullptr;
            const bool is_empty = second && second->addresses.empty();
            if (is_empty && second->zone) return conclude(std::move(empty));
            ++shared_.totals.unconfirmed;
            const std::string first =
                subject(state().key) + "no addresses through " + empty.resolver + ", ";
            if (is_empty) {
                return conclude(
                    fail(first + "nor a SOA through " + second->resolver + ", so not confirmed"));
            }
            conclude(second ? fail(first + "but " + std::to_string(second->addresses.size()) +
                                   " through " + second->resolver)
                            : fail(first + "not confirmed: " + second.error().message));
        });
}

void Refresher::conclude(Result<ResolvedSet> result) {
    const bool is_success = result.has_value();
    if (!is_success) ++shared_.totals.failures;
    if (is_success) shared_.totals.refused += result->refused.size();
    TargetTracker next = tracker_;
    const double jitter = shared_.jitter();
    const auto outcome = is_success ? next.succeeded(std::move(*result), now(), jitter)
                                    : next.failed(result.error(), now(), jitter);
    if (!is_success || shared_.store == nullptr)
        return settle(std::move(next), outcome, is_success);
    const TargetState& state = next.state();
    if (!outcome.is_new_set) {
        shared_.store->confirm(state.key, state.last_good->resolved_at);
        return settle(std::move(next), outcome, true);
    }
    // On disk first; until then all is as if there were no answer yet.
    writing_ = shared_.store->write({state.key, *state.last_good, state.learned_ttl},
                                    [this, next, outcome] { settle(next, outcome, true); });
    if (writing_ == 0) settle(std::move(next), outcome, true);
}

void Refresher::settle(TargetTracker next, const TargetTracker::Outcome& outcome, bool is_success) {
    writing_ = 0;
    const bool was_failing = state().failures > 0;
    // While the disk was being waited for the rung may have become another one, too.
    const bool changed = outcome.changed || state().rung != next.state().rung;
    shared_.counts.remove(state());
    tracker_ = std::move(next);
    shared_.counts.add(state());
    timer_.arm(waiting_next_.empty() ? outcome.wait : std::chrono::milliseconds(0));
    if (changed) ++shared_.totals.changes;
    if (is_success) shared_.on_success(state(), outcome.is_new_set);
    if (shared_.on_health && was_failing != (state().failures > 0)) shared_.on_health(state());
    // From here on nothing of this object: whoever is told may unfollow the target.
    const bool is_settled = !is_success || state().unconfirmed_empty == 0;
    const auto waiters = is_settled ? std::exchange(waiting_, {}) : std::vector<Waiter>{};
    const auto changes = state().changes;
    Refreshed refreshed{.key = state().key, .error = state().last_error};
    if (changed) {
        AliasTotals& totals = shared_.totals;
        const auto answered = state().last_good->resolved_at;
        shared_.on_change(TargetKey(state().key));
        if (outcome.is_new_set) totals.publishing.add(since(answered));
    }
    for (const Waiter& waiter : waiters) {
        refreshed.changed = waiter.changes != changes;
        waiter.done(refreshed);
    }
}

}  // namespace apex::control
