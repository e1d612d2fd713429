// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "control/telemetry/log.hh"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <string>

namespace apex::control {

Result<void> set_up_log(std::string_view level) {
    spdlog::level::level_enum chosen{};
    if (level == "debug") {
        chosen = spdlog::level::debug;
    } else if (level == "info") {
        chosen = spdlog::level::info;
    } else if (level == "warning") {
        chosen = spdlog::level::warn;
    } else if (level == "error") {
        chosen = spdlog::level::err;
    } else {
        return fail("log level \"" + std::string(level) +
                    "\"; expected debug, info, warning or error");
    }
    try {
        auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
        auto logger = std::make_shared<spdlog::logger>("apexd", std::move(sink));
        logger->set_level(chosen);
        logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
        // A daemon that dies should have said what it said last.
        logger->flush_on(spdlog::level::info);
        spdlog::set_default_logger(std::move(logger));
    } catch (const spdlog::spdlog_ex& error) {
        return fail(std::string("the log cannot be set up: ") + error.what());
    }
    return {};
}

}  // namespace apex::control
