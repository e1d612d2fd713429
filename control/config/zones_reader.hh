// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The section "zones" from YAML, with the policies of zones and records. Used by
// load_config on any thread; no global state.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "control/config/config.hh"
#include "control/config/policy_reader.hh"
#include "control/config/yaml_reader.hh"

namespace apex::control {

class ZonesReader {
  public:
    /// Reads into `zones`; files are relative to `folder`. All of them must outlive this.
    ZonesReader(YamlReader& yaml, const std::filesystem::path& folder,
                std::vector<ZoneConfig>& zones)
        : yaml_(yaml), folder_(folder), zones_(zones) {}

    /// Reads the list at `place`, whose policies wait for the server's.
    void read(const YAML::Node& node, const YamlPlace& place);
    /// Gives every zone and record its policy, now that all levels were read.
    void settle_policies(const AliasPolicy& server);

  private:
    struct Changes {
        PolicyChanges zone;
        std::vector<std::pair<std::string, PolicyChanges>> records;  // by owner, as given
    };

    void read_zone(const YAML::Node& node, const YamlPlace& place);
    void read_name(const YAML::Node& node, const YamlPlace& place, ZoneConfig& zone);
    void read_record(const std::string& owner, const YAML::Node& node, const YamlPlace& place,
                     Changes& changes);
    void settle_record(ZoneConfig& zone, const std::string& owner, const PolicyChanges& changes);

    YamlReader& yaml_;
    const std::filesystem::path& folder_;
    std::vector<ZoneConfig>& zones_;
    std::vector<Changes> changes_;  // one for each of zones_
    std::unordered_map<wire::Name, unsigned> lines_;
};

}  // namespace apex::control
