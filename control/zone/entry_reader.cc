// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/zone/entry_reader.hh"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace apex::control {

namespace {

enum class Kind : std::uint8_t { word, blank, newline, comment, open, close, quote, escape, nul };

constexpr std::array<Kind, 256> make_kinds() {
    std::array<Kind, 256> kinds{};
    kinds[' '] = kinds['\t'] = kinds['\r'] = Kind::blank;
    kinds['\n'] = Kind::newline;
    kinds[';'] = Kind::comment;
    kinds['('] = Kind::open;
    kinds[')'] = Kind::close;
    kinds['"'] = Kind::quote;
    kinds['\\'] = Kind::escape;
    kinds['\0'] = Kind::nul;
    return kinds;
}

Kind kind_of(char c) {
    static constexpr std::array<Kind, 256> kinds = make_kinds();
    return kinds[static_cast<unsigned char>(c)];
}

}  // namespace

EntryReader::EntryReader(std::string_view text) : text_(text) {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text_.starts_with(byte_order_mark)) at_ = byte_order_mark.size();
}

void EntryReader::begin(Entry& entry) {
    start_ = at_;
    entry.line = line_;
    entry.blank_start = at_ < text_.size() && kind_of(text_[at_]) == Kind::blank;
}

Result<bool> EntryReader::next(Entry& entry) {
    entry.tokens.clear();
    begin(entry);
    unsigned depth = 0;
    unsigned open_line = 0;
    while (at_ < text_.size()) {
        Result<void> read;
        switch (kind_of(text_[at_])) {
            case Kind::blank:
                ++at_;
                break;
            case Kind::newline:
                ++at_;
                ++line_;
                if (depth > 0) break;
                if (!entry.tokens.empty()) return true;
                begin(entry);
                break;
            case Kind::comment:
                at_ = std::min(text_.find('\n', at_), text_.size());
                break;
            case Kind::open:
                if (depth++ == 0) open_line = line_;
                ++at_;
                break;
            case Kind::close:
                if (depth-- == 0) return fail("\")\" without a \"(\" before it", {}, line_);
                ++at_;
                break;
            case Kind::quote:
                read = read_quoted(entry);
                break;
            case Kind::word:
            case Kind::escape:
            case Kind::nul:
                read = read_word(entry);
                break;
        }
        if (!read) return std::unexpected(read.error());
        if (at_ - start_ > max_entry_size && (depth > 0 || !entry.tokens.empty())) {
            return fail("an entry is longer than " + std::to_string(max_entry_size) +
                            " octets; is a \")\" missing?",
                        {}, entry.line);
        }
    }
    if (depth > 0) {
        return fail("\"(\" is never closed; expected a \")\" before the end", {}, open_line);
    }
    return !entry.tokens.empty();
}

Result<void> EntryReader::read_quoted(Entry& entry) {
    const std::size_t begin = ++at_;
    while (at_ < text_.size()) {
        switch (kind_of(text_[at_])) {
            case Kind::quote:
                entry.tokens.push_back({text_.substr(begin, at_ - begin), true});
                ++at_;
                return {};
            case Kind::newline:
                return fail("a quoted string is not closed on its line; expected '\"'", {}, line_);
            case Kind::nul:
                return fail("an octet 0 in the text; write it as \\000", {}, line_);
            case Kind::escape:
                if (auto skipped = skip_escape(); !skipped) return skipped;
                break;
            default:
                ++at_;
        }
    }
    return fail("a quoted string is not closed on its line; expected '\"'", {}, line_);
}

Result<void> EntryReader::read_word(Entry& entry) {
    const std::size_t begin = at_;
    while (at_ < text_.size()) {
        switch (kind_of(text_[at_])) {
            case Kind::word:
                ++at_;
                continue;
            case Kind::escape:
                if (auto skipped = skip_escape(); !skipped) return skipped;
                continue;
            case Kind::quote:
                // key="value" of SVCB (RFC 9460 §2.1) is one token, quotes and all.
                if (auto read = read_quoted(entry); !read) return read;
                entry.tokens.pop_back();
                continue;
            case Kind::nul:
                return fail("an octet 0 in the text; write it as \\000", {}, line_);
            default:
                break;
        }
        break;
    }
    entry.tokens.push_back({text_.substr(begin, at_ - begin), false});
    return {};
}

Result<void> EntryReader::skip_escape() {
    if (text_.size() - at_ < 2 || text_[at_ + 1] == '\n' || text_[at_ + 1] == '\r') {
        return fail("a \"\\\" ends the line; expected the character that it escapes", {}, line_);
    }
    if (text_[at_ + 1] == '\0') {
        return fail("an octet 0 in the text; write it as \\000", {}, line_);
    }
    at_ += 2;
    return {};
}

}  // namespace apex::control
