// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The state of one target behind a resolver that caches: a change is seen in time, by few
// questions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "control/alias/target_state.hh"
#include "tests/unit/control/alias/target_fixture.hh"

namespace apex::control {
namespace {

using std::chrono::steady_clock;
using test::key;
using test::set_of;

/// A resolver's cache as unbound keeps it: whole seconds, an entry served until
/// its last second is over, fetched again in advance when `prefetch` is on and it
/// is asked within the last tenth.
class CachingForwarder {
  public:
    CachingForwarder(std::uint32_t ttl, bool prefetch) : ttl_(ttl), prefetch_(prefetch) {}

    std::pair<int, std::uint32_t> ask(double now, int authority_version) {
        const auto second = static_cast<std::int64_t>(std::floor(now));
        if (second > end_) fetch(second, authority_version);
        const std::pair answer{version_, static_cast<std::uint32_t>(end_ - second)};
        if (prefetch_ && second >= end_ - ttl_ / 10) fetch(second, authority_version);
        return answer;
    }

  private:
    void fetch(std::int64_t second, int authority_version) {
        version_ = authority_version;
        end_ = second + ttl_;
    }
    std::int64_t ttl_;
    bool prefetch_;
    int version_ = 0;
    std::int64_t end_ = -1;
};

struct Observed {
    double slowest = 0;           ///< seconds from a change to its publication
    double questions_a_life = 0;  ///< TTL lives of the forwarder's cache
};

Observed observe(std::uint32_t ttl, bool prefetch, unsigned seed, double others_every) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> uniform(0, 1);
    TargetTracker tracker(key, {.floor = 5, .ceiling = 86400});
    CachingForwarder forwarder(ttl, prefetch);
    const double lives = 300;
    const double end = lives * ttl;
    double next_change = 0, changed_at = 0, ask_at = uniform(random), others_at = 0;
    int version = 0, published = 0;
    unsigned questions = 0;
    Observed result;
    while (ask_at < end) {
        if (next_change <= std::min(ask_at, others_at)) {
            // The next change waits until this one is seen, at a random phase.
            changed_at = next_change;
            ++version;
            next_change = INFINITY;
            continue;
        }
        if (others_at < ask_at) {
            forwarder.ask(others_at, version);
            others_at += others_every > 0 ? others_every * 2 * uniform(random) : INFINITY;
            continue;
        }
        const auto [seen, left] = forwarder.ask(ask_at, version);
        ++questions;
        const auto since_start = std::chrono::duration_cast<steady_clock::duration>(
            std::chrono::duration<double>(ask_at));
        const TargetTracker::Now now{steady_clock::time_point(since_start), {}};
        const auto outcome =
            tracker.succeeded(set_of({std::to_string(seen)}, left), now, uniform(random));
        if (seen == version && published != version) {
            published = version;
            result.slowest = std::max(result.slowest, ask_at - changed_at);
            next_change = ask_at + 2.0 * ttl * uniform(random);
        }
        ask_at += std::chrono::duration<double>(outcome.wait).count() + 0.002;
    }
    result.questions_a_life = questions / lives;
    return result;
}

TEST(TargetTrackerBehindACache, AChangeIsPublishedWithinTheTtlAndASecond) {
    for (const std::uint32_t ttl : {5U, 6U, 7U, 10U, 30U, 60U, 300U}) {
        for (unsigned seed = 1; seed <= 20; ++seed) {
            for (const double others_every : {0.0, 0.3, 4.0}) {
                const Observed with = observe(ttl, true, seed, others_every);
                EXPECT_LT(with.slowest, ttl + 1.0) << "TTL " << ttl << ", seed " << seed;
                EXPECT_GT(with.slowest, ttl / 2.0) << "the run saw no unlucky change";
                EXPECT_LT(with.questions_a_life, 5.0) << "TTL " << ttl << ", seed " << seed;
                // Without prefetch the cache itself may hold an answer for TTL + 1 s.
                const Observed without = observe(ttl, false, seed, others_every);
                EXPECT_LT(without.slowest, ttl + 1.5) << "TTL " << ttl << ", seed " << seed;
                EXPECT_LT(without.questions_a_life, 6.0) << "TTL " << ttl << ", seed " << seed;
            }
        }
    }
}

TEST(TargetTrackerBehindACache, ATtlBelowTheFloorIsRefreshedAtTheFloorsPace) {
    for (const std::uint32_t ttl : {1U, 2U, 3U}) {
        const Observed alone = observe(ttl, true, 7, 0.0);
        EXPECT_LT(alone.slowest, 5.0 + ttl);
        EXPECT_LT(alone.questions_a_life, 1.1 * ttl) << "TTL " << ttl;
    }
}

}  // namespace
}  // namespace apex::control
