// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/config/yaml_reader.hh"

#include <yaml-cpp/depthguard.h>

#include <algorithm>

#include "control/config/edit_distance.hh"
#include "control/config/in_quotes.hh"

namespace apex::control {

namespace {

std::string_view nearest(std::string_view wrong, const std::vector<Key>& keys) {
    const std::string_view head = wrong.substr(0, 64);  // no key is near that length
    return std::ranges::min_element(keys, {},
                                    [&](const Key& key) { return edit_distance(head, key.name); })
        ->name;
}

std::string within(std::string_view section) {
    return section.empty() ? "" : " in " + in_quotes(section);
}

std::string what(const YAML::Node& node) {
    if (node.IsScalar()) return in_quotes(node.Scalar());
    if (node.IsSequence()) return node.size() == 0 ? "an empty list" : "a list";
    return node.IsMap() ? "a map" : "empty";
}

}  // namespace

unsigned line_of(const YAML::Node& node) {
    return static_cast<unsigned>(node.Mark().line) + 1;
}

void YamlReader::fail_at(unsigned line, std::string message) {
    if (!error_) error_ = Error{.message = std::move(message), .line = line};
}

void YamlReader::mismatch(const YAML::Node& node, const YamlPlace& place) {
    std::string subject = place.key.empty() ? "the document" : in_quotes(place.key);
    subject += within(place.section) + (place.in_list ? " has " : " is ");
    if (place.in_list && node.IsNull()) subject += "an item that is ";
    fail_at(node.IsScalar() ? line_of(node) : place.line,
            subject + what(node) + "; expected " + std::string(place.expected));
}

YAML::Node YamlReader::load(const std::string& text) {
    try {
        std::vector<YAML::Node> documents = YAML::LoadAll(text);
        if (documents.size() > 1) {
            fail_at(line_of(documents[1]), "a second YAML document starts; expected one");
        }
        return documents.empty() ? YAML::Node() : documents.front();
    } catch (const YAML::DeepRecursion& error) {
        fail_at(static_cast<unsigned>(error.mark.line) + 1,
                "not valid YAML: nested deeper than any apexd configuration");
    } catch (const YAML::Exception& error) {
        fail_at(error.mark.is_null() ? 0 : static_cast<unsigned>(error.mark.line) + 1,
                "not valid YAML: " + error.msg);
    } catch (const std::exception& error) {
        fail_at(0, std::string("not valid YAML: ") + error.what());
    }
    return {};
}

void YamlReader::read_map(const YAML::Node& node, const YamlPlace& place,
                          const std::vector<Key>& keys) {
    if (!node.IsMap()) return mismatch(node, place);
    const std::string_view section = place.key;

    std::vector<unsigned> seen(keys.size(), 0);  // line of each key, 0: absent
    for (const auto& entry : node) {
        if (failed()) return;
        const unsigned line = line_of(entry.first);
        if (!entry.first.IsScalar()) {
            return fail_at(line, "a key" + within(section) + " is " + what(entry.first) +
                                     "; expected a word such as " + in_quotes(keys.front().name));
        }
        const std::string& name = entry.first.Scalar();
        const auto key = std::ranges::find(keys, name, &Key::name);
        if (key == keys.end()) {
            return fail_at(line, "unknown key " + in_quotes(name) + within(section) +
                                     "; did you mean " + in_quotes(nearest(name, keys)) + "?");
        }
        unsigned& first_line = seen[static_cast<std::size_t>(key - keys.begin())];
        if (first_line != 0) {
            return fail_at(line, "duplicate key " + in_quotes(name) + within(section) +
                                     "; it is already on line " + std::to_string(first_line));
        }
        first_line = line;
        key->read(entry.second, {section, key->name, key->expected, line});
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const Key& key = keys[i];
        if (key.presence == Presence::optional || seen[i] != 0) continue;
        fail_at(place.line, in_quotes(key.name) + " is missing" + within(section) + "; expected " +
                                std::string(key.expected));
    }
}

void YamlReader::read_entries(const YAML::Node& node, const YamlPlace& place,
                              std::string_view key_expected, const ReadEntry& read) {
    if (!node.IsMap()) return mismatch(node, place);
    for (const auto& entry : node) {
        if (failed()) return;
        const unsigned line = line_of(entry.first);
        if (!entry.first.IsScalar()) {
            return fail_at(line, "a key in " + in_quotes(place.key) + " is " + what(entry.first) +
                                     "; expected " + std::string(key_expected));
        }
        const std::string& name = entry.first.Scalar();
        read(name, entry.second, {place.key, name, place.expected, line});
    }
}

void YamlReader::read_list(const YAML::Node& node, const YamlPlace& place,
                           std::string_view item_expected, const ReadValue& read) {
    if (!node.IsSequence()) return mismatch(node, place);
    for (const auto& item : node) {
        if (failed()) return;
        // yaml-cpp marks an empty item where the next token is, and an alias
        // where its anchor is: the list's own line is nearer to the mistake.
        const unsigned line = item.IsNull() ? place.line : std::max(line_of(item), place.line);
        read(item, {place.section, place.key, item_expected, line, true});
    }
}

std::optional<std::string> YamlReader::read_text(const YAML::Node& node, const YamlPlace& place) {
    if (node.IsScalar() && !node.Scalar().empty()) return node.Scalar();
    mismatch(node, place);
    return std::nullopt;
}

}  // namespace apex::control
