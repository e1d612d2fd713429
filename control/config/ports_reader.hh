// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The section "ports" of the configuration. Used by load_config on any thread.
#pragma once

#include <vector>

#include "control/config/config.hh"
#include "control/config/yaml_reader.hh"

namespace apex::control {

/// Appends to `ports` what the list at `node` says; an error is kept by `yaml`.
void read_ports(YamlReader& yaml, const YAML::Node& node, const YamlPlace& place,
                std::vector<PortConfig>& ports);

}  // namespace apex::control
