// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "control/ctl/cells.hh"

#include <gtest/gtest.h>

namespace apex::control {
namespace {

using nlohmann::json;

TEST(Cells, read_scalars_and_put_up_with_the_rest) {
    const json object = {
        {"text", "a"}, {"none", nullptr},      {"list", {1, "b", nullptr}},     {"yes", true},
        {"empty", ""}, {"object", {{"a", 1}}}, {"big", 18446744073709551615ULL}};
    EXPECT_EQ(cell(object, "text"), "a");
    EXPECT_EQ(cell(object, "yes"), "yes");
    EXPECT_EQ(cell(object, "big"), "18446744073709551615");
    for (const char* key : {"none", "list", "empty", "object", "missing"})
        EXPECT_EQ(cell(object, key), "-");
    EXPECT_EQ(cell(json(7), "text"), "-");
    EXPECT_EQ(joined(object, "list"), "1, b, -");
    EXPECT_EQ(joined(object, "text"), "-");
    EXPECT_TRUE(elements(object, "object").empty());
    EXPECT_EQ(counted({{"n", 1}}, "n", "name", "names"), "1 name");
    EXPECT_EQ(counted({{"n", 0}}, "n", "name", "names"), "0 names");
}

TEST(Cells, durations_have_two_units_at_most) {
    const std::pair<json, const char*> cases[] = {
        {0, "0s"},    {59, "59s"},      {60, "1m"},     {61, "1m 1s"},       {3600, "1h"},
        {3605, "1h"}, {90061, "1d 1h"}, {86400, "1d"},  {2.4, "2s"},         {-5, "-5s"},
        {1e300, "-"}, {"5", "-"},       {nullptr, "-"}, {json::array(), "-"}};
    for (const auto& [seconds, text] : cases)
        EXPECT_EQ(duration({{"s", seconds}}, "s"), text) << seconds;
}

TEST(Cells, nothing_reaches_the_terminal_that_could_drive_it) {
    EXPECT_EQ(printable("a\033[2Jb\r\n\x7F\xC2\x9B"
                        "c"),
              "a?[2Jb????c");
    EXPECT_EQ(printable("caf\xC3\xA9"), "caf\xC3\xA9");
    EXPECT_EQ(cell(json("\a")), "?");
}

TEST(Table, aligns_and_trims) {
    Table table({"NAME", ">N", "LAST"});
    table.add({"a", "1", "-"});
    table.add({"caf\xC3\xA9.example.", "1000", "x"});
    EXPECT_EQ(table.text(false),
              "NAME              N  LAST\n"
              "a                 1  -\n"
              "caf\xC3\xA9.example.  1000  x\n");
}

TEST(Table, colours_only_what_calls_for_attention_and_keeps_the_columns) {
    Table table({"STATE", "X"});
    table.add({"failed", "1"});
    table.add({"served", "2"});
    EXPECT_EQ(table.text(true), "STATE   X\n\033[31mfailed\033[0m  1\nserved  2\n");
}

}  // namespace
}  // namespace apex::control
