// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "control/telemetry/log.hh"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

namespace apex::control {
namespace {

TEST(Log, writes_lines_of_its_level_to_stderr) {
    testing::internal::CaptureStderr();
    ASSERT_TRUE(set_up_log("warning"));
    spdlog::info("quiet");
    spdlog::warn("zone {} failed", "a.");
    spdlog::default_logger()->flush();
    const std::string text = testing::internal::GetCapturedStderr();
    const std::string time = "2026-01-02T03:04:05.678";
    ASSERT_GT(text.size(), time.size());
    EXPECT_EQ(text.substr(time.size()), "Z warning zone a. failed\n");
    EXPECT_EQ(text[10], 'T');
    ASSERT_TRUE(set_up_log("info"));
}

TEST(Log, an_unknown_level_says_which_there_are) {
    const auto result = set_up_log("loud");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().to_string(),
              "log level \"loud\"; expected debug, info, warning or error");
}

}  // namespace
}  // namespace apex::control
