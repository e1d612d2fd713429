// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Implements ttl_policy.hh.
#include "control/alias/ttl_policy.hh"

#include <algorithm>
#include <cmath>

namespace apex::control {
namespace {

using std::chrono::milliseconds;

constexpr double shortest_step = 0.25;  // seconds: four questions a second at most
constexpr double repeated_step = 0.4;
constexpr unsigned max_short_steps = 6;
// Answers of one life may be this much late against each other before one of
// them is mistaken for a new life.
constexpr milliseconds delay_slack{500};
// Seconds that a new life may have run when its changed data is first seen: the
// short steps find it sooner, rounding down adds one.
constexpr std::uint32_t lateness = 2;

milliseconds to_milliseconds(double seconds) {
    return milliseconds(static_cast<milliseconds::rep>(std::llround(seconds * 1000)));
}

/// Where intervals of 80 to 90 % of the life follow each other, the part of the life that is
/// left until the next begins, looked at any time: all times from 0 to 80 % alike, those
/// beyond ever less. Who starts with it is spread as all will be for ever.
double part_from_the_middle(double jitter) {
    constexpr double mean = 0.85;
    const double part = mean * jitter;
    return part <= 0.8 ? part : 0.9 - std::sqrt(0.2 * mean * (1 - jitter));
}

/// Until a part of a whole life is over, within the limits.
double whole_wait(const RefreshInput& input, double part) {
    double wait = part * input.received;
    // An unproven TTL may be a remainder below the floor of a life above it.
    if (input.proven) wait = std::max(wait, part * std::max(input.limits.floor, 1U));
    return std::min(wait, part * std::max(input.limits.ceiling, 1U));
}

/// The same, counted from when the refresh was due. Who is late by more than half of it is one
/// of many that were held up, and would stay together. A timer that was a little early is not
/// somebody who asked before it was due.
double wait_in_place(const RefreshInput& input, double usual_part) {
    const double wait = whole_wait(input, usual_part);
    const double late = std::chrono::duration<double>(input.since_due).count();
    if (input.first || late > wait / 2) {
        return whole_wait(input, part_from_the_middle(input.jitter));
    }
    if (late > 0) return wait - late;
    return -late > wait / 10 ? std::min(wait, -late) : wait;
}

}  // namespace

ServedTtl served_ttl(std::uint32_t received, std::uint32_t learned, TtlLimits limits) {
    ServedTtl served{learned, learned > received ? TtlRule::learned : TtlRule::chain_minimum};
    if (served.ttl < limits.floor) served = {limits.floor, TtlRule::floor};
    if (served.ttl > limits.ceiling) served = {limits.ceiling, TtlRule::ceiling};
    return served;
}

void TtlMemory::observe(std::uint32_t ttl, TimePoint now) {
    const auto left = std::chrono::seconds(ttl);
    if (lives_ == 0) {
        begin_life(ttl, now);
    } else if (now + left > latest_end_ + delay_slack) {
        proven_ = true;
        begin_life(ttl, now);
    } else {
        std::uint32_t& peak = peaks_[(lives_ - 1) % lives_kept];
        peak = std::max(peak, ttl);
        // TTLs are whole seconds rounded down, so up to one more second is left.
        latest_end_ = std::min(latest_end_, now + left + std::chrono::seconds(1));
    }
}

void TtlMemory::restart(std::uint32_t ttl, TimePoint now) {
    const std::uint32_t known = learned();
    proven_ = lives_ > 0 && ttl <= known && known - ttl <= lateness;
    if (!proven_) lives_ = 0;
    begin_life(ttl, now);
}

void TtlMemory::begin_life(std::uint32_t ttl, TimePoint now) {
    peaks_[lives_++ % lives_kept] = ttl;
    latest_end_ = now + std::chrono::seconds(ttl) + std::chrono::seconds(1);
}

std::uint32_t TtlMemory::learned() const {
    const auto known = static_cast<std::ptrdiff_t>(std::min(lives_, lives_kept));
    return known == 0 ? 0 : *std::max_element(peaks_.begin(), peaks_.begin() + known);
}

milliseconds refresh_wait(const RefreshInput& input) {
    const double usual_part = 0.8 + 0.1 * input.jitter;
    double wait = 0;
    if (input.received >= input.learned) {
        wait = wait_in_place(input, usual_part);
    } else {
        wait = input.received > 0       ? input.received - 0.5
               : input.short_steps == 0 ? shortest_step
                                        : repeated_step;
        wait = std::min(wait, usual_part * std::max(input.limits.ceiling, 1U));
    }
    wait = std::max(wait, shortest_step);
    if (wait < 1 && input.short_steps >= max_short_steps) {
        wait = usual_part * std::max(input.limits.floor, 1U);
    }
    return to_milliseconds(wait);
}

milliseconds retry_wait(std::uint32_t failures, bool ever_resolved, double jitter) {
    constexpr std::uint32_t enough_doublings = 8;  // 0.5 s * 2^7 is above the cap
    const std::uint32_t doublings = std::min(std::max(failures, 1U), enough_doublings) - 1;
    const double first = ever_resolved ? 1.0 : 0.5;
    return to_milliseconds(std::min(first * (1U << doublings), 60.0) * (1 - 0.2 * jitter));
}

}  // namespace apex::control
