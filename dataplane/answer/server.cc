// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/answer/server.hh"

#include <algorithm>
#include <cstring>

#include "dataplane/wire/edns.hh"
#include "dataplane/wire/types.hh"

namespace apex::answer {

namespace {

// Names in wire form; the literal's own end is the root label.
constexpr std::string_view id_server("\2id\6server", 11);
constexpr std::string_view hostname_bind("\10hostname\4bind", 15);
constexpr std::string_view version_server("\7version\6server", 16);
constexpr std::string_view version_bind("\7version\4bind", 14);

bool is_name(const wire::QueryName& name, std::string_view wire_name) noexcept {
    return name.size() == wire_name.size() &&
           std::memcmp(name.data(), wire_name.data(), wire_name.size()) == 0;
}

}  // namespace

Server::Server(std::string_view identity, std::string_view version, AnyPolicy any) noexcept
    : any_(any), identity_(txt_record(identity)), version_(txt_record(version)) {
    identity = identity.substr(0, max_text);
    if (identity.empty()) return;
    wire::store_be16(nsid_.octets.data(), wire::nsid_option);
    wire::store_be16(nsid_.octets.data() + 2, static_cast<std::uint16_t>(identity.size()));
    std::ranges::copy(identity, nsid_.octets.begin() + 4);
    nsid_.size = 4 + identity.size();
}

Server::Record Server::txt_record(std::string_view text) noexcept {
    Record record;
    text = text.substr(0, max_text);
    if (text.empty()) return record;
    std::uint8_t* at = record.octets.data();
    wire::store_be16(at, wire::question_pointer);
    wire::store_be16(at + 2, wire::to_int(wire::RrType::txt));
    wire::store_be16(at + 4, wire::class_chaos);  // its TTL is 0
    wire::store_be16(at + 10, static_cast<std::uint16_t>(1 + text.size()));
    at[12] = static_cast<std::uint8_t>(text.size());
    std::ranges::copy(text, record.octets.begin() + 13);
    record.size = 13 + text.size();
    return record;
}

wire::Bytes Server::chaos_record(const wire::QueryName& name) const noexcept {
    if (is_name(name, id_server) || is_name(name, hostname_bind)) return identity_.bytes();
    if (is_name(name, version_server) || is_name(name, version_bind)) return version_.bytes();
    return {};
}

wire::Bytes Server::any_record() noexcept {
    // Owner, HINFO, IN, an hour, RDLENGTH, CPU "RFC8482", no OS.
    static constexpr std::array<std::uint8_t, 21> record{0xc0, wire::header_size,
                                                         0,    13,
                                                         0,    1,
                                                         0,    0,
                                                         0x0e, 0x10,
                                                         0,    9,
                                                         7,    'R',
                                                         'F',  'C',
                                                         '8',  '4',
                                                         '8',  '2',
                                                         0};
    return record;
}

}  // namespace apex::answer
