// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/alias/history.hh"

#include <algorithm>
#include <iterator>
#include <utility>

namespace apex::control {

void TargetHistory::record(const TargetState& state) {
    const ResolvedSet& good = *state.last_good;
    address_size_ = state.key.type == wire::RrType::aaaa ? 16 : 4;
    std::string addresses;
    for (const std::string& address : good.addresses) addresses += address;
    const Packed* last = sets_.empty() ? nullptr : &sets_.back();
    only_ttl_ = last != nullptr && last->addresses == addresses && last->nxdomain == good.nxdomain;
    if (only_ttl_) {
        sets_.back().ttl = state.served_ttl;
        return;
    }
    auto resolver = last != nullptr && *last->resolver == good.resolver
                        ? last->resolver
                        : std::make_shared<const std::string>(good.resolver);
    if (sets_.size() > max_sets) sets_.erase(sets_.begin());
    sets_.push_back({good.resolved_at, std::move(addresses), state.served_ttl, good.nxdomain,
                     std::move(resolver)});
}

std::optional<PublishedSet> TargetHistory::newest() const {
    if (sets_.empty()) return std::nullopt;
    PublishedSet set = unpack(sets_.size() - 1);
    if (only_ttl_) {
        set.added.clear();
        set.removed.clear();
    }
    return set;
}

std::vector<PublishedSet> TargetHistory::newest_first() const {
    std::vector<PublishedSet> all;
    for (std::size_t n = sets_.size(); n > 0 && all.size() < max_sets; --n) {
        all.push_back(unpack(n - 1));
    }
    return all;
}

std::vector<std::string> TargetHistory::addresses_of(std::size_t index) const {
    std::vector<std::string> addresses;
    const std::string& packed = sets_[index].addresses;
    for (std::size_t at = 0; at < packed.size(); at += address_size_) {
        addresses.push_back(packed.substr(at, address_size_));
    }
    return addresses;
}

PublishedSet TargetHistory::unpack(std::size_t index) const {
    const Packed& packed = sets_[index];
    PublishedSet set{.since = packed.since,
                     .addresses = addresses_of(index),
                     .nxdomain = packed.nxdomain,
                     .added = {},
                     .removed = {},
                     .ttl = packed.ttl,
                     .resolver = *packed.resolver};
    const auto before = index > 0 ? addresses_of(index - 1) : std::vector<std::string>{};
    std::ranges::set_difference(set.addresses, before, std::back_inserter(set.added));
    std::ranges::set_difference(before, set.addresses, std::back_inserter(set.removed));
    return set;
}

}  // namespace apex::control
