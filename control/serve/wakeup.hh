// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Tells a thread that waits for descriptors to end.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "control/config/fd.hh"

namespace apex::control {

class Wakeup {
  public:
    /// To be waited for until it is readable, and stays so; -1 when the system had none left.
    int fd() const { return fd_.get(); }

    /// Any thread.
    void raise() {
        const std::uint64_t one = 1;
        while (write(fd_.get(), &one, sizeof one) < 0 && errno == EINTR) {
        }
    }

  private:
    Fd fd_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
};

}  // namespace apex::control
