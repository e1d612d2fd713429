// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Which addresses are refused, by a table.
#include "control/alias/address_policy.hh"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <string>

namespace apex::control {
namespace {

std::string rdata(const char* text) {
    char octets[16];
    if (inet_pton(AF_INET, text, octets) == 1) return {octets, 4};
    EXPECT_EQ(inet_pton(AF_INET6, text, octets), 1) << text;
    return {octets, 16};
}

TEST(AddressPolicy, RefusesWhatMayNeverBePublished) {
    const struct {
        const char* address;
        const char* why;
    } cases[] = {
        {"0.0.0.0", "unspecified"},
        {"0.1.2.3", "unspecified"},
        {"127.0.0.1", "loopback"},
        {"127.255.255.254", "loopback"},
        {"224.0.0.1", "multicast"},
        {"239.255.255.255", "multicast"},
        {"255.255.255.255", "broadcast"},
        {"::", "unspecified"},
        {"::1", "loopback"},
        {"ff02::1", "multicast"},
        {"::ffff:127.0.0.1", "loopback"},
        {"::ffff:224.0.0.1", "multicast"},
        {"::ffff:0.0.0.0", "unspecified"},
    };
    for (const auto& c : cases) EXPECT_STREQ(refused_address(rdata(c.address)), c.why) << c.address;
}

TEST(AddressPolicy, AllowsTheRestPrivateRangesIncluded) {
    for (const char* address :
         {"1.0.0.0", "126.255.255.255", "128.0.0.1", "223.255.255.255", "240.0.0.1", "10.0.0.1",
          "192.168.1.1", "255.255.255.254", "2001:db8::1", "fe80::1", "fd00::1", "::2",
          "1::", "1::1", "::ffff:192.0.2.1"}) {
        EXPECT_EQ(refused_address(rdata(address)), nullptr) << address;
    }
}

}  // namespace
}  // namespace apex::control
