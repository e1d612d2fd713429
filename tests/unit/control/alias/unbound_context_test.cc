// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The options that libunbound gets, and that it takes them.
#include "control/alias/unbound_context.hh"

#include <event2/event.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

#include "control/config/trust_anchor.hh"

namespace apex::control {
namespace {

std::vector<Upstream> servers(std::initializer_list<const char*> texts) {
    std::vector<Upstream> made;
    for (const char* text : texts) made.push_back(Upstream::from_text(text).value());
    return made;
}

TEST(UnboundOptions, ForwardersAreAskedWithoutACacheBetween) {
    const std::string text = unbound_options({servers({"192.0.2.1", "2001:db8::1@5353"})});
    EXPECT_NE(text.find("forward-addr: \"192.0.2.1@53\"\n"), std::string::npos);
    EXPECT_NE(text.find("forward-addr: \"2001:db8::1@5353\"\n"), std::string::npos);
    EXPECT_NE(text.find("forward-no-cache: yes"), std::string::npos);
    EXPECT_NE(text.find("do-not-query-localhost: no"), std::string::npos);
}

TEST(UnboundOptions, WithoutForwardersThereIsNoForwardZone) {
    EXPECT_EQ(unbound_options({}).find("forward"), std::string::npos);
}

TEST(UnboundOptions, NothingIsValidatedWithoutATrustAnchor) {
    EXPECT_NE(unbound_options({}).find("module-config: \"iterator\"\n"), std::string::npos);
    const std::string text =
        unbound_options({.forward = {}, .trust_anchors = {". IN DS 1 8 2 ab"}});
    EXPECT_NE(text.find("module-config: \"validator iterator\"\n"), std::string::npos);
    EXPECT_NE(text.find("trust-anchor: \". IN DS 1 8 2 ab\"\n"), std::string::npos);
}

TEST(UnboundContext, LibunboundTakesTheOptions) {
    event_base* base = event_base_new();
    const auto root = read_trust_anchors("/usr/share/dns/root.key").value();
    EXPECT_TRUE(make_unbound_context(
        base, {.forward = servers({"127.0.0.1@5353"}), .trust_anchors = root}));
    EXPECT_TRUE(make_unbound_context(base, {servers({"127.0.0.1@5353"})}));
    EXPECT_TRUE(make_unbound_context(base, {servers({"127.0.0.1", "::1@54"})}));
    EXPECT_TRUE(make_unbound_context(base, {}));
    event_base_free(base);
}

TEST(ResolverText, SaysWhoIsAsked) {
    EXPECT_EQ(resolver_text({}), "recursion");
    EXPECT_EQ(resolver_text({servers({"192.0.2.1", "::1@54"})}), "forward 192.0.2.1@53, ::1@54");
}

}  // namespace
}  // namespace apex::control
