// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/zone/sources.hh"

#include <algorithm>
#include <utility>

namespace apex::control {

namespace {

std::uint32_t to_int(Place place) {
    return static_cast<std::uint32_t>(place);
}

}  // namespace

Sources::Sources(std::filesystem::path file) {
    enter(std::move(file), Place::whole_zone);
}

void Sources::enter(std::filesystem::path file, Place included_at) {
    open_.push_back(files_.size());
    files_.push_back({std::move(file), included_at});
    stretches_.push_back({last_ + 1, 1, open_.back()});
}

void Sources::leave() {
    const Place included_at = files_[open_.back()].included_at;
    open_.pop_back();
    const Stretch& includer = stretch_of(included_at);
    const unsigned line = includer.first_line + (to_int(included_at) - includer.first_place);
    stretches_.push_back({last_ + 1, line + 1, open_.back()});
}

Place Sources::place(unsigned line) {
    const Stretch& stretch = stretches_.back();
    const std::uint32_t place = stretch.first_place + (line - stretch.first_line);
    last_ = std::max(last_, place);
    return static_cast<Place>(place);
}

const Sources::Stretch& Sources::stretch_of(Place place) const {
    const auto after =
        std::ranges::upper_bound(stretches_, to_int(place), {}, &Stretch::first_place);
    return *std::prev(after);
}

std::string Sources::position(Place place) const {
    const Stretch& stretch = stretch_of(place);
    return files_[stretch.file].path.string() + ":" +
           std::to_string(stretch.first_line + (to_int(place) - stretch.first_place));
}

Error Sources::error(std::string message, Place place) const {
    if (place == Place::whole_zone) return {std::move(message), files_[0].path.string()};
    const Stretch& stretch = stretch_of(place);
    const File* file = &files_[stretch.file];
    Error error{std::move(message), file->path.string(),
                stretch.first_line + (to_int(place) - stretch.first_place)};
    for (; file->included_at != Place::whole_zone;
         file = &files_[stretch_of(file->included_at).file]) {
        error.message += "; included from " + position(file->included_at);
    }
    return error;
}

bool Sources::is_open(const std::filesystem::path& file) const {
    return std::ranges::any_of(open_, [&](std::size_t index) {
        std::error_code ignored;
        return std::filesystem::equivalent(files_[index].path, file, ignored);
    });
}

}  // namespace apex::control
