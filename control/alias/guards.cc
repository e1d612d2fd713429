// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/alias/guards.hh"

#include <algorithm>
#include <set>

#include "control/zone/name_text.hh"

namespace apex::control {

namespace {

bool share_an_address(std::string_view a, std::string_view b, std::size_t size) {
    std::set<std::string_view> in_a;
    for (std::size_t at = 0; at < a.size(); at += size) in_a.insert(a.substr(at, size));
    for (std::size_t at = 0; at < b.size(); at += size) {
        if (in_a.contains(b.substr(at, size))) return true;
    }
    return false;
}

/// A registry's zone (RFC 9499 §9), which has no hosts of its own: the root, or a top-level
/// domain as far as one label tells. What it denies two labels down or more is not a host
/// that is missing there, but in a domain that it does not delegate.
bool is_in_no_zone(const wire::Name& name, const wire::Name& soa) {
    return soa.label_count() <= 1 && name.label_count() >= soa.label_count() + 2;
}

/// `name` itself or what is above it, with one label more than `zone`.
wire::Name child_towards(wire::Name name, const wire::Name& zone) {
    while (name.label_count() > zone.label_count() + 1) name = name.parent();
    return name;
}

wire::Name end_of(const TargetKey& key, const ResolvedSet& set) {
    if (set.chain.empty()) return key.target;
    const Hop& last = set.chain.back();
    return last.type == wire::RrType::cname ? last.next : last.owner;
}

}  // namespace

std::string_view text(AlarmKind kind) {
    switch (kind) {
        case AlarmKind::nxdomain:
            return "nxdomain";
        case AlarmKind::zone_gone:
            return "zone-gone";
        case AlarmKind::replaced:
            return "replaced";
        case AlarmKind::unsteady:
            return "unsteady";
        case AlarmKind::own:
            return "own-address";
    }
    return {};
}

void TargetGuard::observe(const TargetKey& key, const ResolvedSet& published,
                          const TargetGuard* sibling, TimePoint now) {
    observe_name(end_of(key, published), published, sibling);
    observe_addresses(published, now);
    observe_own(published);
    pass_time(now);
}

/// A denial carries the SOA of the zone that should have the name (RFC 2308 §3). When that
/// is a zone above the one in which the name was seen before, the lower one is not
/// delegated any more. Addresses tell of no zone, and a restart forgets it; then there is
/// still what a registry denies.
void TargetGuard::observe_name(const wire::Name& end, const ResolvedSet& published,
                               const TargetGuard* sibling) {
    const auto knows = [&end](const std::optional<KnownZone>& known) {
        return known && known->name == end;
    };
    if (!knows(known_)) known_.reset();
    if (!known_ && sibling != nullptr && knows(sibling->known_)) known_ = sibling->known_;

    nxdomain_ = published.nxdomain && published.addresses.empty();
    soa_ = nxdomain_ ? published.zone : std::nullopt;
    end_ = nxdomain_ ? end : wire::Name();
    zone_gone_ = soa_ && (known_ ? known_->zone != *soa_ && known_->zone.is_at_or_below(*soa_)
                                 : is_in_no_zone(end, *soa_));
    if (published.zone && !zone_gone_) known_ = KnownZone{end, *published.zone};
}

void TargetGuard::observe_addresses(const ResolvedSet& published, TimePoint now) {
    const bool was_live = is_live_;
    const bool is_first = last_live_.empty();
    is_live_ = !published.addresses.empty();
    const std::string addresses = joined(published.addresses);
    const bool changed = is_live_ ? !was_live || addresses != last_live_ : was_live;
    if (changed && !(is_live_ && is_first)) {
        if (changes_.size() > max_changes) changes_.erase(changes_.begin());
        changes_.push_back(now);
        if (changes_since(now - change_period) > max_changes) unsteady_ = true;
    }
    if (!is_live_) return;
    const std::size_t size = published.addresses.front().size();
    if (replaced_ && share_an_address(replaced_->before, addresses, size)) {
        replaced_.reset();
    } else if (!is_first && !share_an_address(last_live_, addresses, size)) {
        if (!replaced_) replaced_ = Replaced{last_live_, now};
        replaced_->last = now;
    }
    last_live_ = addresses;
}

void TargetGuard::observe_own(const ResolvedSet& published) {
    const auto found = std::ranges::find_if(published.addresses, [this](const std::string& rdata) {
        return std::ranges::find(own_addresses_, wire::IpAddress::from_octets(rdata)) !=
               own_addresses_.end();
    });
    own_.reset();
    if (found != published.addresses.end()) own_ = wire::IpAddress::from_octets(*found);
}

std::size_t TargetGuard::changes_since(TimePoint start) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(changes_, [start](TimePoint change) { return change >= start; }));
}

void TargetGuard::pass_time(TimePoint now) {
    if (replaced_ && now - replaced_->last > replaced_period) replaced_.reset();
    if (changes_since(now - change_period) <= max_changes / 2) unsteady_ = false;
}

std::optional<std::string> TargetGuard::reason(AlarmKind kind) const {
    switch (kind) {
        case AlarmKind::nxdomain:
            if (!nxdomain_) return std::nullopt;
            return to_text(end_) + " does not exist" +
                   (soa_ ? ", says the zone " + to_text(*soa_) : "");
        case AlarmKind::zone_gone:
            if (!zone_gone_) return std::nullopt;
            return to_text(end_) +
                   (known_ ? " was in the zone " + to_text(known_->zone) +
                                 ", which does not exist either"
                           : " is in no zone: " + to_text(child_towards(end_, *soa_)) +
                                 " is not delegated") +
                   ", says the zone " + to_text(*soa_);
        case AlarmKind::replaced:
            if (!replaced_) return std::nullopt;
            return "none of the addresses before is left";
        case AlarmKind::unsteady:
            if (!unsteady_) return std::nullopt;
            return "more than " + std::to_string(max_changes) + " changes in " +
                   std::to_string(change_period.count()) + " minutes";
        case AlarmKind::own:
            if (!own_) return std::nullopt;
            return own_->to_text() + " is an address of this server";
    }
    return std::nullopt;
}

}  // namespace apex::control
