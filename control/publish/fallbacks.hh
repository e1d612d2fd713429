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
    using Sources = std::array<Source, address_types.size()>;

    void note(const Follower& owner, const Sources& sources) {
        const bool is_one =
            std::ranges::any_of(sources, [](Source source) { return source != Source::targets; });
        if (is_one) {
            fallen_[owner] = sources;
        } else {
            forget(owner);
        }
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
    std::map<Follower, Sources> fallen_;
};

}  // namespace apex::control
