// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/alias/latency.hh"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace apex::control {

// Doubling d holds 2^(d-1) to 2^d microseconds in `parts` places; the first one, 0 too.
std::size_t LatencyHistogram::place_of(Microseconds length) {
    const Microseconds clipped = std::min(length, (Microseconds{1} << (doublings - 1)) - 1);
    const auto doubling = static_cast<unsigned>(std::bit_width(clipped));
    if (doubling == 0) return 0;
    const Microseconds start = Microseconds{1} << (doubling - 1);
    return std::size_t{doubling} * parts + (clipped - start) * parts / start;
}

LatencyHistogram::Microseconds LatencyHistogram::end_of(std::size_t place) {
    const auto doubling = static_cast<unsigned>(place / parts);
    if (doubling == 0) return 1;
    const Microseconds start = Microseconds{1} << (doubling - 1);
    return start + (start * (place % parts + 1) + parts - 1) / parts;
}

void LatencyHistogram::add(std::chrono::microseconds length) {
    const auto one = static_cast<Microseconds>(std::max<std::int64_t>(length.count(), 0));
    ++counts_[place_of(one)];
    ++count_;
    sum_ += one;
    greatest_ = std::max(greatest_, one);
}

std::uint64_t LatencyHistogram::count_below(unsigned doubling) const {
    const auto end = counts_.begin() + std::ptrdiff_t{std::min(doubling + 1, doublings)} * parts;
    return std::accumulate(counts_.begin(), end, std::uint64_t{0});
}

LatencyHistogram::Microseconds LatencyHistogram::quantile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t place = 0; place < counts_.size(); ++place) {
        seen += counts_[place];
        if (seen > 0 && seen >= wanted) return std::min(end_of(place), greatest_);
    }
    return 0;
}

}  // namespace apex::control
