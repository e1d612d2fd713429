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
        {"::127.0.0.1", "loopback"},
        {"64:ff9b::127.0.0.1", "loopback"},
        {"64:ff9b:1::127.0.0.1", "loopback"},
        {"64:ff9b::224.0.0.1", "multicast"},
        {"2002:7f00:1::", "loopback"},
        {"2001:0:c000:201:0:0:80ff:fffe", "loopback"},
    };
    for (const auto& c : cases) {
        for (const bool allowed : {true, false}) {
            EXPECT_STREQ(refused_address(rdata(c.address), allowed), c.why) << c.address;
        }
    }
}

TEST(AddressPolicy, PrivateRangesToTheirEdges) {
    for (const char* address : {"10.0.0.0",
                                "10.255.255.255",
                                "172.16.0.0",
                                "172.31.255.255",
                                "192.168.0.0",
                                "192.168.255.255",
                                "169.254.0.0",
                                "169.254.255.255",
                                "100.64.0.0",
                                "100.127.255.255",
                                "fc00::",
                                "fdff::1",
                                "fe80::1",
                                "febf::1",
                                "fec0::1",
                                "feff::1",
                                "::ffff:10.0.0.1",
                                "::10.0.0.1",
                                "64:ff9b::10.0.0.1",
                                "64:ff9b:1::192.168.0.1",
                                "64:ff9b:1::192.0.2.1",
                                "64:ff9b:1:7f00:0:100::",
                                "2002:a00:1::1",
                                "2001:0:c000:201:0:0:f5ff:fffe"}) {
        EXPECT_STREQ(refused_address(rdata(address), false), "private") << address;
        EXPECT_EQ(refused_address(rdata(address), true), nullptr) << address;
    }
    for (const char* address :
         {"9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255",
          "192.169.0.0", "169.253.255.255", "169.255.0.0", "100.63.255.255", "100.128.0.0",
          "fbff::1", "fe7f::1", "::ffff:11.0.0.1", "64:ff9b::11.0.0.1", "2002:b00:1::1"}) {
        EXPECT_EQ(refused_address(rdata(address), false), nullptr) << address;
    }
}

TEST(AddressPolicy, AllowsTheRest) {
    for (const char* address :
         {"1.0.0.0", "126.255.255.255", "128.0.0.1", "223.255.255.255", "240.0.0.1",
          "255.255.255.254", "2001:db8::1", "1::", "1::1", "::ffff:192.0.2.1", "64:ff9b::192.0.2.1",
          "64:ff9c::127.0.0.1", "2003:7f00:1::", "2001:1:c000:201:0:0:80ff:fffe"}) {
        EXPECT_EQ(refused_address(rdata(address), false), nullptr) << address;
    }
}

}  // namespace
}  // namespace apex::control
