// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/publish/body_writer.hh"

#include <algorithm>

#include "dataplane/wire/rdata_names.hh"

namespace apex::control {

namespace {

// An offset must fit 14 bits even after a question longer by a whole name moved it.
constexpr std::size_t max_pointed_at = 0x3fff - wire::max_name_size;
// Comparing every name with every other is quadratic; behind so many it stops paying.
constexpr std::size_t max_known = 128;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

std::string lowered(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), lower);
    return result;
}

std::size_t label_octets(std::string_view name) {
    return static_cast<unsigned char>(name.front()) + std::size_t{1};
}

}  // namespace

BodyWriter::BodyWriter(const wire::Name& question)
    : question_(question), start_(wire::header_size + question.size() + 4) {
    std::string_view suffix = question.wire();
    std::size_t at = wire::header_size;
    const auto next = [&] {
        at += label_octets(suffix);
        suffix.remove_prefix(label_octets(suffix));
    };
    if (question.is_wildcard()) next();  // where it stands, the name asked for will stand
    while (suffix.size() > 1) {
        known_.emplace_back(suffix, static_cast<std::uint16_t>(at));
        next();
    }
}

void BodyWriter::put16(std::uint16_t value) {
    bytes_.push_back(static_cast<char>(value >> 8));
    bytes_.push_back(static_cast<char>(value & 0xff));
}

void BodyWriter::put32(std::uint32_t value) {
    put16(static_cast<std::uint16_t>(value >> 16));
    put16(static_cast<std::uint16_t>(value & 0xffff));
}

void BodyWriter::add_name(std::string_view name) {
    for (; name.size() > 1; name.remove_prefix(label_octets(name))) {
        const std::string key = lowered(name);
        const auto known = std::find_if(known_.begin(), known_.end(),
                                        [&key](const auto& entry) { return entry.first == key; });
        if (known != known_.end()) {
            pointers_.push_back(static_cast<std::uint16_t>(bytes_.size()));
            put16(static_cast<std::uint16_t>(0xc000 | known->second));
            return;
        }
        const std::size_t at = start_ + bytes_.size();
        if (at <= max_pointed_at && known_.size() < max_known) {
            known_.emplace_back(key, static_cast<std::uint16_t>(at));
        }
        bytes_.append(name.substr(0, label_octets(name)));
    }
    bytes_.push_back('\0');
}

void BodyWriter::add(const wire::Name& owner, wire::RrType type, std::uint32_t ttl,
                     std::string_view rdata) {
    if (question_.is_wildcard() && owner == question_) {
        put16(0xc000 | wire::header_size);  // the name asked for, however long it is
    } else {
        add_name(owner.wire());
    }
    put16(wire::to_int(type));
    put16(wire::class_in);
    put32(ttl);
    const std::size_t length_at = bytes_.size();
    put16(0);
    const wire::RdataNames names = wire::rdata_names(type);
    bytes_.append(rdata.substr(0, names.before));
    rdata.remove_prefix(names.before);
    for (unsigned n = 0; n < names.count; ++n) {
        const std::size_t size = wire::name_length(rdata);
        add_name(rdata.substr(0, size));
        rdata.remove_prefix(size);
    }
    bytes_.append(rdata);
    const std::size_t length = bytes_.size() - length_at - 2;
    bytes_[length_at] = static_cast<char>(length >> 8);
    bytes_[length_at + 1] = static_cast<char>(length & 0xff);
}

}  // namespace apex::control
