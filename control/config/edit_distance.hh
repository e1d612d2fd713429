// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// How far a word is from the one that was probably meant. Any thread, no state.
#pragma once

#include <cstddef>
#include <string_view>

namespace apex::control {

/// Levenshtein distance. Takes time in proportion to the product of the lengths.
std::size_t edit_distance(std::string_view left, std::string_view right);

}  // namespace apex::control
