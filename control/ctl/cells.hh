// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Reads results of the daemon without trusting their shape, and lines them up.
// What is missing or of another type reads as "-". Called by apexctl's tables.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace apex::control {

/// The member, or null when there is none or `object` is no object.
const nlohmann::json& member(const nlohmann::json& object, std::string_view key);
/// The elements of an array member; none when it is missing or no array.
std::vector<nlohmann::json> elements(const nlohmann::json& object, std::string_view key);

/// A scalar as text without control characters; "-" for everything else.
std::string cell(const nlohmann::json& value);
std::string cell(const nlohmann::json& object, std::string_view key);
/// The scalars of an array member with `between` in between; "-" when none.
std::string joined(const nlohmann::json& object, std::string_view key,
                   std::string_view between = ", ");
/// A number of seconds as "2d 3h 4m 5s" (at most two units).
std::string duration(const nlohmann::json& object, std::string_view key);
/// "1 name", "2 names", "- names".
std::string counted(const nlohmann::json& object, std::string_view key, std::string_view one,
                    std::string_view many);

/// Control characters, which could drive a terminal, become '?'.
std::string printable(std::string_view text);

/// `state` as it is, in colour when it calls for attention.
std::string coloured(const std::string& state, bool colour);

/// Columns as wide as their widest cell. A heading that begins with '>' makes
/// its column align to the right.
class Table {
  public:
    explicit Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}
    /// As many cells as there are headings.
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    bool empty() const { return rows_.empty(); }
    /// One line a row, headings first.
    std::string text(bool colour) const;

  private:
    std::vector<std::string> headings_;
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace apex::control
