// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// One counter for each fate, and names that an operator can tell apart.
#include "dataplane/answer/counters.hh"

#include <gtest/gtest.h>

#include <set>

namespace apex::answer {
namespace {

TEST(Counters, EachVerdictHasItsOwn) {
    Counters counters;
    for (std::size_t n = 0; n < verdict_count; ++n) counters.add(Verdict(n), n + 1);
    counters.add(Verdict::refused);
    for (std::size_t n = 0; n < verdict_count; ++n) {
        const std::size_t expected = n + 1 + (Verdict(n) == Verdict::refused ? 1 : 0);
        EXPECT_EQ(counters.get(Verdict(n)), expected);
    }
}

TEST(Counters, NamesAreDistinctAndExplained) {
    std::set<std::string_view> names, helps;
    for (const VerdictText& text : verdict_texts) {
        EXPECT_TRUE(names.insert(text.name).second) << text.name;
        EXPECT_TRUE(helps.insert(text.help).second) << text.name;
        EXPECT_FALSE(text.help.empty());
    }
    EXPECT_EQ(verdict_texts[index(Verdict::drop_martian)].name, "drop_martian");
}

TEST(Counters, RepliesArePrefixedByNeitherDropNorPunt) {
    for (std::size_t n = 0; n < verdict_count; ++n) {
        const std::string_view name = verdict_texts[n].name;
        if (name.starts_with("drop_") || name.starts_with("punt_")) {
            EXPECT_FALSE(is_reply(Verdict(n))) << name;
        }
    }
    EXPECT_TRUE(is_reply(Verdict::answer));
    EXPECT_TRUE(is_reply(Verdict::truncated));
    EXPECT_FALSE(is_reply(Verdict::multi_segment));
    EXPECT_FALSE(is_reply(Verdict::tx_full));
}

}  // namespace
}  // namespace apex::answer
