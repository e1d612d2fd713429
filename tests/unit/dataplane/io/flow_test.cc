// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/io/flow.hh"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/packet/frame.hh"
#include "tests/packet/octets.hh"

namespace apex::io {
namespace {

unsigned worker(const test::FrameSpec& spec, unsigned workers) {
    const std::string frame = test::make_frame(spec);
    return worker_of(test::bytes_of(frame), workers);
}

TEST(WorkerOf, IsTheSameForAllFramesOfAFlowWhateverTheyAsk) {
    for (const bool v6 : {false, true}) {
        for (const std::vector<std::uint16_t>& tags :
             {std::vector<std::uint16_t>{}, {0x8100}, {0x88a8, 0x8100}}) {
            const unsigned first = worker({.payload = "some", .v6 = v6, .tags = tags}, 7);
            EXPECT_LT(first, 7U);
            EXPECT_EQ(worker({.payload = "a longer one", .v6 = v6, .tags = tags}, 7), first);
            EXPECT_EQ(worker({.payload = "some", .v6 = v6}, 7), first);
        }
    }
}

TEST(WorkerOf, GivesEachWorkerItsShareOfPortsAndOfAddresses) {
    constexpr unsigned workers = 3;
    for (const bool v6 : {false, true}) {
        std::map<unsigned, unsigned> by_port;
        std::map<unsigned, unsigned> by_address;
        for (unsigned n = 0; n < 3000; ++n) {
            ++by_port[worker({.v6 = v6, .source_port = static_cast<std::uint16_t>(1024 + n)},
                             workers)];
            const std::string host = std::to_string(1 + n % 250);
            const std::string net = std::to_string(n / 250);
            ++by_address[worker(
                {.v6 = v6,
                 .source = v6 ? "2001:db8::" + net + ":" + host : "192.0." + net + "." + host},
                workers)];
        }
        for (unsigned n = 0; n < workers; ++n) {
            EXPECT_NEAR(by_port[n], 1000, 150) << v6;
            EXPECT_NEAR(by_address[n], 1000, 150) << v6;
        }
    }
}

TEST(WorkerOf, TakesWhatIsCutShortOrIsNoIpForTheFirst) {
    const std::string frame = test::make_frame({.payload = "some"});
    for (std::size_t size = 0; size < 38; ++size) {
        EXPECT_EQ(worker_of(test::bytes_of(frame).first(size), 5), 0U) << size;
    }
    std::string arp = frame;
    arp[12] = 0x08;
    arp[13] = 0x06;
    EXPECT_EQ(worker_of(test::bytes_of(arp), 5), 0U);
}

}  // namespace
}  // namespace apex::io
