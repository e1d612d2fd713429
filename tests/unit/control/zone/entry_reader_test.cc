// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// EntryReader: where entries begin and end, and what their tokens are.
#include "control/zone/entry_reader.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apex::control {
namespace {

/// Entries as "LINE:token,token"; a leading blank shows as "_", a quoted token in
/// brackets, an error as "!LINE:message".
std::vector<std::string> entries(std::string_view text) {
    EntryReader reader(text);
    Entry entry;
    std::vector<std::string> shown;
    for (;;) {
        const auto more = reader.next(entry);
        if (!more) {
            shown.push_back("!" + std::to_string(more.error().line) + ":" + more.error().message);
            return shown;
        }
        if (!*more) return shown;
        std::string line = std::to_string(entry.line) + (entry.blank_start ? ":_" : ":");
        for (const Token& token : entry.tokens) {
            if (line.back() != ':' && line.back() != '_') line += ',';
            line += token.quoted ? "[" + std::string(token.text) + "]" : std::string(token.text);
        }
        shown.push_back(line);
    }
}

using testing::ElementsAre;
using testing::IsEmpty;

TEST(EntryReader, LinesBlanksAndComments) {
    EXPECT_THAT(entries(""), IsEmpty());
    EXPECT_THAT(entries("\n  \n\t; only a comment\n;another"), IsEmpty());
    EXPECT_THAT(entries("a  b\tc\n"), ElementsAre("1:a,b,c"));
    EXPECT_THAT(entries("a b"), ElementsAre("1:a,b"));
    EXPECT_THAT(entries("a b;c\n\n d ; e\nf"), ElementsAre("1:a,b", "3:_d", "4:f"));
    EXPECT_THAT(entries("a b\r\n\r\n\tc\r\n"), ElementsAre("1:a,b", "3:_c"));
    EXPECT_THAT(entries("\xef\xbb\xbf"
                        "a b\n"),
                ElementsAre("1:a,b"));
}

TEST(EntryReader, ParenthesesJoinLines) {
    EXPECT_THAT(entries("a (b ; x)\n c\n)d\ne"), ElementsAre("1:a,b,c,d", "4:e"));
    EXPECT_THAT(entries("a(b)c"), ElementsAre("1:a,b,c"));
    EXPECT_THAT(entries("(\n  a\n)\n"), ElementsAre("1:a"));
    EXPECT_THAT(entries(" ( a\n b )\n"), ElementsAre("1:_a,b"));
    EXPECT_THAT(entries("a ((b)\nc)\n"), ElementsAre("1:a,b,c"));
    EXPECT_THAT(entries("\na (\nb\n"),
                ElementsAre("!2:\"(\" is never closed; expected a \")\" before the end"));
    EXPECT_THAT(entries("a\nb )\n"), ElementsAre("1:a", "!2:\")\" without a \"(\" before it"));
}

TEST(EntryReader, QuotesAndEscapes) {
    EXPECT_THAT(entries("a \"b ;(c\" \"\"\"d\""), ElementsAre("1:a,[b ;(c],[],[d]"));
    EXPECT_THAT(entries("a \"b\\\"c\\\\\" d"), ElementsAre("1:a,[b\\\"c\\\\],d"));
    EXPECT_THAT(entries("a\\ b\\;\\( \\\"c"), ElementsAre("1:a\\ b\\;\\(,\\\"c"));
    EXPECT_THAT(entries("k=\"a b\"x c"), ElementsAre("1:k=\"a b\"x,c"));
    const std::string unclosed = ":a quoted string is not closed on its line; expected '\"'";
    EXPECT_THAT(entries("a (\n\"b\n\""), ElementsAre("!2" + unclosed));
    EXPECT_THAT(entries("a \"b"), ElementsAre("!1" + unclosed));
    EXPECT_THAT(entries("a b\"c"), ElementsAre("!1" + unclosed));
    const std::string dangling = ":a \"\\\" ends the line; expected the character that it escapes";
    EXPECT_THAT(entries("a b\\\n"), ElementsAre("!1" + dangling));
    EXPECT_THAT(entries("a b\\"), ElementsAre("!1" + dangling));
    EXPECT_THAT(entries("a \"b\\"), ElementsAre("!1" + dangling));
}

TEST(EntryReader, OctetZero) {
    using namespace std::string_view_literals;
    const std::string message = ":an octet 0 in the text; write it as \\000";
    EXPECT_THAT(entries("a\nb\0c"sv), ElementsAre("1:a", "!2" + message));
    EXPECT_THAT(entries("\"\0\""sv), ElementsAre("!1" + message));
    EXPECT_THAT(entries("\\\0"sv), ElementsAre("!1" + message));
}

TEST(EntryReader, EntryAndCommentSizes) {
    const std::string message = "!2:an entry is longer than 1048576 octets; is a \")\" missing?";
    const std::string long_word(EntryReader::max_entry_size + 1, 'x');
    EXPECT_THAT(entries("\n" + long_word), ElementsAre(message));
    std::string many_lines = "\n(";
    while (many_lines.size() < EntryReader::max_entry_size + 16) many_lines += "a\n";
    EXPECT_THAT(entries(many_lines), ElementsAre(message));
    EXPECT_THAT(entries(";" + long_word + "\na"), ElementsAre("2:a"));
    EXPECT_THAT(entries(long_word.substr(2) + "\na"), ElementsAre(testing::_, "2:a"));
}

}  // namespace
}  // namespace apex::control
