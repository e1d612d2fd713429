// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Files of trust anchors: what is taken from them, and what is said of bad ones.
#include "control/config/trust_anchor.hh"

#include <sys/stat.h>

#include "tests/unit/control/config/config_fixture.hh"

namespace apex::control {
namespace {

const std::string ds =
    "example.net. 3600 IN DS 31589 8 2 "
    "cde0d742d6998aa554a92d890f8184c698cfac8a26fa59875a990c03e576343c";

class TrustAnchorTest : public test::ConfigTest {
  protected:
    std::vector<std::string> anchors(const std::string& text) {
        auto read = read_trust_anchors(write(text));
        if (!read) ADD_FAILURE() << read.error().to_string();
        return read.value_or(std::vector<std::string>{});
    }
    std::string error(const std::string& text) {
        const auto read = read_trust_anchors(write(text));
        if (read) return "no error";
        return read.error().to_string().substr(directory_.string().size() + 1);
    }
};

TEST_F(TrustAnchorTest, RecordsAreTakenAndCommentsAreNot) {
    const auto read =
        anchors("; the root's\n\n" + ds + " ; a comment\n" +
                ". IN DNSKEY 257 3 8 (\n AwEAAa96jeuknZlaeSrvyAJj\n 6ZHv28hhOKkx3rLGXVaKtbtk )  "
                ";{id = 20326 (ksk)} ;;state=2 [  VALID  ]\n");
    ASSERT_EQ(read.size(), 2U);
    EXPECT_EQ(read[0].substr(0, 32), "example.net.\t3600\tIN\tDS\t31589 8 ");
    EXPECT_NE(read[1].find("DNSKEY\t257 3 8 AwEAAa96jeuknZlaeSrvyAJj"), std::string::npos);
    for (const std::string& text : read) {
        EXPECT_EQ(text.find_first_of("\n;\""), std::string::npos) << text;
    }
}

TEST_F(TrustAnchorTest, TheRootOfDebian) {
    const auto read = read_trust_anchors("/usr/share/dns/root.key");
    ASSERT_TRUE(read) << read.error().to_string();
    EXPECT_GE(read->size(), 1U);
}

TEST_F(TrustAnchorTest, WhatIsNoneIsNamed) {
    const std::string none =
        "apexd.yaml: has no record; expected DS or DNSKEY records, as in "
        "/usr/share/dns/root.key";
    EXPECT_EQ(error(""), none);
    EXPECT_EQ(error("; nothing\n\n"), none);
    EXPECT_EQ(error(ds + "\nexample.net. 5 IN A 192.0.2.1\n"),
              "apexd.yaml:2: this is no DS or DNSKEY record");
    EXPECT_EQ(error("\xff\xfe nonsense\n"), "apexd.yaml:1: this is no DS or DNSKEY record");
    EXPECT_EQ(error("exa\\\"mple.net.\" 3600 IN DS 1 8 2 cde0d742d6998aa554a92d890f8184c698cfac8a2"
                    "6fa59875a990c03e576343c\n"),
              "apexd.yaml:1: this is no DS or DNSKEY record");
    std::string many;
    for (int n = 0; n < 101; ++n) many += ds + "\n";
    EXPECT_EQ(error(many),
              "apexd.yaml: more than 100 records; expected those of the zones that validation "
              "starts at");
    EXPECT_EQ(read_trust_anchors(directory_ / "none").error().to_string(),
              (directory_ / "none").string() + ": cannot open: No such file or directory");
}

TEST_F(TrustAnchorTest, OnlyARegularFileIsRead) {
    const auto fifo = directory_ / "fifo";
    ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
    for (const auto& path : {directory_, fifo}) {
        const auto read = read_trust_anchors(path);
        ASSERT_FALSE(read);
        EXPECT_EQ(read.error().to_string(),
                  path.string() + ": is not a regular file; expected a text file");
    }
}

TEST_F(TrustAnchorTest, AConfigurationSaysWhereItsAnchorsAre) {
    std::ofstream(directory_ / "net.key") << ds << '\n';
    EXPECT_EQ(good(test::minimal + "resolver: {trust-anchor: net.key}\n").resolver.trust_anchors,
              read_trust_anchors(directory_ / "net.key").value());
    const std::string where = (directory_ / "no.key").string();
    EXPECT_EQ(bad("resolver:\n  trust-anchor: no.key\n"),
              "apexd.yaml:2: \"trust-anchor\": " + where +
                  ": cannot open: No such file or "
                  "directory");
}

}  // namespace
}  // namespace apex::control
