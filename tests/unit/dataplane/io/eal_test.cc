// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Which lcore gets which CPU. EAL itself is not started here.

#include "dataplane/io/eal.hh"

#include <array>

#include <gtest/gtest.h>

namespace apex::io {
namespace {

TEST(MapLcores, GivesTheMainLcoreTheCpusThatNoWorkerHas) {
    const auto map = map_lcores(std::array{1U, 3U}, std::array{0U, 1U, 2U, 3U});
    ASSERT_TRUE(map) << map.error();
    EXPECT_EQ(map->lcores, "1@1,3@3,0@(0,2)");
    EXPECT_EQ(map->main_lcore, 0U);
}

TEST(MapLcores, PicksAnUnusedNumberForTheMainLcore) {
    const auto map = map_lcores(std::array{0U}, std::array{0U, 5U});
    ASSERT_TRUE(map) << map.error();
    EXPECT_EQ(map->lcores, "0@0,1@(5)");
    EXPECT_EQ(map->main_lcore, 1U);
}

TEST(MapLcores, SharesTheWorkersCpusWhenThereAreNoOthers) {
    const auto map = map_lcores(std::array{0U, 1U}, std::array{0U, 1U});
    ASSERT_TRUE(map) << map.error();
    EXPECT_EQ(map->lcores, "0@0,1@1,2@(0,1)");
    EXPECT_EQ(map->main_lcore, 2U);
}

TEST(MapLcores, NamesACpuThatIsNotThere) {
    const auto map = map_lcores(std::array{1U, 7U}, std::array{0U, 1U});
    ASSERT_FALSE(map);
    EXPECT_EQ(map.error(),
              "server.workers: CPU 7 is not one that this process may use; those are 0,1");
}

}  // namespace
}  // namespace apex::io
