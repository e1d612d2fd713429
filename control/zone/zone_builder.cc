// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/zone/zone_builder.hh"

#include <algorithm>

#include "control/config/in_quotes.hh"
#include "control/zone/name_text.hh"
#include "control/zone/same_rdata.hh"

namespace apex::control {

namespace {

constexpr std::size_t record_header_size = 12;  // pointer, TYPE, CLASS, TTL, RDLENGTH
constexpr auto rrsig = static_cast<wire::RrType>(46);
constexpr auto nsec = static_cast<wire::RrType>(47);

bool is_only_one(wire::RrType type) {
    return type == wire::RrType::cname || type == wire::RrType::soa || type == wire::RrType::dname;
}

}  // namespace

ZoneBuilder::ZoneBuilder(const ZoneConfig& config, wire::RrType alias_type, const Sources& sources,
                         std::size_t expected_owners)
    : config_(config), alias_type_(alias_type), sources_(sources) {
    zone_.apex = config.name;
    zone_.file = config.file;
    zone_.owners.reserve(expected_owners);
    zone_.owners.try_emplace(zone_.apex);
}

Result<void> ZoneBuilder::add(const Record& record, Place place) {
    if (!record.same_owner) {
        if (auto entered = enter_owner(record.owner); !entered) return entered;
    }
    const auto type = flatten(record.type);
    if (!type) return std::unexpected(type.error());
    if (auto checked = check_conflicts(record, *type); !checked) return checked;
    if (*type == wire::RrType::soa && soa_place_ == Place::whole_zone) soa_place_ = place;

    auto& sets = owner_->rrsets;
    const auto found = std::ranges::find(sets, *type, &Rrset::type);
    if (found == sets.end()) {
        sets.push_back({*type, record.ttl, {}, place});
        if (is_checked_later(*type)) pending_.push_back({name_, owner_, *type});
        return add_rdata(sets.back(), record);
    }
    lower_ttl(*found, record.ttl, place);
    return add_rdata(*found, record);
}

Result<void> ZoneBuilder::enter_owner(const wire::Name& name) {
    if (!name.is_at_or_below(zone_.apex)) {
        return fail("owner " + in_quotes(to_text(name)) + " is outside the zone " +
                    in_quotes(to_text(zone_.apex)));
    }
    const auto [entry, fresh] = zone_.owners.try_emplace(name);
    name_ = &entry->first;
    owner_ = &entry->second;
    // Every ancestor up to the first that is there already. The apex always is.
    if (!fresh) return {};
    wire::Name ancestor = name.parent();
    while (zone_.owners.try_emplace(ancestor).second) ancestor = ancestor.parent();
    return {};
}

Result<wire::RrType> ZoneBuilder::flatten(wire::RrType type) const {
    if (type != wire::RrType::cname) return type;
    const bool at_apex = name_->size() == zone_.apex.size();
    if (config_.flatten == Flatten::all) return alias_type_;
    if (!at_apex) return type;
    if (config_.flatten == Flatten::apex) return alias_type_;
    return fail("CNAME at the apex " + in_quotes(to_text(zone_.apex)) +
                "; expected ALIAS, or \"flatten: apex\" in the configuration");
}

Result<void> ZoneBuilder::check_conflicts(const Record& record, wire::RrType type) const {
    const auto at_owner = [&] { return " at " + in_quotes(to_text(*name_)); };
    const bool at_apex = name_->size() == zone_.apex.size();
    const bool is_cname = type == wire::RrType::cname;
    if (is_only_one(type)) {
        const Rrset* set = owner_->find(type);
        if (set != nullptr && !is_same_rdata(type, set->rdata[0], record.rdata, alias_type_)) {
            return fail("a second " + type_text(type, alias_type_) + at_owner() +
                        "; expected only one");
        }
    }
    if (type == wire::RrType::soa && !at_apex) {
        return fail("SOA" + at_owner() + "; expected it at the apex " +
                    in_quotes(to_text(zone_.apex)));
    }
    if (type == wire::RrType::ns && !at_apex && name_->is_wildcard()) {
        return fail("NS at the wildcard " + in_quotes(to_text(*name_)) +
                    "; what it means is not defined (RFC 4592 4.2)");
    }
    const auto redirects = [this](wire::RrType other) {
        return other == wire::RrType::dname || other == alias_type_;
    };
    if (type == rrsig || type == nsec) return {};  // beside anything (RFC 4034 3, 4)
    for (const Rrset& set : owner_->rrsets) {
        if (set.type == rrsig || set.type == nsec) continue;
        if (!at_apex && ((type == wire::RrType::ns && redirects(set.type)) ||
                         (set.type == wire::RrType::ns && redirects(type)))) {
            return fail(type_text(redirects(type) ? type : set.type, alias_type_) + " beside NS" +
                        at_owner() + "; a delegation answers for all types");
        }
        const bool other_is_cname = set.type == wire::RrType::cname;
        if (is_cname == other_is_cname) continue;
        return fail("CNAME beside " + type_text(is_cname ? set.type : type, alias_type_) +
                    at_owner() + "; a CNAME allows no other data (RFC 1034 3.6.2)");
    }
    return {};
}

Result<void> ZoneBuilder::add_rdata(Rrset& set, const Record& record) {
    std::size_t size = record_header_size + record.rdata.size();
    for (const std::string& rdata : set.rdata) {
        if (is_same_rdata(set.type, rdata, record.rdata, alias_type_)) return {};
        size += record_header_size + rdata.size();
    }
    if (size > max_rrset_size) {
        return fail("the " + type_text(set.type, alias_type_) + " records of " +
                    in_quotes(to_text(*name_)) + " exceed " + std::to_string(max_rrset_size) +
                    " octets, more than a message holds");
    }
    set.rdata.push_back(record.rdata);
    ++zone_.record_count;
    return {};
}

void ZoneBuilder::lower_ttl(Rrset& set, std::uint32_t ttl, Place place) {
    if (set.ttl == ttl) return;
    const std::uint32_t other = std::max(set.ttl, ttl);
    set.ttl = std::min(set.ttl, ttl);
    // Signatures over different types share an RRset and take each their own TTL
    // (RFC 4034 §3).
    if (set.type == rrsig) return;
    if (!warnings_.is_full() && !warned_.emplace(owner_, set.type).second) return;
    warnings_.add(place, [&] {
        return "TTL " + std::to_string(ttl) + " differs from that of another " +
               type_text(set.type, alias_type_) + " record at " + in_quotes(to_text(*name_)) +
               "; the lower of " + std::to_string(set.ttl) + " and " + std::to_string(other) +
               " is served (RFC 2181 5.2)";
    });
}

Result<Zone> ZoneBuilder::finish() {
    if (soa_place_ == Place::whole_zone) {
        return std::unexpected(sources_.error(
            "no SOA record; expected one at " + in_quotes(to_text(zone_.apex)), soa_place_));
    }
    if (zone_.apex_owner().find(wire::RrType::ns) == nullptr) {
        return std::unexpected(
            sources_.error("no NS record beside this SOA; expected at least one at " +
                               in_quotes(to_text(zone_.apex)),
                           soa_place_));
    }
    if (auto checked = check_zone(zone_, pending_, alias_type_, sources_, warnings_); !checked) {
        return std::unexpected(std::move(checked.error()));
    }
    zone_.warnings = warnings_.take(sources_);
    return std::move(zone_);
}

}  // namespace apex::control
