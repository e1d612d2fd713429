// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/zone/zone_reader.hh"

#include <algorithm>
#include <string>

#include "control/config/in_quotes.hh"
#include "control/config/read_file.hh"
#include "control/zone/ascii.hh"
#include "control/zone/generate.hh"

namespace apex::control {

namespace {

constexpr std::size_t octets_per_owner = 32;  // of text; an estimate to size the table with

bool is_directive(const Entry& entry, std::string_view name) {
    return !entry.blank_start && !entry.tokens[0].quoted &&
           equals_ignoring_case(entry.tokens[0].text, name);
}

/// A file name as a zone writes it: "\" takes the next character as it is.
std::string file_name(std::string_view text) {
    std::string name;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\') ++i;
        name += text[i];
    }
    return name;
}

}  // namespace

ZoneReader::ZoneReader(const ZoneConfig& config, wire::RrType alias_type, bool may_include,
                       std::string_view text)
    : sources_(config.file),
      parser_(config.name, alias_type),
      builder_(config, alias_type, sources_, text.size() / octets_per_owner),
      text_(text),
      text_left_(max_text),
      may_include_(may_include) {}

Result<Zone> ZoneReader::read() {
    text_left_ -= std::min(text_left_, text_.size());
    if (auto done = read_text(text_); !done) return std::unexpected(std::move(done.error()));
    return builder_.finish();
}

Result<void> ZoneReader::read_text(std::string_view text) {
    EntryReader reader(text);
    Entry entry;
    for (;;) {
        auto more = reader.next(entry);
        if (!more) {
            const Place place = sources_.place(more.error().line);
            return std::unexpected(sources_.error(std::move(more.error().message), place));
        }
        if (!*more) return {};
        const Place place = sources_.place(entry.line);
        auto done = read_entry(entry, place);
        if (done) continue;
        if (!done.error().file.empty()) return done;
        return std::unexpected(sources_.error(std::move(done.error().message), place));
    }
}

Result<void> ZoneReader::read_entry(const Entry& entry, Place place) {
    if (is_directive(entry, "$INCLUDE")) return include(entry, place);
    if (is_directive(entry, "$GENERATE")) return generate(entry, place);
    const auto is_record = parser_.parse(entry, record_);
    if (!is_record) return std::unexpected(is_record.error());
    if (!*is_record) return {};
    return builder_.add(record_, place);
}

Result<void> ZoneReader::include(const Entry& entry, Place place) {
    if (!may_include_) return fail("$INCLUDE in text that no file holds; expected none");
    if (entry.tokens.size() != 2 && entry.tokens.size() != 3) {
        return fail("$INCLUDE has " + std::to_string(entry.tokens.size() - 1) +
                    " values; expected FILE [ORIGIN]");
    }
    const std::string name = file_name(entry.tokens[1].text);
    const std::filesystem::path file = sources_.current().parent_path() / name;
    const auto cannot = [&](const std::string& why) {
        return fail("cannot include " + in_quotes(file.string()) + ": " + why);
    };
    if (sources_.depth() == Sources::max_depth) {
        return cannot("more than " + std::to_string(Sources::max_depth) +
                      " files would be open, one included from the other");
    }
    if (sources_.is_open(file)) return cannot("it is being read, so it would include itself");
    const auto text = read_file(file, text_left_);
    if (!text) return cannot(text.error().message);
    text_left_ -= text->size();

    auto saved = parser_.enter(entry.tokens.size() == 3 ? &entry.tokens[2] : nullptr, record_);
    if (!saved) return std::unexpected(std::move(saved.error()));
    sources_.enter(file, place);
    if (auto done = read_text(*text); !done) return done;
    sources_.leave();
    parser_.leave(std::move(*saved), record_);
    return {};
}

Result<void> ZoneReader::generate(const Entry& entry, Place place) {
    auto generate = Generate::parse(entry);
    if (!generate) return std::unexpected(std::move(generate.error()));
    auto saved = parser_.enter(nullptr, record_);
    if (!saved) return std::unexpected(std::move(saved.error()));
    Entry generated;
    for (std::string_view text;;) {
        const auto more = generate->next(text);
        if (!more) return std::unexpected(more.error());
        if (!*more) break;
        EntryReader reader(text);
        if (const auto read = reader.next(generated); !read) return fail(read.error().message);
        parser_.forget_owner();
        const auto parsed = parser_.parse(generated, record_);
        if (!parsed) return std::unexpected(parsed.error());
        if (auto added = builder_.add(record_, place); !added) return added;
    }
    parser_.leave(std::move(*saved), record_);
    return {};
}

}  // namespace apex::control
