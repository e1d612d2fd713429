// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The additional section of queries: OPT found, lies refused.
#include "dataplane/wire/edns.hh"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"

namespace apex::wire {
namespace {

using test::be16;
using test::be32;
using test::make_opt;
using test::octet;
using test::OptSpec;

bool parses(const std::string& records, std::uint16_t count, Edns& edns) {
    const auto block = std::make_unique<std::uint8_t[]>(records.size());
    std::copy(records.begin(), records.end(), block.get());
    edns = {};
    return parse_additional({block.get(), records.size()}, 0, count, edns);
}

std::string option(unsigned code, const std::string& data) {
    return be16(code) + be16(static_cast<unsigned>(data.size())) + data;
}

/// A TSIG-like record with the owner given.
std::string other_record(const std::string& owner) {
    return owner + be16(250) + be16(255) + be32(0) + be16(3) + "abc";
}

TEST(Edns, ReadsTheFields) {
    Edns edns;
    ASSERT_TRUE(parses(make_opt({.udp_payload = 4096, .version = 7, .dnssec_ok = true}), 1, edns));
    EXPECT_TRUE(edns.present());
    EXPECT_TRUE(edns.dnssec_ok());
    EXPECT_EQ(edns.version(), 7);
    EXPECT_EQ(edns.udp_payload(), 4096);

    ASSERT_TRUE(parses(make_opt({.udp_payload = 0}), 1, edns));
    EXPECT_TRUE(edns.present());
    EXPECT_FALSE(edns.dnssec_ok());
    EXPECT_EQ(edns.udp_payload(), 0);
}

TEST(Edns, OnlyTheTopFlagIsDo) {
    std::string opt = make_opt({});
    test::put16(opt, 7, 0x7fff);
    Edns edns;
    ASSERT_TRUE(parses(opt, 1, edns));
    EXPECT_FALSE(edns.dnssec_ok());
}

struct EdnsCase {
    const char* description;
    std::string records;
    std::uint16_t count;
    bool valid;
    bool present;
};

std::vector<EdnsCase> edns_cases() {
    const std::string opt = make_opt({});
    const auto with = [](const std::string& options) { return make_opt({.options = options}); };
    std::string long_rdata = opt;
    test::put16(long_rdata, 9, 1);
    return {
        {"no records", "", 0, true, false},
        {"OPT alone", opt, 1, true, true},
        {"octets behind the last record", opt + "trailing", 1, true, true},
        {"OPT that the count leaves out", opt, 0, true, false},
        {"OPT before another record", opt + other_record(octet(0)), 2, true, true},
        {"OPT behind another record", other_record(octet(0)) + opt, 2, true, true},
        {"other owner: labels", other_record(test::wire_name("key.name")) + opt, 2, true, true},
        {"other owner: a pointer", other_record(be16(0xc00c)) + opt, 2, true, true},
        {"other owner: label and pointer", other_record(octet(1) + "a" + be16(0xc00c)) + opt, 2,
         true, true},
        {"two OPTs", opt + opt, 2, false, false},
        {"OPT with an owner", test::wire_name("a") + opt.substr(1), 1, false, false},
        {"OPT with a pointer for an owner", be16(0xc00c) + opt.substr(1), 1, false, false},
        {"count beyond the records", opt, 2, false, false},
        {"count without records", "", 1, false, false},
        {"four records",
         opt + other_record(octet(0)) + other_record(octet(0)) + other_record(octet(0)), 4, true,
         true},
        {"five records",
         opt + other_record(octet(0)) + other_record(octet(0)) + other_record(octet(0)) +
             other_record(octet(0)),
         5, false, false},
        {"65535 records", opt, 0xffff, false, false},
        {"RDATA past the end", long_rdata, 1, false, false},
        {"other RDATA past the end", other_record(octet(0)).substr(0, 13), 1, false, false},
        {"owner that never ends", std::string(40, '\x01'), 1, false, false},
        {"owner of a reserved type past the end", octet(0x90) + "abc", 1, false, false},
        {"owner ends in half a pointer", octet(0xc0), 1, false, false},
        {"one option", with(option(10, "12345678")), 1, true, true},
        {"two options", with(option(10, "12345678") + option(12, "")), 1, true, true},
        {"option header cut", with(be16(10) + octet(0)), 1, false, false},
        {"option longer than RDATA", with(be16(10) + be16(9) + "12345678"), 1, false, false},
        {"option leaves octets", with(option(10, "1234") + "x"), 1, false, false},
        {"option length 65535", with(be16(10) + be16(0xffff)), 1, false, false},
    };
}

TEST(Edns, Table) {
    for (const EdnsCase& c : edns_cases()) {
        Edns edns;
        EXPECT_EQ(parses(c.records, c.count, edns), c.valid) << c.description;
        if (c.valid) {
            EXPECT_EQ(edns.present(), c.present) << c.description;
        }
    }
}

TEST(Edns, EveryTruncationIsRefused) {
    const std::string opt = make_opt({.options = option(10, "12345678") + option(3, "")});
    for (std::size_t size = 0; size < opt.size(); ++size) {
        Edns edns;
        EXPECT_FALSE(parses(opt.substr(0, size), 1, edns)) << size;
    }
}

}  // namespace
}  // namespace apex::wire
