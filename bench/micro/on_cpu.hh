// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// For benchmarks of two threads.
#pragma once

#include <sched.h>

namespace apex::bench {

/// From now on the calling thread runs there.
inline void run_on(unsigned cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}

}  // namespace apex::bench
