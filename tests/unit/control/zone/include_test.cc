// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// $INCLUDE: which file is read, what it changes for the lines behind it, and
// what a mistake in it is called.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "control/zone/name_text.hh"
#include "control/zone/zone.hh"

namespace apex::control {
namespace {

using testing::UnorderedElementsAre;

const std::string base = "@ 60 SOA ns1 admin 7 7200 3600 1w 300\n@ 60 NS ns1.example.net.\n";

class Include : public testing::Test {
  protected:
    Include() : directory_(testing::TempDir() + "apex-include-test") {
        std::filesystem::remove_all(directory_);
        std::filesystem::create_directories(directory_ / "sub");
    }
    ~Include() override { std::filesystem::remove_all(directory_); }

    void write(const std::string& name, const std::string& text) const {
        std::ofstream(directory_ / name, std::ios::binary) << text;
    }

    Result<Zone> load(const std::string& text) const {
        write("main.zone", base + text);
        ZoneConfig config;
        config.name = *parse_name("example.com");
        config.file = directory_ / "main.zone";
        return load_zone(config, wire::RrType::alias);
    }

    /// "OWNER TYPE DATA" of every record below the apex.
    std::vector<std::string> records(const std::string& text) const {
        const auto zone = load(text);
        if (!zone) return {zone.error().to_string()};
        std::vector<std::string> lines;
        for (const auto& [name, owner] : zone->owners) {
            if (name == zone->apex) continue;
            for (const Rrset& set : owner.rrsets) {
                for (const std::string& rdata : set.rdata) {
                    lines.push_back(to_text(name) + " " + std::to_string(set.ttl) + " " +
                                    type_text(set.type, wire::RrType::alias) + " " +
                                    rdata_text(set.type, rdata, wire::RrType::alias));
                }
            }
        }
        return lines;
    }

    /// With the directory's name taken out wherever it stands.
    std::string error_of(const std::string& text) const {
        const auto zone = load(text);
        if (zone) return "no error";
        std::string message = zone.error().to_string();
        const std::string prefix = directory_.string() + "/";
        for (std::size_t at = 0; (at = message.find(prefix)) != std::string::npos;) {
            message.erase(at, prefix.size());
        }
        return message;
    }

    std::filesystem::path directory_;
};

TEST_F(Include, OriginAndOwnerComeBack) {
    write("a.zone", "$ORIGIN deep\nx 60 A 192.0.2.1\n$TTL 5\n");
    EXPECT_THAT(records("b 60 A 192.0.2.2\n$INCLUDE a.zone\n TXT after\n$include a.zone sub\nx A "
                        "192.0.2.3\n$INCLUDE a.zone sub.example.com.\n TXT more"),
                UnorderedElementsAre(
                    "b.example.com. 60 A 192.0.2.2", "b.example.com. 5 TXT \"after\"",
                    "x.deep.example.com. 60 A 192.0.2.1", "x.deep.sub.example.com. 60 A 192.0.2.1",
                    "x.example.com. 5 A 192.0.2.3", "x.example.com. 5 TXT \"more\""));
}

TEST_F(Include, FilesAreRelativeToTheIncluder) {
    write("sub/a.zone", "$INCLUDE b.zone\n$INCLUDE ../c.zone");
    write("sub/b.zone", "b 60 A 192.0.2.1");
    write("c.zone", "c 60 A 192.0.2.1");
    write("a file\"s.zone", "d 60 A 192.0.2.1");
    EXPECT_THAT(
        records("$INCLUDE sub/a.zone\n$INCLUDE \"a file\\\"s.zone\" e ; quoted\n$INCLUDE " +
                directory_.string() + "/c.zone f\n"),
        UnorderedElementsAre("b.example.com. 60 A 192.0.2.1", "c.example.com. 60 A 192.0.2.1",
                             "d.e.example.com. 60 A 192.0.2.1", "c.f.example.com. 60 A 192.0.2.1"));
}

TEST_F(Include, ErrorsNameFileLineAndIncluder) {
    write("a.zone", "x 60 A 192.0.2.1\n\n$INCLUDE sub/b.zone\n");
    write("sub/b.zone", "y 60 A 192.0.2.1\ny 60 A nowhere\n");
    EXPECT_EQ(error_of("$INCLUDE a.zone\n"),
              "sub/b.zone:2: \"nowhere\" is not an IPv4 address; included from a.zone:3; included "
              "from main.zone:3");
    write("sub/b.zone", "y 60 TXT \"open\n");
    EXPECT_EQ(
        error_of("$INCLUDE a.zone\n"),
        "sub/b.zone:1: a quoted string is not closed on its line; expected '\"'; included from "
        "a.zone:3; included from main.zone:3");
    write("sub/b.zone", "y 60 TXT open\n");
    EXPECT_EQ(error_of("$INCLUDE a.zone\n\nz 60 FOO\n"),
              "main.zone:5: \"FOO\" is not a record type; expected one such as A or TYPE65401");
    write("sub/b.zone", " 60 TXT open\n");
    EXPECT_EQ(error_of("$INCLUDE a.zone\n\nz 60 FOO\n"),
              "sub/b.zone:1: the first record has no owner; expected a name at the start of the "
              "line; included from a.zone:3; included from main.zone:3");
}

TEST_F(Include, WarningsNameTheIncludedFile) {
    write("a.zone", "\nx 50 A 192.0.2.1\n");
    const auto zone = load("x 60 A 192.0.2.2\n$INCLUDE a.zone\nx 70 A 192.0.2.3\n");
    ASSERT_TRUE(zone) << zone.error().to_string();
    ASSERT_EQ(zone->warnings.size(), 1U);
    EXPECT_EQ(zone->warnings[0].file, (directory_ / "a.zone").string());
    EXPECT_EQ(zone->warnings[0].line, 2U);
}

TEST_F(Include, WhatCannotBeIncluded) {
    EXPECT_EQ(error_of("\n$INCLUDE none.zone\n"),
              "main.zone:4: cannot include \"none.zone\": cannot open: No such file or directory");
    EXPECT_EQ(error_of("$INCLUDE sub\n"),
              "main.zone:3: cannot include \"sub\": is not a regular file; expected a text file");
    EXPECT_EQ(error_of("$INCLUDE\n"), "main.zone:3: $INCLUDE has 0 values; expected FILE [ORIGIN]");
    EXPECT_EQ(error_of("$INCLUDE a b c\n"),
              "main.zone:3: $INCLUDE has 3 values; expected FILE [ORIGIN]");
    write("a.zone", "");
    EXPECT_EQ(error_of("$INCLUDE a.zone a..b\n"),
              "main.zone:3: \"a..b\" is not a domain name: Empty label");
    EXPECT_EQ(error_of("$INCLUDE a.zone\n$INCLUDE a.zone\n"), "no error");
}

TEST_F(Include, LoopsAndDepth) {
    write("a.zone", "$INCLUDE sub/../b.zone\n");
    write("b.zone", "\n$INCLUDE ./a.zone\n");
    EXPECT_EQ(error_of("$INCLUDE a.zone\n"),
              "sub/../b.zone:2: cannot include \"sub/.././a.zone\": it is being read, so it would "
              "include itself; included from a.zone:1; included from main.zone:3");
    EXPECT_EQ(error_of("$INCLUDE main.zone\n"),
              "main.zone:3: cannot include \"main.zone\": it is being read, so it would include "
              "itself");
    // The zone's own file and 15 more.
    for (int i = 1; i < 16; ++i) {
        write("n" + std::to_string(i), "$INCLUDE n" + std::to_string(i + 1) + "\n");
    }
    write("n15", "x 60 A 192.0.2.1\n");
    EXPECT_EQ(error_of("$INCLUDE n1\n"), "no error");
    write("n15", "$INCLUDE n16\n");
    EXPECT_THAT(error_of("$INCLUDE n1\n"),
                testing::StartsWith("n15:1: cannot include \"n16\": more than 16 files would be "
                                    "open, one included from the other; included from n14:1"));
}

}  // namespace
}  // namespace apex::control
