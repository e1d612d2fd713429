// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Zone text with all that it includes to a Zone: the files, the directives that
// bring further records, and the place of each error. One a zone, on a helper thread.
#pragma once

#include <filesystem>
#include <string_view>

#include "control/error.hh"
#include "control/zone/entry_reader.hh"
#include "control/zone/record_parser.hh"
#include "control/zone/sources.hh"
#include "control/zone/zone.hh"
#include "control/zone/zone_builder.hh"

namespace apex::control {

class ZoneReader {
  public:
    /// Octets of text that one zone may have, every file as often as it is
    /// included: fewer than 2^32, so that a Place can number every line.
    static constexpr std::size_t max_text = 0xf000'0000;

    /// `text` is what stands in `config.file`. With `may_include`, $INCLUDE reads
    /// files relative to the one that it stands in.
    ZoneReader(const ZoneConfig& config, wire::RrType alias_type, bool may_include,
               std::string_view text);

    /// Call it once.
    Result<Zone> read();

  private:
    Result<void> read_text(std::string_view text);
    /// The error has neither file nor line, unless an included file is at fault.
    Result<void> read_entry(const Entry& entry, Place place);
    Result<void> include(const Entry& entry, Place place);
    Result<void> generate(const Entry& entry, Place place);

    Sources sources_;
    RecordParser parser_;
    ZoneBuilder builder_;
    Record record_;
    std::string_view text_;
    std::size_t text_left_;
    bool may_include_;
};

}  // namespace apex::control
