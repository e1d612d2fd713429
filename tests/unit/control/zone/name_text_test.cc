// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// name_text: names, types and RDATA between wire and presentation form.
#include "control/zone/name_text.hh"

#include <gtest/gtest.h>

namespace apex::control {
namespace {

using namespace std::string_literals;

constexpr auto alias = wire::RrType::alias;

TEST(NameText, NamesBothWays) {
    const std::tuple<std::string, std::string, const char*> cases[] = {
        {".", "\0"s, "."},
        {"example.com", "\7example\3com\0"s, "example.com."},
        {"Example.COM.", "\7example\3com\0"s, "example.com."},
        {"a\\.b.c", "\3a.b\1c\0"s, "a\\.b.c."},
        {"\\000\\255\\ .c", "\3\0\xff \1c\0"s, "\\000\\255\\032.c."},
        {"*.a", "\1*\1a\0"s, "*.a."},
    };
    for (const auto& [text, wire, back] : cases) {
        const auto name = parse_name(text);
        ASSERT_TRUE(name) << name.error().message;
        EXPECT_EQ(name->wire(), wire);
        EXPECT_EQ(to_text(*name), back);
    }
}

TEST(NameText, BadNames) {
    const std::string label64(64, 'a');
    std::string too_long;
    for (int i = 0; i < 128; ++i) too_long += "a.";
    const std::pair<std::string, std::string> cases[] = {
        {"", "\"\" is not a domain name: Domainname length underflow (zero length)"},
        {"a..b", "\"a..b\" is not a domain name: Empty label"},
        {"..", "\"..\" is not a domain name: Empty label"},
        {label64, "\"" + label64.substr(4) + "...\" is not a domain name: Label length overflow"},
        {too_long,
         "\"" + too_long.substr(0, 60) + "...\" is not a domain name: Domainname length overflow"},
        {"a\\256", "\"a\\256\" is not a domain name: Syntax error, bad escape sequence"},
        {"a\0b"s, "\"a?b\" is not a domain name: it has an octet 0"},
    };
    for (const auto& [text, message] : cases) {
        const auto name = parse_name(text);
        ASSERT_FALSE(name) << text;
        EXPECT_EQ(name.error().to_string(), message);
    }
}

TEST(NameText, Types) {
    EXPECT_EQ(type_text(wire::RrType::a, alias), "A");
    EXPECT_EQ(type_text(wire::RrType::aaaa, alias), "AAAA");
    EXPECT_EQ(type_text(static_cast<wire::RrType>(65280), alias), "TYPE65280");
    EXPECT_EQ(type_text(alias, alias), "ALIAS");
    EXPECT_EQ(type_text(static_cast<wire::RrType>(65280), static_cast<wire::RrType>(65280)),
              "ALIAS");
    EXPECT_EQ(type_text(alias, static_cast<wire::RrType>(65280)), "TYPE65401");
}

TEST(NameText, Rdata) {
    EXPECT_EQ(rdata_text(wire::RrType::a, "\xc0\0\2\1"s, alias), "192.0.2.1");
    EXPECT_EQ(rdata_text(wire::RrType::mx, "\0\12\2mx\0"s, alias), "10 mx.");
    EXPECT_EQ(rdata_text(wire::RrType::txt, "\3a\"b\0\1\xe9"s, alias), "\"a\\\"b\" \"\" \"\\233\"");
    EXPECT_EQ(rdata_text(alias, "\3CDN\3net\0"s, alias), "cdn.net.");
    EXPECT_EQ(rdata_text(static_cast<wire::RrType>(47), "\0\0\1\x40"s, alias), ". A");
    EXPECT_EQ(rdata_text(static_cast<wire::RrType>(65280), "\xde\xad"s, alias), "\\# 2 dead");
    EXPECT_EQ(rdata_text(static_cast<wire::RrType>(65280), "", alias), "\\# 0");
}

TEST(NameText, RdataThatIsNotOfItsType) {
    EXPECT_EQ(rdata_text(wire::RrType::a, "\1\2", alias), "\\# 2 0102");
    EXPECT_EQ(rdata_text(wire::RrType::mx, "\0\12"s, alias), "\\# 2 000a");
    EXPECT_EQ(rdata_text(wire::RrType::txt, "\5ab", alias), "\\# 3 056162");
    EXPECT_EQ(rdata_text(alias, "\5ab", alias), "\\# 3 056162");
}

}  // namespace
}  // namespace apex::control
