// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/wire/name.hh"

namespace apex::wire {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

std::size_t label_octets(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]) + std::size_t{1};
}

}  // namespace

std::size_t name_length(std::string_view bytes) noexcept {
    std::size_t at = 0;
    while (at < bytes.size() && at < max_name_size) {
        const std::size_t label = label_octets(bytes, at);
        if (label == 1) return at + 1;
        if (label > 64) return 0;
        at += label;
    }
    return 0;
}

std::optional<Name> Name::from_wire(std::string_view bytes) {
    if (bytes.empty() || name_length(bytes) != bytes.size()) return std::nullopt;
    std::string lowered(bytes);
    for (char& c : lowered) c = lower(c);  // a length octet is below 'A', so it stays
    return Name(std::move(lowered));
}

unsigned Name::label_count() const {
    unsigned count = 0;
    for (std::size_t at = 0; bytes_[at] != '\0'; at += label_octets(bytes_, at)) ++count;
    return count;
}

Name Name::parent() const {
    return is_root() ? Name() : Name(bytes_.substr(label_octets(bytes_, 0)));
}

bool Name::is_at_or_below(const Name& ancestor) const {
    if (size() < ancestor.size()) return false;
    std::size_t at = 0;
    while (size() - at > ancestor.size()) at += label_octets(bytes_, at);
    return std::string_view(bytes_).substr(at) == ancestor.wire();
}

std::optional<Name> Name::wildcard_child() const {
    if (size() + 2 > max_name_size) return std::nullopt;
    return Name(std::string("\x01*", 2) + bytes_);
}

}  // namespace apex::wire
