// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// One helper thread for work that would hold the control loop up. Jobs run in the
// order given; what follows a job runs on the loop's thread. Nothing that either of
// them throws gets out: it would end the process, or cross libevent's C frames.
#pragma once

#include <functional>
#include <memory>

#include "control/error.hh"

struct event_base;

namespace apex::control {

class Background {
  public:
    /// `base` must outlive the object. Throws std::system_error when the system
    /// has no descriptor left.
    explicit Background(event_base* base);
    /// Waits for the job under way; jobs not begun, and what would follow, are dropped.
    ~Background();
    Background(const Background&) = delete;
    Background& operator=(const Background&) = delete;

    /// Starts the helper thread, once, on the CPUs that the calling thread may use
    /// now. Jobs given before wait for it. Throws std::system_error when the system
    /// has no thread left.
    void start();

    /// Runs `job` on the helper thread, then `then` on the loop with an error when the
    /// job threw. What `then` throws is logged: nobody is left who could be told.
    void run(std::function<void()> job, std::function<void(Result<void>)> then);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace apex::control
