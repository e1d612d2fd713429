// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/config/health_check.hh"

namespace apex::control {

std::string text(const HealthCheck& check) {
    const bool is_tcp = check.kind == HealthCheck::Kind::tcp;
    std::string all = is_tcp ? "tcp" : check.kind == HealthCheck::Kind::https ? "https" : "http";
    all += " on port " + std::to_string(check.port);
    if (is_tcp) return all;
    return all + ", GET " + check.path + " at " + check.host + ", status " +
           std::to_string(check.least_status) + " to " + std::to_string(check.most_status);
}

}  // namespace apex::control
