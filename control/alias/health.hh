// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Which addresses are healthy, by the checks that owners ask for. A check of an address is
// made once, however many owners ask for it. It shapes nothing but which addresses an owner
// answers with. Between the zone set, which follows and is told, and the probes. Control
// thread only; nothing here blocks.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "control/config/health_check.hh"

struct event_base;

namespace apex::control {

struct HealthKey {
    HealthCheck check;
    std::string address;  ///< RDATA
    auto operator<=>(const HealthKey&) const = default;
};

struct HealthState {
    /// False only after `fall` failures in a row: what was not checked yet is served.
    bool healthy = true;
    std::uint32_t row = 0;  ///< attempts in a row that say the opposite of `healthy`
    std::uint64_t attempts = 0;
    std::string last_error;                       ///< empty after a success
    std::chrono::system_clock::time_point since;  ///< it is as healthy as it is
};

struct HealthTotals {
    std::uint64_t succeeded = 0;  ///< attempts
    std::uint64_t failed = 0;
    std::uint64_t unchecked = 0;  ///< checks that were asked for beyond the most there can be
};

class HealthBoard {
  public:
    /// An address has become healthy or unhealthy. On the loop's thread; may follow and unfollow.
    using OnChange = std::function<void(const HealthKey&, const HealthState&)>;

    static constexpr std::size_t max_checks = 10'000;
    static constexpr std::size_t max_under_way = 64;

    /// An unhealthy address that nobody asks for any more stays so for this long: one that
    /// leaves a set and comes back is not served for that alone.
    static constexpr std::chrono::minutes remembered{10};
    static constexpr std::size_t max_remembered = 1000;

    /// `base` must outlive the object.
    explicit HealthBoard(event_base* base);
    /// Callbacks end here.
    ~HealthBoard();
    HealthBoard(const HealthBoard&) = delete;
    HealthBoard& operator=(const HealthBoard&) = delete;

    void set_on_change(OnChange on_change);

    /// One more owner asks for the check; the first one starts it. Beyond max_checks it is
    /// not made until another one ends, and the address counts as healthy.
    void follow(const HealthKey& key);
    /// One owner less.
    void unfollow(const HealthKey& key);

    /// Null when the check is not made and no unhealthy address is remembered. Valid until the next
    /// call of a non-const member or the next turn of the loop.
    const HealthState* find(const HealthKey& key) const;

    std::size_t checked() const;
    std::size_t unhealthy() const;
    const HealthTotals& totals() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apex::control
