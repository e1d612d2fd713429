// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The options that libunbound gets, and that it takes them.
#include "control/alias/unbound_context.hh"

#include <event2/event.h>
#include <gtest/gtest.h>

#include "control/config/trust_anchor.hh"

namespace apex::control {
namespace {

TEST(UnboundOptions, ForwardersAreAskedWithoutACacheBetween) {
    const std::string text = unbound_options({{"192.0.2.1", "2001:db8::1@5353"}}).value();
    EXPECT_NE(text.find("forward-addr: \"192.0.2.1@53\"\n"), std::string::npos);
    EXPECT_NE(text.find("forward-addr: \"2001:db8::1@5353\"\n"), std::string::npos);
    EXPECT_NE(text.find("forward-no-cache: yes"), std::string::npos);
    EXPECT_NE(text.find("do-not-query-localhost: no"), std::string::npos);
}

TEST(UnboundOptions, WithoutForwardersThereIsNoForwardZone) {
    EXPECT_EQ(unbound_options({}).value().find("forward"), std::string::npos);
}

TEST(UnboundOptions, AForwarderThatIsNoneIsNamed) {
    for (const std::string bad : {"dns.example.net", "192.0.2.1@", "192.0.2.1@0", "192.0.2.1@65536",
                                  "192.0.2.1@53x", "192.0.2.1\"\n", "192.0.2.1@53\nserver:", ""}) {
        const auto text = unbound_options({{bad}});
        ASSERT_FALSE(text) << bad;
        EXPECT_EQ(text.error().message, "forwarder \"" + bad + "\" is not ADDRESS[@PORT]");
    }
}

TEST(UnboundOptions, NothingIsValidatedWithoutATrustAnchor) {
    EXPECT_NE(unbound_options({}).value().find("module-config: \"iterator\"\n"), std::string::npos);
    const std::string text = unbound_options({.trust_anchors = {". IN DS 1 8 2 ab"}}).value();
    EXPECT_NE(text.find("module-config: \"validator iterator\"\n"), std::string::npos);
    EXPECT_NE(text.find("trust-anchor: \". IN DS 1 8 2 ab\"\n"), std::string::npos);
}

TEST(UnboundContext, LibunboundTakesTheOptions) {
    event_base* base = event_base_new();
    const auto root = read_trust_anchors("/usr/share/dns/root.key").value();
    EXPECT_TRUE(make_unbound_context(base, {.forward = {"127.0.0.1@5353"}, .trust_anchors = root}));
    EXPECT_TRUE(make_unbound_context(base, {{"127.0.0.1@5353"}}));
    EXPECT_TRUE(make_unbound_context(base, {{"127.0.0.1", "::1@54"}}));
    EXPECT_TRUE(make_unbound_context(base, {}));
    EXPECT_FALSE(make_unbound_context(base, {{"nonsense"}}));
    event_base_free(base);
}

TEST(ResolverText, SaysWhoIsAsked) {
    EXPECT_EQ(resolver_text({}), "recursion");
    EXPECT_EQ(resolver_text({{"192.0.2.1", "::1@54"}}), "forward 192.0.2.1@53, ::1@54");
}

}  // namespace
}  // namespace apex::control
