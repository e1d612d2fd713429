// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// An owned domain name for the control plane. It is always a valid, uncompressed,
// lower-case wire-format name, so two equal names are equal byte strings.
// The packet path never uses it: it works on spans (query_name.hh).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/wire/types.hh"

namespace apex::wire {

class Name {
  public:
    /// The root name.
    Name() : bytes_(1, '\0') {}

    /// Takes uncompressed wire bytes (RFC 1035 §3.1) that must be exactly one
    /// name, root label included; lower-cases ASCII letters (RFC 4343 §2).
    /// Empty when the bytes are not such a name.
    static std::optional<Name> from_wire(std::string_view bytes);

    /// Wire octets, root label included: 1 to 255.
    std::string_view wire() const { return bytes_; }
    std::size_t size() const { return bytes_.size(); }
    bool is_root() const { return bytes_.size() == 1; }
    /// The leftmost label is an asterisk (RFC 4592 §2.1.1).
    bool is_wildcard() const { return bytes_.starts_with(std::string_view("\x01*", 2)); }

    /// Number of labels, the root label not counted: 0 to 127.
    unsigned label_count() const;

    /// The name without its leftmost label; the root's parent is the root.
    Name parent() const;

    /// True when this name is `ancestor` or lies below it.
    bool is_at_or_below(const Name& ancestor) const;

    /// "*" prepended, or nothing when that would exceed 255 octets (RFC 4592 §2.1.1).
    std::optional<Name> wildcard_child() const;

    bool operator==(const Name&) const = default;
    /// Byte order, for maps; not the canonical order of RFC 4034 §6.1.
    auto operator<=>(const Name&) const = default;

  private:
    explicit Name(std::string bytes) : bytes_(std::move(bytes)) {}
    std::string bytes_;
};

/// Octets at the start of `bytes` that form one uncompressed name, root label
/// included; 0 when there is none (a pointer, a label past the end, over 255).
std::size_t name_length(std::string_view bytes) noexcept;

}  // namespace apex::wire

template <>
struct std::hash<apex::wire::Name> {
    std::size_t operator()(const apex::wire::Name& name) const noexcept {
        return std::hash<std::string_view>{}(name.wire());
    }
};
