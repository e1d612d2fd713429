// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/zone/zone_checks.hh"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "control/config/in_quotes.hh"
#include "control/config/period.hh"
#include "control/zone/ascii.hh"
#include "control/zone/name_text.hh"

namespace apex::control {

namespace {

constexpr auto srv = static_cast<wire::RrType>(33);
constexpr auto rrsig = static_cast<wire::RrType>(46);
constexpr auto nsec3 = static_cast<wire::RrType>(50);

std::string quoted(const wire::Name& name) {
    return in_quotes(to_text(name));
}

/// The wire octets of a name without its leftmost label, which it must have.
std::string_view parent_of(std::string_view name) {
    return name.substr(1 + static_cast<unsigned char>(name[0]));
}

/// Hashed owners stand below the apex even when it has a DNAME (RFC 5155 §1.3).
bool is_denial_only(const Owner& owner) {
    return std::ranges::all_of(
        owner.rrsets, [](const Rrset& set) { return set.type == nsec3 || set.type == rrsig; });
}

/// RFC 6672 §2.4: nothing may exist below a DNAME.
Result<void> check_dnames(const Zone& zone, const std::vector<PendingCheck>& pending,
                          const Sources& sources) {
    std::unordered_set<std::string_view> dnames;
    for (const PendingCheck& set : pending) {
        if (set.type == wire::RrType::dname) dnames.insert(set.name->wire());
    }
    if (dnames.empty()) return {};

    // The first in the text, so that the message does not depend on a hash.
    const Rrset* first = nullptr;
    const wire::Name* name_of_first = nullptr;
    for (const auto& [name, owner] : zone.owners) {
        if (is_denial_only(owner)) continue;  // an empty non-terminal as well
        for (std::string_view above = name.wire(); above.size() > zone.apex.size();) {
            above = parent_of(above);
            if (!dnames.contains(above)) continue;
            const Rrset& set = *std::ranges::min_element(owner.rrsets, {}, &Rrset::place);
            if (first != nullptr && first->place <= set.place) continue;
            first = &set;
            name_of_first = &name;
        }
    }
    if (first == nullptr) return {};
    return std::unexpected(
        sources.error("owner " + quoted(*name_of_first) +
                          " is below a DNAME; nothing may be there (RFC 6672 2.4)",
                      first->place));
}

/// "192.0.2.1" or "2001:db8::1" taken for a name, with the origin behind it or not.
bool looks_like_address(std::string_view name, const wire::Name& apex) {
    const auto label = [](std::string_view labels) {
        return labels.substr(1, static_cast<unsigned char>(labels[0]));
    };
    const std::string_view first = label(name);
    const auto is_hex_or_colon = [](char c) {
        return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f') || c == ':';
    };
    if (std::ranges::count(first, ':') >= 2) return std::ranges::all_of(first, is_hex_or_colon);
    for (int i = 0; i < 4; ++i) {
        if (!parse_number(label(name), 255)) return false;
        name = parent_of(name);
    }
    const auto rest = wire::Name::from_wire(name);
    return rest->is_root() || rest->is_at_or_below(apex);
}

/// What the zone has at a name.
struct Found {
    const Owner* owner = nullptr;     ///< the name's own records, or a wildcard's; null: neither
    const wire::Name* cut = nullptr;  ///< the delegation that the name is at or below, if any
    bool redirected = false;          ///< the name is below a DNAME
};

Found find(const Zone& zone, const wire::Name& target) {
    Found found;
    wire::Name name = target;
    for (; name.size() > zone.apex.size(); name = name.parent()) {
        auto entry = zone.owners.find(name);
        if (entry == zone.owners.end()) continue;
        if (entry->second.find(wire::RrType::ns) != nullptr) found.cut = &entry->first;
        if (name == target) {
            found.owner = &entry->second;
        } else if (entry->second.find(wire::RrType::dname) != nullptr) {
            found.redirected = true;
        }
    }
    if (target == zone.apex) {
        found.owner = &zone.apex_owner();
    } else if (zone.apex_owner().find(wire::RrType::dname) != nullptr) {
        found.redirected = true;
    }
    if (found.owner != nullptr || found.redirected) return found;

    // The closest encloser, and the wildcard below it (RFC 4592 §3.3.1).
    wire::Name encloser = target.parent();
    while (!zone.owners.contains(encloser)) encloser = encloser.parent();
    if (const auto wildcard = encloser.wildcard_child()) {
        const auto entry = zone.owners.find(*wildcard);
        if (entry != zone.owners.end()) found.owner = &entry->second;
    }
    return found;
}

class TargetChecks {
  public:
    TargetChecks(const Zone& zone, wire::RrType alias_type, Warnings& warnings)
        : zone_(zone), alias_type_(alias_type), warnings_(warnings) {}

    /// Of an NS, MX or SRV RRset.
    void check(const PendingCheck& pending) {
        const std::size_t target_at = pending.type == srv                ? 6
                                      : pending.type == wire::RrType::mx ? 2
                                                                         : 0;
        const Rrset& set = *pending.owner->find(pending.type);
        for (const std::string& rdata : set.rdata) {
            const std::string_view target = std::string_view(rdata).substr(target_at);
            if (target.size() > 1) check_target(*pending.name, set, target);
        }
    }

  private:
    void check_target(const wire::Name& name, const Rrset& set, std::string_view octets) {
        if (set.type != srv && looks_like_address(octets, zone_.apex)) {
            warn(name, set, octets, " is an address; expected a host name");
            return;
        }
        const std::string_view apex = zone_.apex.wire();
        if (octets.size() < apex.size() ||
            !equals_ignoring_case(octets.substr(octets.size() - apex.size()), apex)) {
            return;
        }
        const auto target = wire::Name::from_wire(octets);
        // One look decides nearly always; a zone may be all delegations.
        const auto entry = zone_.owners.find(*target);
        const bool exists = entry != zone_.owners.end();
        if (exists && has_address(&entry->second)) return;
        if (!exists && !target->is_at_or_below(zone_.apex)) return;
        const Found found = find(zone_, *target);
        const bool is_cname =
            found.owner != nullptr && found.owner->find(wire::RrType::cname) != nullptr;
        if (is_cname || found.redirected) {
            warn(name, set, octets,
                 std::string(is_cname ? " is a CNAME" : " is below a DNAME") +
                     "; expected a name with addresses of its own (RFC " +
                     (set.type == srv ? "2782)" : "2181 10.3)"));
            return;
        }
        if (has_address(found.owner)) return;
        if (found.cut == nullptr) {
            if (found.owner != nullptr && found.owner->find(alias_type_) != nullptr) return;
            warn(name, set, octets, " has no address in the zone");
        } else if (set.type == wire::RrType::ns && *found.cut == name) {
            warn(name, set, octets, " has no address; a name below the delegation needs glue");
        }
    }

    static bool has_address(const Owner* owner) {
        return owner != nullptr && (owner->find(wire::RrType::a) != nullptr ||
                                    owner->find(wire::RrType::aaaa) != nullptr);
    }

    void warn(const wire::Name& name, const Rrset& set, std::string_view target,
              const std::string& why) {
        warnings_.add(set.place, [&] {
            return type_text(set.type, alias_type_) + " of " + quoted(name) + ": " +
                   quoted(*wire::Name::from_wire(target)) + why;
        });
    }

    const Zone& zone_;
    wire::RrType alias_type_;
    Warnings& warnings_;
};

}  // namespace

bool is_checked_later(wire::RrType type) {
    return type == wire::RrType::ns || type == wire::RrType::mx || type == srv ||
           type == wire::RrType::dname;
}

Result<void> check_zone(const Zone& zone, const std::vector<PendingCheck>& pending,
                        wire::RrType alias_type, const Sources& sources, Warnings& warnings) {
    if (auto checked = check_dnames(zone, pending, sources); !checked) return checked;
    TargetChecks targets(zone, alias_type, warnings);
    for (const PendingCheck& set : pending) {
        if (set.type != wire::RrType::dname) {
            targets.check(set);
        } else if (set.name->is_wildcard()) {
            warnings.add(set.owner->find(set.type)->place, [&set] {
                return "DNAME at the wildcard " + quoted(*set.name) +
                       " redirects what is below that name, not what it matches (RFC 6672 3.3)";
            });
        }
    }
    return {};
}

}  // namespace apex::control
