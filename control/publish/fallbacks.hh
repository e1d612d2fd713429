// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Which ALIAS owners answer with what is only there for want of something better: a later
// target, or their own records. The zone set notes it with what it publishes. Control thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>

#include "control/alias/flattened_set.hh"
#include "control/publish/followers.hh"

namespace apex::control {

class Fallbacks {
  public:
    /// `type` is a or aaaa.
    void note(const Follower& owner, wire::RrType type, Source source) {
        const auto found =
            source != Source::targets ? fallen_.try_emplace(owner).first : fallen_.find(owner);
        if (found == fallen_.end()) return;
        Sources& sources = found->second;
        sources[type == wire::RrType::a ? 0 : 1] = source;
        if (sources == Sources{}) fallen_.erase(found);
    }
    void forget(const Follower& owner) { fallen_.erase(owner); }

    /// Owners and types.
    std::size_t count(Source source) const {
        std::size_t all = 0;
        for (const auto& [owner, sources] : fallen_) {
            all += static_cast<std::size_t>(std::ranges::count(sources, source));
        }
        return all;
    }

  private:
    using Sources = std::array<Source, address_types.size()>;  // in the order of address_types

    std::map<Follower, Sources> fallen_;
};

}  // namespace apex::control
