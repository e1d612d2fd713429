// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Asks libunbound for the addresses of targets, without ever blocking the
// control loop. Called by the refreshers; that thread only.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "control/alias/resolved_set.hh"
#include "control/config/config.hh"
#include "control/error.hh"

struct event_base;

namespace apex::control {

class Resolver {
  public:
    using Id = std::uint64_t;
    /// Errors say what happened, for which target and type, and who was asked.
    using Done = std::function<void(Result<ResolvedSet>)>;

    static constexpr std::size_t max_under_way = 256;
    /// After a failure another one is likely, and a silence holds its place up to the
    /// deadline: however many such there are, half of the places are for the others. However
    /// many others there are, some places are for retries.
    static constexpr std::size_t max_retries_under_way = max_under_way / 2;
    static constexpr std::size_t min_retries_under_way = max_under_way / 16;
    static constexpr std::chrono::milliseconds deadline{5000};

    /// `base` must outlive the resolver.
    Resolver(event_base* base, ResolverConfig config, const AddressLimits& addresses = {});
    /// No Done is called any more.
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    /// Calls `done` once, on a later turn of the loop, at most `deadline` after the
    /// query went out. Beyond the limits queries wait their turn in order, retries after the
    /// others, and those with fewer `failures` in a row first: whoever failed once is not to
    /// wait for all that have been silent for long. The caller bounds their number by having one
    /// at most for each target and type. `done` may call resolve() and cancel(), and must not
    /// destroy the resolver.
    Id resolve(const TargetKey& key, Done done, unsigned failures = 0);

    /// Forgets a resolution: its Done is not called. An id that is done is ignored.
    void cancel(Id id);

    /// Answers that failed DNSSEC validation, since the start.
    std::uint64_t bogus_count() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apex::control
