// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/io/kernel_queue.hh"

#include <gtest/gtest.h>

#include <cstdint>
#include <thread>
#include <vector>

namespace apex::io {
namespace {

using answer::Verdict;

std::vector<std::uint8_t> frame_of(std::size_t size, std::uint8_t octet) {
    return std::vector<std::uint8_t>(size, octet);
}

TEST(FrameRing, GivesFramesBackInTheirOrder) {
    FrameRing ring(4, 100);
    EXPECT_TRUE(ring.front().empty());
    ASSERT_TRUE(ring.push(frame_of(60, 1)));
    ASSERT_TRUE(ring.push(frame_of(100, 2)));
    ASSERT_EQ(ring.front().size(), 60U);
    EXPECT_EQ(ring.front()[59], 1);
    ring.pop();
    ASSERT_EQ(ring.front().size(), 100U);
    EXPECT_EQ(ring.front()[99], 2);
    ring.pop();
    EXPECT_TRUE(ring.front().empty());
}

TEST(FrameRing, TakesNoMoreThanItHasRoomFor) {
    FrameRing ring(4, 100);
    EXPECT_FALSE(ring.push(frame_of(101, 0)));
    for (unsigned n = 0; n < 4; ++n) EXPECT_TRUE(ring.push(frame_of(60, 0)));
    EXPECT_FALSE(ring.push(frame_of(60, 9)));
    ring.pop();
    EXPECT_TRUE(ring.push(frame_of(60, 9)));
}

TEST(FrameRing, CarriesEveryFrameFromOneThreadToAnother) {
    constexpr std::uint32_t count = 200'000;
    FrameRing ring(64, 64);
    std::thread producer([&ring] {
        for (std::uint32_t n = 0; n < count;) {
            std::vector<std::uint8_t> frame(4 + n % 60);
            std::memcpy(frame.data(), &n, sizeof(n));
            if (ring.push(frame)) ++n;
        }
    });
    for (std::uint32_t n = 0; n < count;) {
        const wire::Bytes frame = ring.front();
        if (frame.empty()) continue;
        std::uint32_t number = 0;
        std::memcpy(&number, frame.data(), sizeof(number));
        EXPECT_EQ(number, n);
        EXPECT_EQ(frame.size(), 4 + n % 60);
        ring.pop();
        ++n;
    }
    producer.join();
}

TEST(RateLimit, LetsABurstThroughAndThenTheRate) {
    RateLimit limit(10, 3, 1000);
    std::uint64_t now = 5000;
    unsigned passed = 0;
    for (unsigned n = 0; n < 100; ++n) passed += limit.allows(now) ? 1U : 0U;
    EXPECT_EQ(passed, 3U);
    for (; now < 15'000; ++now) passed += limit.allows(now) ? 1U : 0U;
    EXPECT_EQ(passed, 3U + 99U);  // in ten seconds, the first of which began with the burst
}

TEST(RateLimit, GivesNoCreditForALongRest) {
    RateLimit limit(10, 3, 1000);
    EXPECT_TRUE(limit.allows(0));
    unsigned passed = 0;
    for (unsigned n = 0; n < 100; ++n) passed += limit.allows(1'000'000) ? 1U : 0U;
    EXPECT_EQ(passed, 3U);
}

TEST(KernelQueue, AFloodOfOneKindLeavesTheOthersTheirRate) {
    KernelQueue queue(1, 1000, 100);
    answer::Counters counters;
    for (unsigned n = 0; n < 1000; ++n) {
        queue.punt(frame_of(60, 1), Verdict::punt_tcp, 0, counters);
    }
    EXPECT_EQ(counters.get(Verdict::punt_limited), 1000 - KernelQueue::burst);
    queue.punt(frame_of(60, 2), Verdict::punt_arp, 0, counters);
    EXPECT_EQ(counters.get(Verdict::punt_limited), 1000 - KernelQueue::burst);
    for (unsigned n = 0; n < KernelQueue::burst; ++n) queue.to_kernel.pop();
    ASSERT_EQ(queue.to_kernel.front().size(), 60U);
    EXPECT_EQ(queue.to_kernel.front()[0], 2);
}

TEST(KernelQueue, CountsWhatItHasNoRoomFor) {
    KernelQueue queue(1'000'000, 1, 100);
    answer::Counters counters;
    for (std::uint64_t n = 0; n < KernelQueue::frames + 10; ++n) {
        queue.punt(frame_of(60, 1), Verdict::punt_icmp, n, counters);
    }
    queue.punt(frame_of(101, 1), Verdict::punt_icmp, 10'000, counters);
    EXPECT_EQ(counters.get(Verdict::punt_full), 11U);
    EXPECT_EQ(counters.get(Verdict::punt_limited), 0U);
}

}  // namespace
}  // namespace apex::io
