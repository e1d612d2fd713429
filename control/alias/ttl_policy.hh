// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// How long an answer is served and when its target is asked again. Pure
// arithmetic, no clock of its own; called by target_state on the control thread.
//
// A resolver with a cache hands back what is LEFT of a TTL. Taken at its word it
// would make the served TTL shrink with each refresh, so each RRset of the chain
// has a memory: a TTL that fits what was left of the life seen before is a
// remainder, a greater one starts a new life. The learned TTL is the greatest of
// the last four lives, so an authority that lowers its TTL is followed after
// four lives at the latest, and one refresh is enough to follow a raised one.
// RRsets learn one by one, because a CNAME of an hour and an address of five
// seconds run down at different times.
//
// A whole TTL is refreshed at 80 to 90 % of it. Many targets are asked for together after a
// start or an outage, and shall not stay together: the first refresh after that is due at any
// time up to 90 %. Each then keeps its place: who waited for a turn is due so much sooner the
// next time, and who was asked for before it was due is due when it would have been. Who waited
// for longer than half of that is spread anew.
// A remainder says when the cache ahead of us lets go of its copy: we wait for that, then
// ask in short steps until the new life shows. unbound counts whole seconds: a remainder of zero
// lasts one second, and asking during it makes unbound's `prefetch` fetch, so the
// next step sees the change before TTL + 1 s. At most six short steps follow each
// other, then the floor's pace is kept whatever the answers say.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace apex::control {

/// The TTL that is served with a stale set, seconds (RFC 8767 §4).
inline constexpr std::uint32_t stale_ttl = 30;

/// Which rule set the served TTL; shown by `alias explain`. `alias_record` and
/// `own_records` are what an owner adds: the TTL of its ALIAS RRset, or of its own records
/// of the type, is below those of all its targets, or there is no target's.
enum class TtlRule { chain_minimum, floor, ceiling, learned, alias_record, own_records, stale };

struct TtlLimits {
    std::uint32_t floor = 0;             ///< seconds
    std::uint32_t ceiling = UINT32_MAX;  ///< seconds; wins over the floor
    /// Seconds that a set is served beyond its life while it cannot be refreshed (RFC 8767).
    std::uint32_t stale_max = 3 * 86400;
    std::uint32_t confirmations = 3;  ///< empty answers in a row that withdraw a live set
};

struct ServedTtl {
    std::uint32_t ttl = 0;  ///< seconds
    TtlRule rule = TtlRule::chain_minimum;
    bool operator==(const ServedTtl&) const = default;
};

/// The TTL to serve for an answer of which `received` seconds are left when its
/// whole life is `learned` (not less than `received`).
ServedTtl served_ttl(std::uint32_t received, std::uint32_t learned, TtlLimits limits);

/// What was seen of one RRset's TTL over its last lives in the resolver's cache.
class TtlMemory {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// The same data was received again, with `ttl` seconds left.
    void observe(std::uint32_t ttl, TimePoint now);
    /// Other data was received. A TTL at most two seconds below the learned one is
    /// taken as the same TTL, seen late; any other is believed until the next life,
    /// even if it is a remainder, since a TTL that is too short harms nobody.
    void restart(std::uint32_t ttl, TimePoint now);

    /// Seconds; the whole TTL as far as it is known.
    std::uint32_t learned() const;
    /// True when the start of a life was seen, so that learned() is no remainder.
    bool is_proven() const { return proven_; }

  private:
    void begin_life(std::uint32_t ttl, TimePoint now);

    static constexpr std::size_t lives_kept = 4;
    std::array<std::uint32_t, lives_kept> peaks_{};  ///< greatest TTL of each life, a ring
    std::size_t lives_ = 0;                          ///< lives that peaks_ tells of
    bool proven_ = false;
    TimePoint latest_end_;  ///< when the present life is over at the latest
};

/// What decides the time of the next refresh after a success.
struct RefreshInput {
    std::uint32_t received = 0;  ///< seconds; minimum over the chain
    std::uint32_t learned = 0;   ///< seconds; minimum over the chain
    bool proven = false;         ///< is_proven() of the RRset that gave `received`
    unsigned short_steps = 0;    ///< waits below a second since the last longer one
    bool first = false;          ///< since the start, or after a failure
    /// The answer came so long after the last wait was over; before that, if negative.
    std::chrono::milliseconds since_due{};
    TtlLimits limits;
    double jitter = 0;  ///< 0 to 1, uniform
};

/// The wait until the next refresh: never below 250 ms.
std::chrono::milliseconds refresh_wait(const RefreshInput& input);

/// The wait after `failures` failures in a row (at least 1): 1 s doubling up to
/// 60 s, or from 0.5 s for a target that was never resolved, less up to a fifth
/// by `jitter` so that targets do not retry in step.
std::chrono::milliseconds retry_wait(std::uint32_t failures, bool ever_resolved, double jitter);

}  // namespace apex::control
