// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What a worker does while nothing comes in: the price of an idle core against the latency of
// the first query after a while.
#pragma once

#include <chrono>
#include <cstdint>

namespace apex::io {

struct Idle {
    bool pause = true;  ///< between two looks in vain
    /// Instead, after `looks` of them in a row; 0: never. Where all ports have rx interrupts the
    /// next one ends it (rx_interrupts.hh).
    std::chrono::nanoseconds sleep{0};

    static constexpr std::uint32_t looks = 256;
};

}  // namespace apex::io
