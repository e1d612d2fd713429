// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Any bytes as columns of a stored set, the chain up to the first NUL and the
// addresses behind it: what is read is written as text that is read as the same. Entry
// point of libFuzzer.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "control/alias/stored_set.hh"

namespace {

using namespace apex;

void require(bool holds) {
    if (!holds) std::abort();
}

void check_addresses(std::string_view text, wire::RrType type) {
    const auto addresses = control::parse_addresses(text, type);
    if (!addresses) return;
    require(std::ranges::is_sorted(*addresses));
    for (const auto& address : *addresses) {
        require(address.size() == (type == wire::RrType::a ? 4 : 16));
    }
    require(control::parse_addresses(control::addresses_text(*addresses), type) == addresses);
}

void check_chain(std::string_view text) {
    const auto chain = control::parse_chain(text);
    if (!chain) return;
    const std::string written = control::chain_text(*chain);
    const auto again = control::parse_chain(written);
    require(again && again->size() == chain->size());
    require(control::chain_text(*again) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t end = std::min(text.find('\0'), size);
    check_chain(text.substr(0, end));
    check_chain(text);
    const std::string_view addresses = text.substr(std::min(end + 1, size));
    for (const wire::RrType type : control::address_types) check_addresses(addresses, type);
    return 0;
}
