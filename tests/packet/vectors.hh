// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The kinds of vectors that the packet path can be tested with on this machine.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dataplane/wire/blocks.hh"

namespace apex::test {

inline std::vector<wire::Vectors> all_vectors() {
    std::vector all{wire::Vectors::blocks};
    if (wire::best_vectors() != all[0]) all.push_back(wire::best_vectors());
    return all;
}

inline std::string vectors_name(const testing::TestParamInfo<wire::Vectors>& info) {
    return info.param == wire::Vectors::lines ? "lines" : "blocks";
}

}  // namespace apex::test
