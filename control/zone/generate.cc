// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/zone/generate.hh"

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <optional>

#include "control/config/in_quotes.hh"
#include "control/config/period.hh"
#include "control/zone/ascii.hh"
#include "control/zone/record_parser.hh"

namespace apex::control {

namespace {

constexpr std::uint32_t largest = std::numeric_limits<std::int32_t>::max();
constexpr std::uint32_t max_width = 127;
constexpr char bad_modifier[] =
    " has a bad ${...}; expected ${OFFSET[,WIDTH[,BASE]]} with a WIDTH of at most 127 and a "
    "BASE of d, o, x, X, n or N";

/// How a `$` is to be written.
struct Format {
    std::int32_t offset = 0;
    std::uint32_t width = 0;
    char base = 'd';
};

/// A number with an optional sign.
std::optional<std::int32_t> parse_offset(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    const auto number = parse_number(text, largest);
    if (!number) return {};
    return negative ? -static_cast<std::int32_t>(*number) : static_cast<std::int32_t>(*number);
}

/// What stands between the braces.
std::optional<Format> parse_format(std::string_view text) {
    Format format;
    const std::size_t comma = text.find(',');
    const auto offset = parse_offset(text.substr(0, comma));
    if (!offset) return {};
    format.offset = *offset;
    if (comma == std::string_view::npos) return format;
    text.remove_prefix(comma + 1);
    const std::size_t second = text.find(',');
    const auto width = parse_number(text.substr(0, second), max_width);
    if (!width) return {};
    format.width = *width;
    if (second == std::string_view::npos) return format;
    text.remove_prefix(second + 1);
    if (text.size() != 1 || std::string_view("doxXnN").find(text[0]) == std::string_view::npos) {
        return {};
    }
    format.base = text[0];
    return format;
}

/// Hexadecimal digits as labels, the lowest first, at least `width` octets of
/// digits and dots. An even width ends with a dot, as with BIND.
void append_nibbles(std::string& out, std::uint32_t value, std::uint32_t width, bool upper) {
    const std::string_view digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    do {
        out += digits[value & 15];
        value >>= 4;
        if (width > 0) --width;
        if (width == 0 && value == 0) return;
        out += '.';
        if (width > 0) --width;
    } while (value != 0 || width > 0);
}

void append_number(std::string& out, std::int32_t value, const Format& format) {
    const auto bits = static_cast<std::uint32_t>(value);
    if (format.base == 'n' || format.base == 'N') {
        append_nibbles(out, bits, format.width, format.base == 'N');
        return;
    }
    std::array<char, max_width + 16> digits{};
    const auto width = static_cast<int>(format.width);
    switch (format.base) {
        case 'o':
            std::snprintf(digits.data(), digits.size(), "%0*o", width, bits);
            break;
        case 'x':
            std::snprintf(digits.data(), digits.size(), "%0*x", width, bits);
            break;
        case 'X':
            std::snprintf(digits.data(), digits.size(), "%0*X", width, bits);
            break;
        default:
            std::snprintf(digits.data(), digits.size(), "%0*d", width, value);
    }
    out += digits.data();
}

/// Appends `pattern` with `number` at each `$`.
Result<void> append_expanded(std::string& out, std::string_view pattern, std::uint32_t number) {
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const std::string_view rest = pattern.substr(i + 1);
        if (pattern[i] == '\\' && !rest.empty()) {
            out += pattern.substr(i, 2);
            ++i;
            continue;
        }
        if (pattern[i] != '$') {
            out += pattern[i];
            continue;
        }
        if (rest.starts_with('$')) {
            // The escape keeps it from being a directive at the start of the line.
            out += "\\$";
            ++i;
            continue;
        }
        Format format;
        if (rest.starts_with('{')) {
            const std::size_t end = rest.find('}');
            const auto read = end == std::string_view::npos ? std::optional<Format>()
                                                            : parse_format(rest.substr(1, end - 1));
            if (!read) return fail(in_quotes(pattern) + bad_modifier);
            format = *read;
            i += end + 1;
        }
        const std::int64_t value = std::int64_t{number} + format.offset;
        if (value > largest) {
            return fail(in_quotes(pattern) + " gives " + std::to_string(value) +
                        "; expected at most " + std::to_string(largest));
        }
        append_number(out, static_cast<std::int32_t>(value), format);
    }
    return {};
}

/// Quoted data is zone text of its own, in which `\"` is a quote.
std::string data_text(const Token& token) {
    if (!token.quoted) return std::string(token.text);
    std::string text;
    for (std::size_t i = 0; i < token.text.size(); ++i) {
        const bool escape = token.text[i] == '\\' && i + 1 < token.text.size();
        if (escape && token.text[i + 1] != '"') text += token.text[i];
        if (escape) ++i;
        text += token.text[i];
    }
    return text;
}

struct Range {
    std::uint32_t start = 0;
    std::uint32_t stop = 0;
    std::uint32_t step = 1;
};

Result<Range> parse_range(std::string_view text) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    const std::string_view ends = text.substr(0, slash);
    const std::size_t dash = std::min(ends.find('-'), ends.size());
    const std::string_view written_step =
        slash == text.size() ? std::string_view("1") : text.substr(slash + 1);
    const auto start = parse_number(ends.substr(0, dash), largest);
    const auto stop = parse_number(ends.substr(std::min(dash + 1, ends.size())), largest);
    const auto step = parse_number(written_step, largest);
    if (!start || !stop || !step || *step == 0 || *start > *stop) {
        return fail(in_quotes(text) + " is not a range; expected START-STOP[/STEP], ascending");
    }
    if ((*stop - *start) / *step >= Generate::max_records) {
        return fail(in_quotes(text) + " makes more than " + std::to_string(Generate::max_records) +
                    " records, the most of one line");
    }
    return Range{*start, *stop, *step};
}

}  // namespace

Result<Generate> Generate::parse(const Entry& entry) {
    const std::vector<Token>& tokens = entry.tokens;
    if (tokens.size() < 5 || tokens.size() > 7) {
        return fail("$GENERATE has " + std::to_string(tokens.size() - 1) +
                    " values; expected START-STOP[/STEP] OWNER [TTL] [CLASS] TYPE DATA, with DATA "
                    "of several fields in quotes");
    }
    const auto range = parse_range(tokens[1].text);
    if (!range) return std::unexpected(range.error());
    const Token& owner = tokens[2];
    if (owner.quoted || owner.text.find('"') != std::string_view::npos) {
        return fail(in_quotes(owner.text) + " is in quotes; expected an owner without them");
    }

    Generate generate;
    generate.owner_ = owner.text;
    for (std::size_t i = 3; i + 1 < tokens.size(); ++i) {
        const std::string_view text = tokens[i].text;
        const bool is_type = i + 2 == tokens.size();
        if (tokens[i].quoted || (!is_type && !is_digit(text[0]) && !is_class(text))) {
            return fail(in_quotes(text) +
                        " is neither a TTL nor a class; expected DATA of several fields in quotes");
        }
        generate.middle_ += ' ';
        generate.middle_ += text;
    }
    generate.middle_ += ' ';
    generate.data_ = data_text(tokens.back());
    generate.at_ = range->start;
    generate.stop_ = range->stop;
    generate.step_ = range->step;
    return generate;
}

Result<bool> Generate::next(std::string_view& text) {
    if (at_ > stop_) return false;
    text_.clear();
    const auto number = static_cast<std::uint32_t>(at_);
    if (auto done = append_expanded(text_, owner_, number); !done) {
        return std::unexpected(std::move(done.error()));
    }
    text_ += middle_;
    if (auto done = append_expanded(text_, data_, number); !done) {
        return std::unexpected(std::move(done.error()));
    }
    at_ += step_;
    text = text_;
    return true;
}

}  // namespace apex::control
