// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/publish/body_writer.hh"

#include <algorithm>
#include <array>

#include "dataplane/wire/bytes.hh"
#include "dataplane/wire/rdata_names.hh"

namespace apex::control {

namespace {

// An offset must fit 14 bits even after a question longer by a whole name moved it, and the
// CNAMEs and DNAMEs of a chain in front of it (dataplane/answer/chain.cc).
constexpr std::size_t max_chain = 4096;
constexpr std::size_t max_pointed_at = 0x3fff - wire::max_name_size - max_chain;
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
    : question_(question), start_(wire::header_size + question.size() + 4) {}

/// Most answers have no name but the question's and need none of this.
void BodyWriter::know_question() {
    std::string_view suffix = question_.wire();
    std::size_t at = wire::header_size;
    const auto next = [&] {
        at += label_octets(suffix);
        suffix.remove_prefix(label_octets(suffix));
    };
    if (question_.is_wildcard()) next();  // where it stands, the name asked for will stand
    while (suffix.size() > 1) {
        known_.emplace_back(suffix, static_cast<std::uint16_t>(at));
        next();
    }
}

void BodyWriter::put(std::span<const std::uint8_t> octets) {
    bytes_.append(reinterpret_cast<const char*>(octets.data()), octets.size());
}

void BodyWriter::put_pointer(std::uint16_t offset) {
    std::array<std::uint8_t, wire::pointer_size> pointer{};
    wire::store_be16(pointer.data(), wire::pointer_mark | offset);
    put(pointer);
}

void BodyWriter::add_name(std::string_view name) {
    if (known_.empty()) know_question();
    for (; name.size() > 1; name.remove_prefix(label_octets(name))) {
        const std::string key = lowered(name);
        const auto known = std::find_if(known_.begin(), known_.end(),
                                        [&key](const auto& entry) { return entry.first == key; });
        if (known != known_.end()) {
            pointers_.push_back(static_cast<std::uint16_t>(bytes_.size()));
            put_pointer(known->second);
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
    if (owner == question_ && !question_.is_root()) {
        // Of a wildcard it is the name asked for, however long that is.
        if (!question_.is_wildcard()) {
            pointers_.push_back(static_cast<std::uint16_t>(bytes_.size()));
        }
        put_pointer(wire::header_size);
    } else {
        add_name(owner.wire());
    }
    std::array<std::uint8_t, wire::rr_fixed_size> fixed{};
    wire::store_be16(fixed.data(), wire::to_int(type));
    wire::store_be16(fixed.data() + 2, wire::class_in);
    wire::store_be32(fixed.data() + 4, ttl);
    put(fixed);
    const std::size_t length_at = bytes_.size() - 2;
    const wire::RdataNames names = wire::rdata_names(type);
    bytes_.append(rdata.substr(0, names.before));
    rdata.remove_prefix(names.before);
    for (unsigned n = 0; n < names.count; ++n) {
        const std::size_t size = wire::name_length(rdata);
        add_name(rdata.substr(0, size));
        rdata.remove_prefix(size);
    }
    bytes_.append(rdata);
    wire::store_be16(reinterpret_cast<std::uint8_t*>(bytes_.data()) + length_at,
                     static_cast<std::uint16_t>(bytes_.size() - length_at - 2));
}

}  // namespace apex::control
