// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Implements stored_set.hh.
#include "control/alias/stored_set.hh"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "control/zone/name_text.hh"

namespace apex::control {
namespace {

constexpr std::array<std::pair<wire::RrType, std::string_view>, 3> hop_types{{
    {wire::RrType::a, "A"},
    {wire::RrType::aaaa, "AAAA"},
    {wire::RrType::cname, "CNAME"},
}};

std::string_view hop_type_text(wire::RrType type) {
    const auto found = std::ranges::find(hop_types, type, &decltype(hop_types)::value_type::first);
    return found == hop_types.end() ? std::string_view() : found->second;
}

std::optional<wire::RrType> parse_hop_type(std::string_view text) {
    const auto found = std::ranges::find(hop_types, text, &decltype(hop_types)::value_type::second);
    if (found == hop_types.end()) return std::nullopt;
    return found->first;
}

/// What stands before the next `separator`, which goes with it.
std::string_view take(std::string_view& text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
}

std::optional<std::uint32_t> parse_ttl(std::string_view text) {
    std::uint32_t ttl = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), ttl);
    if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
    return ttl;
}

int family(wire::RrType type) {
    return type == wire::RrType::aaaa ? AF_INET6 : AF_INET;
}

}  // namespace

std::string_view address_type_text(wire::RrType type) {
    return hop_type_text(type);
}

std::string to_text(const TargetKey& key) {
    return to_text(key.target) + ' ' + std::string(address_type_text(key.type));
}

std::optional<wire::RrType> parse_address_type(std::string_view text) {
    const auto type = parse_hop_type(text);
    return type == wire::RrType::cname ? std::nullopt : type;
}

std::string addresses_text(const std::vector<std::string>& addresses) {
    std::string text;
    for (const std::string& address : addresses) {
        std::array<char, INET6_ADDRSTRLEN> one{};
        inet_ntop(address.size() == 4 ? AF_INET : AF_INET6, address.data(), one.data(), one.size());
        if (!text.empty()) text += ' ';
        text += one.data();
    }
    return text;
}

std::optional<std::vector<std::string>> parse_addresses(std::string_view text, wire::RrType type) {
    std::vector<std::string> addresses;
    while (!text.empty()) {
        std::string rdata(type == wire::RrType::aaaa ? 16 : 4, '\0');
        const std::string one(take(text, ' '));
        const bool is_whole = one.find('\0') == std::string::npos;
        if (!is_whole || inet_pton(family(type), one.c_str(), rdata.data()) != 1) {
            return std::nullopt;
        }
        addresses.push_back(std::move(rdata));
    }
    std::ranges::sort(addresses);
    const auto repeated = std::ranges::unique(addresses);
    addresses.erase(repeated.begin(), repeated.end());
    return addresses;
}

std::string chain_text(const std::vector<Hop>& chain) {
    std::string text;
    for (const Hop& hop : chain) {
        text += to_text(hop.owner) + ' ' + std::string(hop_type_text(hop.type)) + ' ' +
                std::to_string(hop.ttl) + ' ' + to_text(hop.next) + '\n';
    }
    return text;
}

std::optional<std::vector<Hop>> parse_chain(std::string_view text) {
    std::vector<Hop> chain;
    while (!text.empty()) {
        std::string_view line = take(text, '\n');
        auto owner = parse_name(take(line, ' '));
        const auto type = parse_hop_type(take(line, ' '));
        const auto ttl = parse_ttl(take(line, ' '));
        auto next = parse_name(line);
        if (!owner || !type || !ttl || !next) return std::nullopt;
        chain.push_back({std::move(*owner), *type, *ttl, std::move(*next)});
    }
    return chain;
}

}  // namespace apex::control
