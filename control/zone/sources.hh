// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Which line of which file a record came from, in 32 bits a record: the files of
// a zone and the order in which they were read. Used by the zone reader on a
// helper thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "control/error.hh"

namespace apex::control {

/// A line's number among all lines of a zone in reading order, those of an
/// included file where it is included; 0 is the zone as a whole.
enum class Place : std::uint32_t { whole_zone = 0 };

class Sources {
  public:
    /// Files that may be open at once, the zone's own among them.
    static constexpr std::size_t max_depth = 16;

    /// `file` is the zone's own; reading begins at its first line.
    explicit Sources(std::filesystem::path file);

    /// The lines that follow are those of `file`, from its first.
    void enter(std::filesystem::path file, Place included_at);

    /// The lines that follow are those of the includer, behind the directive.
    void leave();

    /// Of a line of the file being read; lines come in ascending order.
    Place place(unsigned line);

    /// With file and line and, for an included file, where it was included from.
    Error error(std::string message, Place place) const;

    const std::filesystem::path& current() const { return files_[open_.back()].path; }
    std::size_t depth() const { return open_.size(); }
    bool is_open(const std::filesystem::path& file) const;

  private:
    struct File {
        std::filesystem::path path;
        Place included_at;
    };
    /// Consecutive lines of one file.
    struct Stretch {
        std::uint32_t first_place;
        unsigned first_line;
        std::size_t file;
    };
    const Stretch& stretch_of(Place place) const;
    std::string position(Place place) const;

    std::vector<File> files_;
    std::vector<Stretch> stretches_;
    std::vector<std::size_t> open_;  ///< indices of files, the includer before the included
    std::uint32_t last_ = 0;         ///< the highest place given away
};

}  // namespace apex::control
