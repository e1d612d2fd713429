// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// A worker's side of the kernel path (kernel_path.hh): what of a port's frames goes to the
// kernel, and what the kernel sends out by the port. The worker's thread but for the rings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "dataplane/answer/counters.hh"
#include "dataplane/io/frame_ring.hh"
#include "dataplane/io/rate_limit.hh"
#include "dataplane/wire/bytes.hh"

namespace apex::io {

class KernelQueue {
  public:
    static constexpr std::size_t frames = 512;  ///< under way in each direction
    static constexpr std::uint32_t burst = 64;  ///< of each kind at once

    /// `rate`: frames a second of each kind, a kind being a `punt_` verdict; `second`: what
    /// the clock of punt() counts in one. `longest`: octets of a frame.
    KernelQueue(std::uint32_t rate, std::uint64_t second, std::size_t longest)
        : to_kernel(frames, longest),
          from_kernel(frames, longest),
          limits_(answer::punt_count, RateLimit{rate, burst, second}) {}

    /// A frame whose verdict is one of the kernel's: to the slow lane or counted as lost. A flood
    /// of one kind leaves the others their rate.
    void punt(wire::Bytes frame, answer::Verdict verdict, std::uint64_t now,
              answer::Counters& counters) noexcept {
        if (!limits_[answer::punt_index(verdict)].allows(now)) {
            counters.add(answer::Verdict::punt_limited);
        } else if (!to_kernel.push(frame)) {
            counters.add(answer::Verdict::punt_full);
        }
    }

    int wake_fd = -1;       ///< ends the worker's sleep, for what came from the kernel
    FrameRing to_kernel;    ///< the worker pushes, the slow lane pops
    FrameRing from_kernel;  ///< the slow lane pushes, the worker pops

  private:
    std::vector<RateLimit> limits_;
};

}  // namespace apex::io
