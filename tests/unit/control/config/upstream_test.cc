// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/config/upstream.hh"

#include <gtest/gtest.h>

#include <utility>

namespace apex::control {
namespace {

TEST(Upstream, HasOneTextHoweverItIsSpelled) {
    const std::pair<const char*, const char*> spellings[] = {
        {"192.0.2.1", "192.0.2.1@53"},
        {"192.0.2.1@53", "192.0.2.1@53"},
        {"2001:db8:0::1@5353", "2001:db8::1@5353"},
        {"::1@65535", "::1@65535"},
    };
    for (const auto& [text, canonical] : spellings) {
        const auto upstream = Upstream::from_text(text);
        ASSERT_TRUE(upstream) << text;
        EXPECT_EQ(upstream->to_text(), canonical);
        EXPECT_EQ(Upstream::from_text(canonical), upstream);
    }
    EXPECT_NE(Upstream::from_text("192.0.2.1"), Upstream::from_text("192.0.2.1@54"));
}

TEST(Upstream, NothingElseIsTaken) {
    for (const char* bad :
         {"dns.example.net", "192.0.2.1@", "192.0.2.1@0", "192.0.2.1@65536", "192.0.2.1@53x",
          "192.0.2.1@53@53", "192.0.2.1:53", "192.0.2.1\"\n", "192.0.2.1@53\nserver:", "@53", ""}) {
        EXPECT_FALSE(Upstream::from_text(bad)) << bad;
    }
}

}  // namespace
}  // namespace apex::control
