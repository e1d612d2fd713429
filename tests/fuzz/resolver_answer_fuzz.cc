// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Any bytes as what a resolver handed back: an error on one line, or a set within its
// bounds. Entry point of libFuzzer.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "control/alias/address_policy.hh"
#include "control/alias/answer_reader.hh"
#include "control/zone/name_text.hh"

namespace {

using namespace apex;
using namespace apex::control;

constexpr AddressLimits limits{};

void require(bool holds) {
    if (!holds) std::abort();
}

void check_set(const ResolvedSet& set, const TargetKey& key) {
    const std::size_t size = key.type == wire::RrType::aaaa ? 16 : 4;
    require(set.addresses.size() <= limits.most);
    require(std::ranges::is_sorted(set.addresses));
    require(std::ranges::adjacent_find(set.addresses) == set.addresses.end());
    for (const std::string& address : set.addresses) {
        require(address.size() == size &&
                refused_address(address, limits.private_allowed) == nullptr);
    }
    require(!set.nxdomain || set.addresses.empty());
    require(set.chain.size() <= max_chain_hops + 1);
    require(set.ttl <= 0x7fffffff && (!set.addresses.empty() || set.ttl <= max_negative_ttl));
    wire::Name at = key.target;
    for (const Hop& hop : set.chain) {
        require(hop.owner == at && set.ttl <= hop.ttl);
        at = hop.next;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const wire::Name target = *parse_name("cdn.example.net");
    for (const auto type : {wire::RrType::a, wire::RrType::aaaa}) {
        const TargetKey key{target, type};
        const auto set = read_answer(key, std::span(data, size), limits);
        if (set) {
            check_set(*set, key);
        } else {
            require(!set.error().message.empty() &&
                    set.error().message.find('\n') == std::string::npos);
        }
    }
    return 0;
}
