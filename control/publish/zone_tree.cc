// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/publish/zone_tree.hh"

#include <algorithm>
#include <vector>

namespace apex::control {

using wire::RrType;

ZoneTree::ZoneTree(const Zone& zone) : zone_(zone) {
    for (const auto& [name, records] : zone.owners) {
        if (name.is_wildcard()) wildcard_parents_.insert(name.parent());
        has_cuts_ = has_cuts_ || is_cut(name, records) || records.find(RrType::dname) != nullptr;
    }
}

Location ZoneTree::locate(const wire::Name& name) const {
    if (!name.is_at_or_below(zone_.apex)) return {Location::Kind::outside};
    std::vector<wire::Name> path;  // from the name up to the apex
    for (wire::Name at = name; at != zone_.apex; at = at.parent()) path.push_back(at);
    path.push_back(zone_.apex);
    const wire::Name* closest = nullptr;
    for (auto at = path.rbegin(); at != path.rend(); ++at) {
        const auto found = zone_.owners.find(*at);
        if (found == zone_.owners.end()) break;
        closest = &found->first;
        const bool is_last = at + 1 == path.rend();
        const Location here{Location::Kind::exists, &found->first, &found->second};
        if (is_cut(*at, found->second))
            return {Location::Kind::delegated, here.owner, here.records};
        if (is_last) return here;
        if (found->second.find(RrType::dname) != nullptr) {
            return {Location::Kind::redirected, here.owner, here.records};
        }
    }
    if (!has_wildcard_below(*closest)) return {};
    const auto wildcard = zone_.owners.find(*closest->wildcard_child());
    return {Location::Kind::expanded, &wildcard->first, &wildcard->second};
}

const Owner* ZoneTree::data_of(const wire::Name& name) const {
    if (!name.is_at_or_below(zone_.apex)) return nullptr;
    wire::Name closest = name;
    for (; !zone_.owners.contains(closest); closest = closest.parent()) {
    }
    if (closest != name && !has_wildcard_below(closest)) return nullptr;
    return &zone_.owners.at(closest == name ? name : *closest.wildcard_child());
}

bool ZoneTree::is_published(const wire::Name& owner) const {
    const auto found = zone_.owners.find(owner);
    if (found == zone_.owners.end()) return false;
    if (!has_cuts_) return true;
    const Location place = locate(owner);
    return place.owner == &found->first;
}

}  // namespace apex::control
