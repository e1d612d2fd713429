// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What is known of one (target, type): the set that is published, what the last
// resolutions said, and when to ask again. The refresher feeds it each outcome;
// it owns no timer and reads no clock. Control thread only.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/alias/latency.hh"
#include "control/alias/resolved_set.hh"
#include "control/alias/stored_set.hh"
#include "control/alias/ttl_policy.hh"
#include "control/error.hh"

namespace apex::control {

/// How far down the failure ladder a target is.
enum class Rung : std::uint8_t {
    none,     ///< never resolved: there is nothing to serve
    fresh,    ///< its set is within its life
    stale,    ///< past its life, which it could not be given anew; still served
    expired,  ///< past stale_max too: no longer served
};

constexpr bool is_served(Rung rung) {
    return rung == Rung::fresh || rung == Rung::stale;
}

/// The state of one (target, type) as seen from outside the engine.
struct TargetState {
    TargetKey key;
    std::optional<ResolvedSet> last_good;  ///< what was resolved last; empty: nothing yet
    Rung rung = Rung::none;
    std::uint32_t served_ttl = 0;   ///< seconds, floor and ceiling applied (ALIAS TTL not yet)
    std::uint32_t learned_ttl = 0;  ///< seconds; the whole TTL as far as it is known
    /// Empty until the first resolution has ended.
    std::optional<std::chrono::system_clock::time_point> next_refresh;
    std::string last_error;      ///< empty after a success
    std::uint32_t failures = 0;  ///< in a row
    /// Empty answers in a row that did not yet replace a live set, each of them new.
    std::uint32_t unconfirmed_empty = 0;
    std::uint64_t resolutions = 0;  ///< queries handed to the resolver
    std::uint64_t changes = 0;      ///< times the published set, its TTL or its chain changed
    bool restored = false;          ///< last_good is from before the start, not resolved since
};

/// How many of the followed targets are in which state.
struct AliasCounts {
    std::size_t targets = 0;
    std::size_t resolved = 0;  ///< there is a set, of whatever age
    std::size_t failing = 0;   ///< the last resolution failed
    std::size_t stale = 0;
    std::size_t expired = 0;

    void add(const TargetState& state) { count(state, 1); }
    void remove(const TargetState& state) { count(state, -1UL); }

  private:
    void count(const TargetState& state, std::size_t by);
};

/// What all targets together have done since the start, also those that nobody
/// follows any more.
struct AliasTotals {
    std::uint64_t resolutions = 0;  ///< queries handed to the resolver
    std::uint64_t changes = 0;      ///< times a published set, its TTL or its chain changed
    std::uint64_t failures = 0;     ///< resolutions that failed
    std::uint64_t refused = 0;      ///< addresses left out of the answers of others
    /// Empty answers that the second resolver did not confirm, and so were none.
    std::uint64_t unconfirmed = 0;
    /// From libunbound's answer to its being published at every owner, of each change.
    LatencyHistogram publishing;
};

class TargetTracker {
  public:
    /// The present, on the clock that durations are measured by and on the one
    /// that people read.
    struct Now {
        std::chrono::steady_clock::time_point steady;
        std::chrono::system_clock::time_point wall;
    };
    struct Outcome {
        bool changed = false;  ///< what must be published, or its rung, is not what it was
        std::chrono::milliseconds wait;  ///< until the next resolution
        bool is_new_set = false;         ///< it changed, for the resolution gave another set
    };

    TargetTracker(TargetKey key, TtlLimits limits);

    const TargetState& state() const { return state_; }

    /// Starts with a set that was resolved before, maybe long ago. Before all outcomes.
    void restore(StoredSet stored, const Now& now);
    /// The answer has no addresses, and what is published has.
    bool is_empty_for_live(const ResolvedSet& set) const;
    /// And it is not the first such one: taken as a success, it would take the live set away.
    bool would_withdraw(const ResolvedSet& set, const Now& now) const;
    /// A resolution was handed to the resolver.
    void started() { ++state_.resolutions; }
    /// It succeeded. `jitter` is uniform in 0 to 1.
    Outcome succeeded(ResolvedSet set, const Now& now, double jitter);
    /// It failed: what is published stays, until it is too old. The next resolution is
    /// due at the latest when that would change.
    Outcome failed(const Error& error, const Now& now, double jitter);
    /// While no answer comes: true when the set has come to the next rung.
    bool pass_time(const Now& now);
    /// When that will be; nothing: never.
    std::optional<std::chrono::milliseconds> until_next_rung(const Now& now) const;

  private:
    /// The memory of one RRset of the chain.
    struct HopMemory {
        wire::Name owner;
        wire::RrType type{};
        std::string content;  ///< the CNAME's target, or the addresses
        std::uint32_t received = 0;
        TtlMemory ttl;
    };

    Outcome wait_for(std::chrono::milliseconds wait, bool changed, const Now& now);
    Outcome wait_on(std::chrono::milliseconds wait, const Now& now);
    Outcome unconfirmed(const ResolvedSet& set, const Now& now);
    /// Not what a cache still has of the one before.
    bool is_new_denial(const ResolvedSet& set, const Now& now) const;
    void learn(const ResolvedSet& set, std::chrono::steady_clock::time_point now);
    void learn_hop(std::vector<HopMemory>& chain, HopMemory hop,
                   std::chrono::steady_clock::time_point now) const;
    std::chrono::steady_clock::time_point stale_until() const;
    Rung rung_at(std::chrono::steady_clock::time_point now) const;
    std::chrono::milliseconds next_wait(std::uint32_t received, bool first, const Now& now,
                                        double jitter) const;

    TtlLimits limits_;
    TargetState state_;
    std::vector<HopMemory> memory_;                      ///< of the last set taken, in chain order
    unsigned short_steps_ = 0;                           ///< waits below a second in a row
    std::chrono::steady_clock::time_point due_;          ///< when the last wait was over
    std::chrono::steady_clock::time_point fresh_until_;  ///< end of the last good set's life
    std::uint32_t denial_ttl_ = 0;  ///< of the last new one of unconfirmed_empty, seconds
    std::chrono::steady_clock::time_point denial_at_;    ///< when that one came
    std::chrono::steady_clock::time_point denial_ends_;  ///< and when its TTL is over
};

}  // namespace apex::control
