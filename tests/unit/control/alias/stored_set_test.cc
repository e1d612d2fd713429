// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The text that sets are stored as: back and forth, and what is no such text.
#include "control/alias/stored_set.hh"

#include <gtest/gtest.h>

#include "tests/unit/control/alias/store_fixture.hh"

namespace apex::control {
namespace {

TEST(StoredSet, AddressesAreTextThatPeopleRead) {
    using Addresses = std::vector<std::string>;
    const Addresses four{{"\xc0\0\2\1", 4}, {"\xc0\0\2\2", 4}};
    EXPECT_EQ(addresses_text(four), "192.0.2.1 192.0.2.2");
    EXPECT_EQ(parse_addresses("192.0.2.1 192.0.2.2", wire::RrType::a), four);
    const Addresses mapped{std::string(10, '\0') + "\xff\xff\xc0" + std::string("\0\2\1", 3)};
    EXPECT_EQ(addresses_text(mapped), "::ffff:192.0.2.1");
    EXPECT_EQ(parse_addresses("::ffff:192.0.2.1", wire::RrType::aaaa), mapped);
    EXPECT_EQ(parse_addresses("", wire::RrType::a), Addresses{});
}

TEST(StoredSet, AddressesAreSortedAndEachIsThereOnce) {
    const auto read = parse_addresses("192.0.2.2 192.0.2.1 192.0.2.2", wire::RrType::a);
    ASSERT_TRUE(read);
    EXPECT_EQ(addresses_text(*read), "192.0.2.1 192.0.2.2");
}

TEST(StoredSet, OtherTextIsNoAddresses) {
    for (const char* text : {"192.0.2", "x", "192.0.2.1  192.0.2.2", " ", "2001:db8::1",
                             "192.0.2.1,192.0.2.2", "192.0.2.1\n"}) {
        EXPECT_FALSE(parse_addresses(text, wire::RrType::a)) << text;
    }
    EXPECT_FALSE(parse_addresses(std::string_view("192.0.2.1\0x", 11), wire::RrType::a));
    EXPECT_FALSE(parse_addresses("192.0.2.1", wire::RrType::aaaa));
}

TEST(StoredSet, AChainIsALineForEachHop) {
    const std::string text =
        "cdn.example.net. CNAME 300 a\\032b\\010.example.net.\n"
        "a\\032b\\010.example.net. A 40 .\n";
    const auto chain = parse_chain(text);
    ASSERT_TRUE(chain);
    ASSERT_EQ(chain->size(), 2U);
    EXPECT_EQ((*chain)[1].owner.wire(), std::string_view("\4a b\n\7example\3net\0", 18));
    EXPECT_EQ((*chain)[1].type, wire::RrType::a);
    EXPECT_EQ((*chain)[1].ttl, 40U);
    EXPECT_TRUE((*chain)[1].next.is_root());
    EXPECT_EQ(chain_text(*chain), text);
    EXPECT_EQ(parse_chain("")->size(), 0U);
}

TEST(StoredSet, OtherTextIsNoChain) {
    for (const char* text :
         {"cdn.example.net.", "cdn.example.net. TXT 1 .", "cdn.example.net. A -1 .",
          "cdn.example.net. A 4294967296 .", "cdn.example.net. A 1x .", "cdn.example.net. A 1 ",
          "cdn..example.net. A 1 .", "\n", "cdn.example.net. A 1 . .\n"}) {
        EXPECT_FALSE(parse_chain(text)) << text;
    }
}

TEST(StoredSet, OnlyAddressTypesHaveSets) {
    EXPECT_EQ(parse_address_type("AAAA"), wire::RrType::aaaa);
    EXPECT_EQ(address_type_text(wire::RrType::a), "A");
    for (const char* text : {"CNAME", "", "a", "TXT"}) EXPECT_FALSE(parse_address_type(text));
}

}  // namespace
}  // namespace apex::control
