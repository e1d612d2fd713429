// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "control/ctl/cells.hh"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace apex::control {
namespace {

using nlohmann::json;

/// Columns that UTF-8 text takes: bytes that begin a character.
std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

const json& member(const json& object, std::string_view key) {
    static const json null;
    if (!object.is_object()) return null;
    const auto found = object.find(key);
    return found == object.end() ? null : *found;
}

std::vector<json> elements(const json& object, std::string_view key) {
    const json& value = member(object, key);
    return value.is_array() ? value.get<std::vector<json>>() : std::vector<json>{};
}

std::string printable(std::string_view text) {
    std::string out(text);
    for (std::size_t at = 0; at < out.size(); ++at) {
        const auto byte = static_cast<unsigned char>(out[at]);
        // U+0080 to U+009F are C2 80 to C2 9F in UTF-8.
        const bool high =
            byte == 0xC2 && at + 1 < out.size() && static_cast<unsigned char>(out[at + 1]) < 0xA0;
        if (high) {
            out.replace(at, 2, "?");
        } else if (byte < 0x20 || byte == 0x7F) {
            out[at] = '?';
        }
    }
    return out;
}

std::string cell(const json& value) {
    switch (value.type()) {
        case json::value_t::string: {
            const auto& text = value.get_ref<const std::string&>();
            return text.empty() ? "-" : printable(text);
        }
        case json::value_t::boolean:
            return value.get<bool>() ? "yes" : "no";
        case json::value_t::number_integer:
        case json::value_t::number_unsigned:
        case json::value_t::number_float:
            return value.dump();
        default:
            return "-";
    }
}

std::string cell(const json& object, std::string_view key) {
    return cell(member(object, key));
}

std::string joined(const json& object, std::string_view key, std::string_view between) {
    std::string text;
    for (const json& value : elements(object, key)) {
        if (!text.empty()) text += between;
        text += cell(value);
    }
    return text.empty() ? "-" : text;
}

std::string duration(const json& object, std::string_view key) {
    const json& value = member(object, key);
    if (!value.is_number()) return "-";
    const double given = value.get<double>();
    if (!std::isfinite(given) || std::fabs(given) > 1e15) return "-";
    const bool negative = given < 0;
    auto left = static_cast<std::uint64_t>(std::llround(std::fabs(given)));
    struct Unit {
        std::uint64_t seconds;
        char letter;
    };
    constexpr std::array units{Unit{86400, 'd'}, Unit{3600, 'h'}, Unit{60, 'm'}, Unit{1, 's'}};
    std::string text;
    int shown = 0;
    for (const Unit unit : units) {
        const std::uint64_t count = left / unit.seconds;
        left %= unit.seconds;
        if (shown == 2 || (count == 0 && shown == 0 && unit.seconds != 1)) continue;
        ++shown;
        if (count == 0 && shown > 1) continue;
        if (!text.empty()) text += ' ';
        text += std::to_string(count) + unit.letter;
    }
    return (negative ? "-" : "") + text;
}

std::string counted(const json& object, std::string_view key, std::string_view one,
                    std::string_view many) {
    const std::string number = cell(object, key);
    return number + ' ' + std::string(number == "1" ? one : many);
}

std::string coloured(const std::string& state, bool colour) {
    if (!colour) return state;
    if (state == "failed" || state == "failing" || state == "down" || state == "gone" ||
        state == "alarm") {
        return "\033[31m" + state + "\033[0m";
    }
    if (state == "stale" || state == "pending") return "\033[33m" + state + "\033[0m";
    return state;
}

std::string Table::text(bool colour) const {
    std::vector<std::size_t> widths;
    std::vector<std::string> names;
    std::vector<bool> right;
    for (const std::string& heading : headings_) {
        right.push_back(heading.starts_with('>'));
        names.push_back(right.back() ? heading.substr(1) : heading);
        widths.push_back(width(names.back()));
    }
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < widths.size(); ++i)
            widths[i] = std::max(widths[i], width(row[i]));
    }
    std::string out;
    const auto put = [&](const std::vector<std::string>& row) {
        std::string line;
        for (std::size_t i = 0; i < widths.size(); ++i) {
            const std::string gap(widths[i] - width(row[i]), ' ');
            const std::string text = coloured(row[i], colour);
            if (i > 0) line += "  ";
            line += right[i] ? gap + text : text + gap;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + '\n';
    };
    put(names);
    for (const auto& row : rows_) put(row);
    return out;
}

}  // namespace apex::control
