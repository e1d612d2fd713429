// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What DPDK says: errors as text, and its log. At start, on the main thread.
#pragma once

#include <cstdint>
#include <string>

#include <rte_errno.h>
#include <rte_log.h>

namespace apex::io {

/// Of an error number, negative or not, as DPDK's functions return it.
inline std::string error_text(int error) {
    return rte_strerror(error < 0 ? -error : error);
}

/// While it lives the log of that name is silent, for what it has lines about is no trouble or
/// is told as an error of ours.
class QuietLog {
  public:
    explicit QuietLog(const char* name)
        : log_(static_cast<std::uint32_t>(rte_log_register(name))),
          level_(rte_log_get_level(log_)) {
        rte_log_set_level(log_, RTE_LOG_EMERG);
    }
    ~QuietLog() { rte_log_set_level(log_, static_cast<std::uint32_t>(level_)); }
    QuietLog(const QuietLog&) = delete;
    QuietLog& operator=(const QuietLog&) = delete;

  private:
    std::uint32_t log_;
    int level_;
};

}  // namespace apex::io
