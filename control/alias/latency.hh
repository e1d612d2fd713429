// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// How long something takes, over all times it was done: counts by length, eight to each
// doubling, so that a quantile is at most an eighth too long. The refreshers fill one,
// `stats` and the metrics show it. No lock; one thread.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace apex::control {

class LatencyHistogram {
  public:
    using Microseconds = std::uint64_t;
    /// Longer ones than 2^25 microseconds, 33 s, are counted as so long.
    static constexpr unsigned doublings = 26;

    /// Below zero, as a clock that is set back makes it, counts as zero.
    void add(std::chrono::microseconds length);

    std::uint64_t count() const { return count_; }
    Microseconds sum() const { return sum_; }
    Microseconds greatest() const { return greatest_; }
    /// How many took less than 2^`doubling`.
    std::uint64_t count_below(unsigned doubling) const;
    /// What a share of them (0 to 1) did not exceed, rounded up; 0 when there are none.
    Microseconds quantile(double share) const;

  private:
    static constexpr unsigned parts = 8;
    static std::size_t place_of(Microseconds length);
    static Microseconds end_of(std::size_t place);

    std::array<std::uint64_t, std::size_t{parts} * doublings> counts_{};
    std::uint64_t count_ = 0;
    Microseconds sum_ = 0;
    Microseconds greatest_ = 0;
};

}  // namespace apex::control
