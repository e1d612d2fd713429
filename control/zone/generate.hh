// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// $GENERATE as BIND reads it: one line of zone text that stands for many records.
// Knows nothing of records. Used by the zone reader on a helper thread; no state
// but its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "control/error.hh"
#include "control/zone/entry_reader.hh"

namespace apex::control {

/// `$GENERATE START-STOP[/STEP] OWNER [TTL] [CLASS] TYPE DATA`, where OWNER and
/// DATA hold the number at each `$`. Errors have neither file nor line.
class Generate {
  public:
    /// Records that one line may make.
    static constexpr std::uint32_t max_records = 1U << 20;

    /// Takes the line apart; the text of its tokens must outlive the object.
    static Result<Generate> parse(const Entry& entry);

    /// The zone text of the next record, to be read before the next call; false
    /// after the last.
    Result<bool> next(std::string_view& text);

  private:
    std::string_view owner_;
    std::string middle_;  ///< TTL, class and type
    std::string data_;
    std::uint64_t at_ = 0;
    std::uint32_t stop_ = 0;
    std::uint32_t step_ = 1;
    std::string text_;
};

}  // namespace apex::control
