// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Configuration text as a file of its own, and what load_config makes of it.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "control/config/config.hh"

namespace apex::control::test {

class ConfigTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string path = testing::TempDir() + "apex-config-XXXXXX";
        ASSERT_NE(::mkdtemp(path.data()), nullptr);
        directory_ = path;
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    std::filesystem::path write(const std::string& text) {
        const auto file = directory_ / "apexd.yaml";
        std::ofstream(file, std::ios::binary) << text;
        return file;
    }
    Config good(const std::string& text) {
        auto config = load_config(write(text));
        if (!config) ADD_FAILURE() << config.error().to_string();
        return config ? *config : Config{};
    }
    /// The message with the directory taken off its front.
    std::string bad(const std::string& text) {
        const auto config = load_config(write(text));
        if (config) return "no error";
        const std::string message = config.error().to_string();
        const std::string prefix = directory_.string() + "/";
        return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
    }

    std::filesystem::path directory_;
};

inline const std::string minimal =
    "server:\n"
    "  addresses: [192.0.2.1]\n"
    "  workers: [1]\n"
    "ports:\n"
    "  - device: net_tap0\n";

struct BadCase {
    const char* text;
    const char* message;
};

inline std::string root_based(const std::string& labels) {
    return labels + std::string(1, '\0');
}

}  // namespace apex::control::test
