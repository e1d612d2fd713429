// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Owned names of the control plane: what is a name, and how names relate.
#include "dataplane/wire/name.hh"

#include <gtest/gtest.h>

#include "tests/packet/message.hh"
#include "tests/packet/octets.hh"

namespace apex::wire {
namespace {

using test::name_of;
using test::octet;
using test::wire_name;

std::string labels_of(std::size_t size, unsigned count) {
    std::string name;
    for (unsigned n = 0; n < count; ++n) {
        name += octet(static_cast<unsigned>(size)) + std::string(size, 'a');
    }
    return name;
}

TEST(NameLength, TakesTheFirstNameOfTheBytes) {
    EXPECT_EQ(name_length(std::string(1, '\0')), 1U);
    EXPECT_EQ(name_length(wire_name("www.example.com")), 17U);
    EXPECT_EQ(name_length(wire_name("a") + "rest"), 3U);
}

TEST(NameLength, NoNameIsZero) {
    EXPECT_EQ(name_length(""), 0U);
    EXPECT_EQ(name_length("\x03www"), 0U) << "no root label";
    EXPECT_EQ(name_length("\x05www"), 0U) << "label past the end";
    EXPECT_EQ(name_length(octet(64) + std::string(64, 'a') + octet(0)), 0U) << "label of 64";
    EXPECT_EQ(name_length(octet(0xc0) + octet(12)), 0U) << "compression pointer";
    const std::string longest = labels_of(63, 3) + labels_of(61, 1);
    EXPECT_EQ(name_length(longest + octet(0)), 255U);
    EXPECT_EQ(name_length(labels_of(63, 3) + labels_of(62, 1) + octet(0)), 0U) << "256 octets";
}

TEST(Name, FromWireWantsExactlyOneName) {
    EXPECT_FALSE(Name::from_wire(""));
    EXPECT_FALSE(Name::from_wire(wire_name("a") + "x"));
    EXPECT_FALSE(Name::from_wire("\x01"));
    ASSERT_TRUE(Name::from_wire(wire_name("a")));
    EXPECT_EQ(Name(), *Name::from_wire(octet(0)));
    EXPECT_TRUE(Name().is_root());
}

TEST(Name, FoldsAsciiLettersOnly) {
    const std::string bytes = octet(6) + "AZ@[" + octet(0xc1) + octet(0) + octet(0);
    const auto name = Name::from_wire(bytes);
    ASSERT_TRUE(name);
    EXPECT_EQ(name->wire(), octet(6) + "az@[" + octet(0xc1) + octet(0) + octet(0));
}

TEST(Name, CountsLabelsAndClimbs) {
    EXPECT_EQ(Name().label_count(), 0U);
    EXPECT_EQ(name_of("www.example.com").label_count(), 3U);
    EXPECT_EQ(Name::from_wire(labels_of(1, 127) + octet(0))->label_count(), 127U);
    EXPECT_EQ(name_of("www.example.com").parent(), name_of("example.com"));
    EXPECT_EQ(name_of("com").parent(), Name());
    EXPECT_EQ(Name().parent(), Name());
}

TEST(Name, IsAtOrBelowGoesByLabels) {
    const Name apex = name_of("example.com");
    EXPECT_TRUE(apex.is_at_or_below(apex));
    EXPECT_TRUE(name_of("a.b.example.com").is_at_or_below(apex));
    EXPECT_TRUE(apex.is_at_or_below(Name()));
    EXPECT_TRUE(Name().is_at_or_below(Name()));
    EXPECT_FALSE(name_of("com").is_at_or_below(apex));
    EXPECT_FALSE(name_of("notexample.com").is_at_or_below(apex));
    EXPECT_FALSE(name_of("example.org").is_at_or_below(apex));
    // Ends in the octets of example.com's wire form, inside one label.
    const std::string trap = octet(12) + wire_name("example.com").substr(0, 12) + octet(0);
    EXPECT_FALSE(Name::from_wire(trap)->is_at_or_below(apex));
}

TEST(Name, WildcardChildStopsAt255) {
    EXPECT_EQ(name_of("example.com").wildcard_child()->wire(), wire_name("*.example.com"));
    const auto of_253 = Name::from_wire(labels_of(63, 3) + labels_of(59, 1) + octet(0));
    EXPECT_EQ(of_253->wildcard_child()->size(), 255U);
    const auto of_254 = Name::from_wire(labels_of(63, 3) + labels_of(60, 1) + octet(0));
    EXPECT_FALSE(of_254->wildcard_child());
}

}  // namespace
}  // namespace apex::wire
