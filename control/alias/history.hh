// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The last sets of one (target, type), for people who ask what happened: `alias history`
// and `watch`. In memory, a few, packed, since there may be 100,000 targets. The engine
// feeds it; control thread only.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/alias/target_state.hh"

namespace apex::control {

/// A set that was published, and how it differs from the one before.
struct PublishedSet {
    std::chrono::system_clock::time_point since;
    std::vector<std::string> addresses;  ///< RDATA, sorted; none: NODATA or NXDOMAIN
    bool nxdomain = false;
    std::vector<std::string> added;    ///< of `addresses`; all of them in the first set
    std::vector<std::string> removed;  ///< of the set before
    std::uint32_t ttl = 0;             ///< seconds, as served last
    std::string resolver;              ///< who said so
};

class TargetHistory {
  public:
    static constexpr std::size_t max_sets = 16;

    /// What is published of the target has changed to the state's last good set. With the
    /// same addresses, or the same denial, only the TTL is another: the newest set has it then.
    void record(const TargetState& state);

    /// What the last record() told; when that was another TTL, nothing is added or removed.
    std::optional<PublishedSet> newest() const;
    /// At most max_sets.
    std::vector<PublishedSet> newest_first() const;

  private:
    struct Packed {
        std::chrono::system_clock::time_point since;
        std::string addresses;  ///< one after the other
        std::uint32_t ttl;
        bool nxdomain;
        std::shared_ptr<const std::string> resolver;
    };

    PublishedSet unpack(std::size_t index) const;
    std::vector<std::string> addresses_of(std::size_t index) const;

    std::vector<Packed> sets_;  ///< oldest first; one more than is shown, to compare with
    std::size_t address_size_ = 4;
    bool only_ttl_ = false;  ///< the last record() told of another TTL
};

}  // namespace apex::control
