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
    /// Runs until destroyed, on the CPUs of the calling thread; none when there are no paths.
    explicit SlowLane(std::vector<std::unique_ptr<KernelPath>> paths);

    const std::vector<std::unique_ptr<KernelPath>>& paths() const { return paths_; }

  private:
    void run(const std::stop_token& stop) noexcept;

    std::vector<std::unique_ptr<KernelPath>> paths_;
    std::jthread thread_;  // the last, so that it ends before the paths do
};

}  // namespace apex::io
