// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/config/resolver_reader.hh"

#include <algorithm>
#include <utility>
#include <vector>

#include "control/config/in_quotes.hh"
#include "control/config/trust_anchor.hh"

namespace apex::control {

namespace {

constexpr const char* list_expected = "a list of ADDRESS or ADDRESS@PORT";

ReadValue servers(YamlReader& reader, std::vector<Upstream>& to) {
    return [&reader, &to](const YAML::Node& list, const YamlPlace& place) {
        const auto add = [&reader, &to](const YAML::Node& item, const YamlPlace& at) {
            const auto text = reader.read_text(item, at);
            if (!text) return;
            const auto server = Upstream::from_text(*text);
            if (!server) return reader.mismatch(item, at);
            to.push_back(*server);
        };
        reader.read_list(list, place, "ADDRESS or ADDRESS@PORT", add);
    };
}

ReadValue anchors(YamlReader& reader, const std::filesystem::path& folder,
                  std::vector<std::string>& to) {
    return [&reader, &folder, &to](const YAML::Node& node, const YamlPlace& place) {
        const auto text = reader.read_text(node, place);
        if (!text) return;
        auto records = read_trust_anchors(folder / *text);
        if (!records) {
            return reader.fail_at(place.line, "\"trust-anchor\": " + records.error().to_string());
        }
        to = std::move(*records);
    };
}

}  // namespace

void read_resolver(YamlReader& reader, const YAML::Node& node, const YamlPlace& place,
                   const std::filesystem::path& folder, ResolverConfig& resolver) {
    using enum Presence;
    reader.read_map(node, place,
                    {{"forward", list_expected, optional, servers(reader, resolver.forward)},
                     {"confirm", list_expected, optional, servers(reader, resolver.confirm)},
                     {"trust-anchor", "a file of DS or DNSKEY records", optional,
                      anchors(reader, folder, resolver.trust_anchors)}});
    for (const Upstream& server : resolver.confirm) {
        if (std::ranges::find(resolver.forward, server) == resolver.forward.end()) continue;
        reader.fail_at(place.line, "\"confirm\" in \"resolver\" has " +
                                       in_quotes(server.to_text()) +
                                       ", which is in \"forward\" too; expected somebody else, for "
                                       "a second opinion");
    }
}

}  // namespace apex::control
