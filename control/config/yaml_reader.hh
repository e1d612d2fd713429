// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Walks a YAML document against tables of known keys and keeps the first thing
// that is wrong with it. Used by load_config on any thread; no global state.
#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/error.hh"

namespace apex::control {

/// Which value is being read, for messages. The views outlive the reading.
struct YamlPlace {
    std::string_view section;   ///< "server"; empty at the top of the document
    std::string_view key;       ///< "port"
    std::string_view expected;  ///< "a number from 1 to 65535"
    unsigned line = 0;          ///< 1-based, of the key or the list item
    bool in_list = false;
};

using ReadValue = std::function<void(const YAML::Node&, const YamlPlace&)>;

enum class Presence { required, optional };

/// One key that a map may have, and what to do with its value.
struct Key {
    std::string_view name;
    std::string_view expected;
    Presence presence;
    ReadValue read;
};

class YamlReader {
  public:
    /// The first error of this reader; its file is left to the caller.
    const std::optional<Error>& error() const { return error_; }
    bool failed() const { return error_.has_value(); }

    /// The only document of `text`; an empty node after an error.
    YAML::Node load(const std::string& text);

    /// Calls `read` for every present key. An unknown, repeated or missing key
    /// is an error, and so is anything but a map.
    void read_map(const YAML::Node& node, const YamlPlace& place, const std::vector<Key>& keys);

    /// Calls `read` for every entry of a map whose keys are names that the operator gave:
    /// each must be text, and is passed on with its value.
    using ReadEntry = std::function<void(const std::string&, const YAML::Node&, const YamlPlace&)>;
    void read_entries(const YAML::Node& node, const YamlPlace& place, std::string_view key_expected,
                      const ReadEntry& read);

    /// Calls `read` for every item; anything but a list is an error.
    void read_list(const YAML::Node& node, const YamlPlace& place, std::string_view item_expected,
                   const ReadValue& read);

    /// The text of a scalar that is not empty; otherwise an error and nothing.
    std::optional<std::string> read_text(const YAML::Node& node, const YamlPlace& place);

    /// Says what was read at `place` and what was expected there.
    void mismatch(const YAML::Node& node, const YamlPlace& place);

    /// Keeps the error unless an earlier one is kept already.
    void fail_at(unsigned line, std::string message);

  private:
    std::optional<Error> error_;
};

/// Reads a text and stores what `parse` makes of it, or complains; `reader` and `to` must
/// outlive the reading.
template <typename T, typename Parse>
ReadValue store(YamlReader& reader, T& to, Parse parse) {
    return [&reader, &to, parse](const YAML::Node& node, const YamlPlace& place) {
        const auto text = reader.read_text(node, place);
        if (!text) return;
        const auto value = parse(*text);
        if (!value) return reader.mismatch(node, place);
        to = *value;
    };
}

/// 1-based line of a node.
unsigned line_of(const YAML::Node& node);

}  // namespace apex::control
