// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Health checks from YAML. Reading, no state; any thread.
#pragma once

#include <optional>
#include <string>

#include "control/config/health_check.hh"
#include "control/config/yaml_reader.hh"
#include "dataplane/wire/name.hh"

namespace apex::control {

/// Reads the map at `place` into `check`; what is wrong with it is told to `reader`.
void read_health_check(YamlReader& reader, const YAML::Node& node, const YamlPlace& place,
                       std::optional<HealthCheck>& check);

/// The owner as a Host header has it, without the asterisk of a wildcard; empty for one that
/// no web server is called.
std::string host_of(const wire::Name& owner);

}  // namespace apex::control
