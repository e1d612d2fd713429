// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The histogram of lengths: what falls where, and what quantiles make of it.
#include "control/alias/latency.hh"

#include <gtest/gtest.h>

namespace apex::control {
namespace {

using std::chrono::microseconds;

TEST(LatencyHistogram, IsEmptyAtFirst) {
    const LatencyHistogram none;
    EXPECT_EQ(none.count(), 0U);
    EXPECT_EQ(none.quantile(0.5), 0U);
    EXPECT_EQ(none.count_below(25), 0U);
}

TEST(LatencyHistogram, AQuantileIsAnEighthTooLongAtMost) {
    for (std::uint64_t length = 1; length < 40'000'000; length = length * 9 / 8 + 1) {
        LatencyHistogram histogram;
        histogram.add(microseconds(length));
        histogram.add(microseconds(50'000'000));
        EXPECT_GE(histogram.quantile(0.5), length < 33'000'000 ? length : 33'000'000) << length;
        EXPECT_LE(histogram.quantile(0.5), length + length / 8 + 1) << length;
    }
}

TEST(LatencyHistogram, QuantilesSplitWhatThereIs) {
    LatencyHistogram histogram;
    for (int n = 0; n < 99; ++n) histogram.add(microseconds(1000));
    histogram.add(microseconds(70'000));
    EXPECT_EQ(histogram.count(), 100U);
    EXPECT_EQ(histogram.sum(), 99U * 1000 + 70'000);
    EXPECT_EQ(histogram.greatest(), 70'000U);
    EXPECT_LT(histogram.quantile(0.99), 1200U);
    EXPECT_EQ(histogram.quantile(1), 70'000U) << "no longer than the longest";
}

TEST(LatencyHistogram, CountsBelowAPowerOfTwo) {
    LatencyHistogram histogram;
    for (const int length : {0, 1, 255, 256, 1023, 1024}) histogram.add(microseconds(length));
    EXPECT_EQ(histogram.count_below(0), 1U);
    EXPECT_EQ(histogram.count_below(8), 3U);
    EXPECT_EQ(histogram.count_below(10), 5U);
    EXPECT_EQ(histogram.count_below(25), 6U);
}

TEST(LatencyHistogram, TakesWhatNoClockShouldSay) {
    LatencyHistogram histogram;
    histogram.add(microseconds(-5));
    histogram.add(microseconds(INT64_MAX));
    EXPECT_EQ(histogram.count_below(0), 1U);
    EXPECT_EQ(histogram.count(), 2U);
}

}  // namespace
}  // namespace apex::control
