// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Splits zone text (RFC 1035 §5.1) into entries: lines joined by parentheses,
// comments gone, cut into tokens. Knows nothing of records. Used by the zone
// reader on a helper thread.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "control/error.hh"

namespace apex::control {

/// A piece of the zone text; escapes stand in it as written. Of a quoted string
/// the part between the quotes.
struct Token {
    std::string_view text;
    bool quoted = false;
};

struct Entry {
    unsigned line = 0;          ///< 1-based, where the entry begins
    bool blank_start = false;   ///< white space comes first: the owner is the previous one
    std::vector<Token> tokens;  ///< at least one
};

class EntryReader {
  public:
    /// Octets of text that one entry may span.
    static constexpr std::size_t max_entry_size = 1U << 20;

    /// `text` must outlive the reader and every token.
    explicit EntryReader(std::string_view text);

    /// The next entry into `entry`, whose memory is used again; false at the
    /// end. The error has a line and no file.
    Result<bool> next(Entry& entry);

  private:
    Result<void> read_quoted(Entry& entry);
    Result<void> read_word(Entry& entry);
    Result<void> skip_escape();
    void begin(Entry& entry);

    std::string_view text_;
    std::size_t at_ = 0;
    unsigned line_ = 1;
    std::size_t start_ = 0;  ///< of the entry being read
};

}  // namespace apex::control
