// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Addresses of both families in one form.
#include "dataplane/wire/address.hh"

#include <gtest/gtest.h>

namespace apex::wire {
namespace {

TEST(IpAddress, KeepsTheFamiliesApart) {
    const auto v4 = IpAddress::from_text("192.0.2.1");
    const auto v6 = IpAddress::from_text("2001:db8::1");
    ASSERT_TRUE(v4 && v6);
    EXPECT_TRUE(v4->is_v4());
    EXPECT_FALSE(v6->is_v4());
    EXPECT_EQ(v4->to_text(), "192.0.2.1");
    EXPECT_EQ(v6->to_text(), "2001:db8::1");
    EXPECT_EQ(v4->bytes[12], 192);
    EXPECT_EQ(v4->bytes[15], 1);
}

TEST(IpAddress, MappedFormIsTheV4Address) {
    EXPECT_EQ(IpAddress::from_text("::ffff:192.0.2.1"), IpAddress::from_text("192.0.2.1"));
}

TEST(IpAddress, RefusesWhatIsNeither) {
    for (const char* text : {"", "192.0.2", "192.0.2.256", "192.0.2.1/24", "fe80::1%eth0", "::g",
                             "example.com", " 192.0.2.1"}) {
        EXPECT_FALSE(IpAddress::from_text(text)) << text;
    }
}

}  // namespace
}  // namespace apex::wire
