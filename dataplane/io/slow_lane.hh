// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The thread that moves frames between ports and the kernel. Not a worker: it may sleep, and a
// flood that keeps it busy takes nothing of a worker's time.
#pragma once

#include <memory>
#include <thread>
#include <vector>

#include "dataplane/io/kernel_path.hh"

namespace apex::io {

class SlowLane {
  public:
    /// Runs until destroyed, on the CPUs of the calling thread; not at all when every path is
    /// null. They must outlive it. The calling thread, and those that it starts, get none of the
    /// signals that net_tap raises for frames of the kernel's.
    explicit SlowLane(const std::vector<std::unique_ptr<KernelPath>>& paths);

  private:
    void run(const std::stop_token& stop) noexcept;

    std::vector<KernelPath*> paths_;
    std::jthread thread_;  // the last, so that it ends before the rest is gone
};

}  // namespace apex::io
