// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The section "resolver" from YAML. Used by load_config; any thread, no state.
#pragma once

#include <filesystem>

#include "control/config/config.hh"
#include "control/config/yaml_reader.hh"

namespace apex::control {

/// Reads the map at `place` into `resolver`; paths are relative to `folder`.
void read_resolver(YamlReader& reader, const YAML::Node& node, const YamlPlace& place,
                   const std::filesystem::path& folder, ResolverConfig& resolver);

}  // namespace apex::control
