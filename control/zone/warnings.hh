// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What an operator should look at in a zone that is served all the same: so many
// remarks and no more. Used by the zone builder and its checks on a helper thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "control/error.hh"
#include "control/zone/sources.hh"

namespace apex::control {

class Warnings {
  public:
    /// Warnings kept; a number tells of the others.
    static constexpr std::size_t max_kept = 100;

    bool is_full() const { return kept_.size() == max_kept; }

    /// `make_message` is called when there is room for one more.
    template <typename MakeMessage>
    void add(Place place, const MakeMessage& make_message) {
        if (is_full()) {
            ++dropped_;
        } else {
            kept_.emplace_back(place, make_message());
        }
    }

    /// In the order of their places, then how many are missing.
    std::vector<Error> take(const Sources& sources) {
        std::ranges::stable_sort(kept_, {}, &std::pair<Place, std::string>::first);
        std::vector<Error> warnings;
        warnings.reserve(kept_.size() + 1);
        for (auto& [place, message] : kept_) {
            warnings.push_back(sources.error(std::move(message), place));
        }
        if (dropped_ > 0) {
            warnings.push_back(sources.error(
                std::to_string(dropped_) + " more warnings are not shown", Place::whole_zone));
        }
        return warnings;
    }

  private:
    std::vector<std::pair<Place, std::string>> kept_;
    std::size_t dropped_ = 0;
};

}  // namespace apex::control
