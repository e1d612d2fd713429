// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// DNS messages for tests: queries put together field by field, replies taken
// apart by code that shares nothing with the code under test.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/wire/name.hh"
#include "dataplane/wire/types.hh"

namespace apex::test {

/// "www.Example.com" to wire octets, case kept; "" is the root. No escapes.
std::string wire_name(std::string_view dotted);
wire::Name name_of(std::string_view dotted);

struct OptSpec {
    std::uint16_t udp_payload = 1232;
    std::uint8_t version = 0;
    bool dnssec_ok = false;
    std::string options{};
};
std::string make_opt(const OptSpec& opt);

struct QuerySpec {
    std::string name{};  ///< wire octets
    wire::RrType type = wire::RrType::a;
    std::optional<OptSpec> opt{};
    std::uint16_t id = 0x1234;
    std::uint16_t flags = 0x0100;  ///< RD
    std::uint16_t qclass = wire::class_in;
};
std::string make_query(const QuerySpec& spec);
/// `name` as text; with EDNS unless `opt` says otherwise.
std::string make_query(std::string_view name, wire::RrType type,
                       std::optional<OptSpec> opt = OptSpec{});

struct Record {
    std::string owner;  ///< text, "." for the root
    std::uint16_t type = 0;
    std::uint16_t rr_class = 0;
    std::uint32_t ttl = 0;
    std::string rdata;  ///< names in an SOA's as text, separated by spaces, before its numbers
};

struct Message {
    std::uint16_t id = 0;
    std::uint16_t flags = 0;
    std::string question;  ///< octets of the question section
    std::vector<Record> answer, authority, additional;
};
/// Empty unless `bytes` are exactly one well-formed message whose compression
/// pointers point backwards.
std::optional<Message> decode(std::string_view bytes);

}  // namespace apex::test
