// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Renders records as they will stand behind a question: names compressed against
// the question and against each other (RFC 1035 §4.1.4, RFC 3597 §4). Any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dataplane/table/node_builder.hh"
#include "dataplane/wire/name.hh"
#include "dataplane/wire/types.hh"

namespace apex::control {

class BodyWriter {
  public:
    /// `question`: the name that the question holds; it must outlive the writer. Of a
    /// wildcard: the name that is expanded there (RFC 4592 §2.2.1).
    explicit BodyWriter(const wire::Name& question);

    /// Appends one record. RDATA is uncompressed; names in it are compressed
    /// where their type allows it. `owner` must outlive the writer.
    void add(const wire::Name& owner, wire::RrType type, std::uint32_t ttl, std::string_view rdata);

    std::size_t size() const { return bytes_.size(); }
    std::string take_bytes() { return std::move(bytes_); }
    /// Where the compression pointers are (table/node.hh, fix-ups); those that mean the
    /// name that a wildcard is expanded to are not among them.
    std::vector<std::uint16_t> take_pointers() { return std::move(pointers_); }

  private:
    void know_question();
    void add_name(std::string_view name);
    void put(std::span<const std::uint8_t> octets);
    void put_pointer(std::uint16_t offset);

    const wire::Name& question_;
    std::string bytes_;
    std::vector<std::uint16_t> pointers_;
    std::size_t start_;  // offset of bytes_ in the message
    // Names that can be pointed at, lower case, and where they are in the message.
    std::vector<std::pair<std::string, std::uint16_t>> known_;
};

}  // namespace apex::control
