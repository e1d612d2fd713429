// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Watches what one (target, type) does for what an operator has to know: a name that
// somebody else could take over, a set that is another from one day to the next. Nothing
// is served differently for it. Fed by the engine; reads no clock; control thread only.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/alias/resolved_set.hh"
#include "dataplane/wire/address.hh"

namespace apex::control {

enum class AlarmKind : std::uint8_t {
    nxdomain,   ///< the name at the chain's end does not exist: dangling
    zone_gone,  ///< nor does its zone, which whoever registers it would have
    replaced,   ///< no address of the set before is left
    unsteady,   ///< it changes too often
    own,        ///< it leads to an address that queries are answered at here
};
inline constexpr std::array alarm_kinds{AlarmKind::nxdomain, AlarmKind::zone_gone,
                                        AlarmKind::replaced, AlarmKind::unsteady, AlarmKind::own};

/// "nxdomain", "zone-gone", "replaced", "unsteady", "own-address".
std::string_view text(AlarmKind kind);

struct Alarm {
    TargetKey key;
    AlarmKind kind{};
    std::chrono::system_clock::time_point since;
    std::string why;
};

class TargetGuard {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// `unsteady` begins with one change more than this within the period, and ends when
    /// there were at most half as many in the last one. A TTL is no change.
    static constexpr std::size_t max_changes = 10;
    static constexpr std::chrono::minutes change_period{10};
    /// `replaced` ends this long after the last time that all addresses were replaced, or
    /// when one of those that were there first is back.
    static constexpr std::chrono::minutes replaced_period{60};

    /// `own`: the addresses that queries are answered at; it must outlive the object.
    explicit TargetGuard(const std::vector<wire::IpAddress>& own) : own_addresses_(own) {}

    /// A resolution succeeded, and `published` is what is served now. `sibling` watches the
    /// target's other address type, null: nobody does. Denials are where a zone shows, so
    /// an AAAA that does not exist tells which zone an A was in (RFC 2308 §2.1, §2.2).
    void observe(const TargetKey& key, const ResolvedSet& published, const TargetGuard* sibling,
                 TimePoint now);
    /// Ends what time alone ends.
    void pass_time(TimePoint now);

    /// Why there is an alarm; nothing: there is none.
    std::optional<std::string> reason(AlarmKind kind) const;

  private:
    /// The zone that a name was seen in.
    struct KnownZone {
        wire::Name name;
        wire::Name zone;
    };
    struct Replaced {
        std::string before;
        TimePoint last;
    };

    void observe_name(const wire::Name& end, const ResolvedSet& published,
                      const TargetGuard* sibling);
    void observe_addresses(const ResolvedSet& published, TimePoint now);
    void observe_own(const ResolvedSet& published);
    std::size_t changes_since(TimePoint start) const;

    const std::vector<wire::IpAddress>& own_addresses_;
    std::optional<wire::IpAddress> own_;  ///< one of these that is published

    bool nxdomain_ = false;
    wire::Name end_;                  ///< of the chain, when nxdomain_
    std::optional<wire::Name> soa_;   ///< whose denial it is, likewise
    std::optional<KnownZone> known_;  ///< from the last answer that told, but not while zone_gone_
    bool zone_gone_ = false;

    bool is_live_ = false;   ///< the last set had addresses
    std::string last_live_;  ///< the last ones, one after the other
    std::optional<Replaced> replaced_;
    std::vector<TimePoint> changes_;  ///< the last ones, at most one more than max_changes
    bool unsteady_ = false;
};

}  // namespace apex::control
