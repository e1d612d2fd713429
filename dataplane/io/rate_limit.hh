// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// How many of a kind may pass in a second, evenly but for a burst (the generic cell rate
// algorithm). One thread; no system call, the caller tells the time.
#pragma once

#include <algorithm>
#include <cstdint>

namespace apex::io {

class RateLimit {
  public:
    /// At most `rate` a second, and `burst` of them at once after a rest. `second`: how many
    /// units of time one has.
    RateLimit(std::uint32_t rate, std::uint32_t burst, std::uint64_t second)
        : step_(std::max<std::uint64_t>(1, second / rate)), slack_(step_ * (burst - 1)) {}

    /// Whether one more may pass at the time `now`, which never goes back.
    bool allows(std::uint64_t now) noexcept {
        if (due_ > now + slack_) return false;
        due_ = std::max(due_, now) + step_;
        return true;
    }

  private:
    std::uint64_t step_;
    std::uint64_t slack_;
    std::uint64_t due_ = 0;  // when the next would come if all came evenly
};

}  // namespace apex::io
