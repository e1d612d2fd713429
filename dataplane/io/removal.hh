// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// That a PCI device is to be taken out: the kernel asks whoever has it under vfio-pci to let go,
// and DPDK tells on a thread of its own. Made and destroyed on the main thread.
#pragma once

#include <atomic>
#include <string>

namespace apex::io {

class Removal {
  public:
    /// Listens from now on for the device that EAL knows by this name.
    explicit Removal(std::string device);
    ~Removal();
    Removal(const Removal&) = delete;
    Removal& operator=(const Removal&) = delete;

    const std::string& device() const { return device_; }
    /// Any thread. The device is let go when the process ends.
    bool is_asked() const { return is_asked_.load(std::memory_order_relaxed); }

  private:
    std::string device_;
    std::atomic<bool> is_asked_{false};
};

}  // namespace apex::io
