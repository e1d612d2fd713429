// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The resolver against a real NSD and a real unbound, and against silence.
#include "control/alias/resolver.hh"

#include <event2/event.h>
#include <gtest/gtest.h>

#include <optional>
#include <set>

#include "control/alias/event_loop.hh"
#include "control/zone/name_text.hh"
#include "tests/unit/control/alias/real_upstreams.hh"

namespace apex::control {
namespace {

using test::run_until;

TargetKey key(const std::string& name, wire::RrType type = wire::RrType::a) {
    return {parse_name(name).value(), type};
}

std::string many_addresses(int count) {
    std::string records;
    for (int i = 0; i < count; ++i) records += "many A 192.0.2." + std::to_string(i) + "\n";
    return records;
}

class ResolverTest : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        upstreams_ = std::make_unique<test::RealUpstreams>(
            "cdn A 192.0.2.1\ncdn A 192.0.2.2\nwww 300 CNAME cdn\n"
            "loop1 CNAME loop2\nloop2 CNAME loop1\ndangling CNAME gone\n"
            "only6 AAAA 2001:db8::1\ninner A 127.0.0.1\n" +
            many_addresses(100));
    }
    static void TearDownTestSuite() { upstreams_.reset(); }

    Result<ResolvedSet> resolve(Resolver& resolver, const TargetKey& target) {
        std::optional<Result<ResolvedSet>> result;
        resolver.resolve(target, [&](Result<ResolvedSet> r) { result = std::move(r); });
        EXPECT_FALSE(result) << "called from within resolve()";
        EXPECT_TRUE(run_until(base_.get(), 8, [&] { return result.has_value(); }));
        return result ? std::move(*result) : fail("never called back");
    }

    static std::unique_ptr<test::RealUpstreams> upstreams_;
    EventLoop base_ = make_event_loop();
};

std::unique_ptr<test::RealUpstreams> ResolverTest::upstreams_;

TEST_F(ResolverTest, GivesAddressesChainAndWhoWasAsked) {
    Resolver resolver(base_.get(), {{upstreams_->unbound()}});
    const auto set = resolve(resolver, key("www.example.net"));
    ASSERT_TRUE(set) << set.error().message;
    EXPECT_EQ(set->addresses, (std::vector<std::string>{{"\xc0\0\2\1", 4}, {"\xc0\0\2\2", 4}}));
    ASSERT_EQ(set->chain.size(), 2U);
    EXPECT_EQ(set->chain[0].ttl, 300U);
    EXPECT_EQ(set->chain[1].ttl, 5U);
    EXPECT_EQ(set->resolver, "forward " + upstreams_->unbound().to_text());
    EXPECT_LT(std::chrono::system_clock::now() - set->resolved_at, std::chrono::seconds(5));
}

TEST_F(ResolverTest, EachResolutionReachesTheForwarder) {
    Resolver resolver(base_.get(), {{upstreams_->unbound()}});
    const TargetKey target = key("only6.example.net", wire::RrType::aaaa);
    for (std::size_t i = 1; i <= 4; ++i) {
        ASSERT_TRUE(resolve(resolver, target));
        EXPECT_GE(upstreams_->questions("only6.example.net.", "AAAA"), i) << "more if one is lost";
    }
    for (std::size_t i = 1; i <= 3; ++i) {
        ASSERT_TRUE(resolve(resolver, key("gone.example.net")));
        EXPECT_GE(upstreams_->questions("gone.example.net.", "A"), i) << "negative answers too";
    }
}

TEST_F(ResolverTest, AFailureIsNotRememberedAgainstTheForwarder) {
    Resolver resolver(base_.get(), {{upstreams_->unbound()}});
    std::size_t before = 0;
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(resolve(resolver, key("loop2.example.net")));
        const std::size_t questions = upstreams_->questions("loop2.example.net.", "A");
        EXPECT_GT(questions, before);
        before = questions;
    }
}

TEST_F(ResolverTest, NxdomainAndNodataAreSuccesses) {
    Resolver resolver(base_.get(), {{upstreams_->unbound()}});
    const auto gone = resolve(resolver, key("dangling.example.net"));
    ASSERT_TRUE(gone) << gone.error().message;
    EXPECT_TRUE(gone->nxdomain);
    EXPECT_TRUE(gone->addresses.empty());
    EXPECT_EQ(gone->chain.size(), 1U);
    const auto nodata = resolve(resolver, key("only6.example.net"));
    ASSERT_TRUE(nodata) << nodata.error().message;
    EXPECT_FALSE(nodata->nxdomain);
    EXPECT_LE(nodata->ttl, 1U);
}

TEST_F(ResolverTest, FailuresSayWhatWasAskedAndOfWhom) {
    Resolver resolver(base_.get(), {{upstreams_->unbound()}});
    const std::string through = " through forward " + upstreams_->unbound().to_text() + ": ";
    const struct {
        const char* target;
        std::string expected;
    } cases[] = {
        {"loop1.example.net", "SERVFAIL, or nobody answered"},
        {"inner.example.net", "every address of inner.example.net. is refused: loopback"},
        // More than fits a datagram: TCP brings the whole set, and it is too much.
        {"many.example.net",
         "100 addresses at many.example.net., at most 64 are taken (alias.max-addresses)"},
    };
    for (const auto& c : cases) {
        const auto set = resolve(resolver, key(c.target));
        ASSERT_FALSE(set) << c.target;
        EXPECT_EQ(set.error().message, std::string(c.target) + ". A" + through + c.expected);
    }
}

TEST_F(ResolverTest, ADeadForwarderIsPassedOverForALivingOne) {
    Resolver resolver(base_.get(),
                      ResolverConfig{.forward = {test::at_port(9), upstreams_->unbound()}});
    const auto set = resolve(resolver, key("cdn.example.net"));
    EXPECT_TRUE(set) << set.error().message;
}

TEST_F(ResolverTest, OptionsThatLibunboundRefusesFailEveryResolution) {
    Resolver resolver(base_.get(), {.forward = {}, .trust_anchors = {"\"\nnonsense"}});
    for (int i = 0; i < 2; ++i) {
        const auto set = resolve(resolver, key("cdn.example.net"));
        ASSERT_FALSE(set);
        EXPECT_NE(set.error().message.find("libunbound refused its options"), std::string::npos)
            << set.error().message;
    }
}

TEST_F(ResolverTest, SilenceEndsInAFailureWithinTheDeadline) {
    test::SilentServer silent;
    Resolver resolver(base_.get(), {{silent.address()}});
    const auto start = std::chrono::steady_clock::now();
    const auto set = resolve(resolver, key("cdn.example.net"));
    ASSERT_FALSE(set);
    EXPECT_LT(std::chrono::steady_clock::now() - start,
              Resolver::deadline + std::chrono::seconds(2));
    EXPECT_EQ(silent.names_asked(), 1U);
}

TEST_F(ResolverTest, ManySilentForwardersEndAtTheDeadline) {
    test::SilentServer silent[4];
    ResolverConfig config;
    for (const auto& server : silent) config.forward.push_back(server.address());
    Resolver resolver(base_.get(), config);
    const auto set = resolve(resolver, key("cdn.example.net"));
    ASSERT_FALSE(set);
    EXPECT_TRUE(set.error().message.ends_with(": no answer within 5 s")) << set.error().message;
}

TEST_F(ResolverTest, RetriesLeaveRoomForOthers) {
    test::SilentServer silent;
    Resolver resolver(base_.get(), {{silent.address()}});
    for (std::size_t i = 0; i < Resolver::max_under_way; ++i) {
        resolver.resolve(
            key("n" + std::to_string(i) + ".example.net"), [](const auto&) {}, 1);
    }
    const std::size_t most = Resolver::max_retries_under_way;
    run_until(base_.get(), 1, [&] { return silent.names_asked() > most; });
    EXPECT_EQ(silent.names_asked(), most);
    resolver.resolve(key("cdn.example.net"), [](const auto&) {});
    EXPECT_TRUE(run_until(base_.get(), 5, [&] { return silent.names_asked() == most + 1; }));
}

TEST_F(ResolverTest, OthersLeaveRoomForRetries) {
    test::SilentServer silent;
    Resolver resolver(base_.get(), {{silent.address()}});
    std::vector<Resolver::Id> ids;
    for (std::size_t i = 0; i < 2 * Resolver::max_under_way; ++i) {
        ids.push_back(
            resolver.resolve(key("n" + std::to_string(i) + ".example.net"), [](const auto&) {}));
    }
    run_until(base_.get(), 1, [&] { return silent.names_asked() == Resolver::max_under_way; });
    resolver.resolve(
        key("failed.example.net"), [](const auto&) {}, 1);
    resolver.cancel(ids[0]);
    EXPECT_TRUE(run_until(base_.get(), 1, [&] { return silent.was_asked("failed"); }));
}

TEST_F(ResolverTest, WhoFailedOnceDoesNotWaitForThoseThatAlwaysDo) {
    test::SilentServer silent;
    Resolver resolver(base_.get(), {{silent.address()}});
    std::vector<Resolver::Id> ids;
    for (unsigned i = 0; i < 2 * Resolver::max_retries_under_way; ++i) {
        ids.push_back(resolver.resolve(
            key("n" + std::to_string(i) + ".example.net"), [](const auto&) {}, 1000 - i));
    }
    const std::size_t most = Resolver::max_retries_under_way;
    run_until(base_.get(), 1, [&] { return silent.names_asked() == most; });
    EXPECT_TRUE(silent.was_asked("n0")) << "of those the first come";
    resolver.resolve(
        key("failed.example.net"), [](const auto&) {}, 1);
    resolver.cancel(ids[0]);
    EXPECT_TRUE(run_until(base_.get(), 1, [&] { return silent.was_asked("failed"); }));
    EXPECT_EQ(silent.names_asked(), most + 1);
}

TEST_F(ResolverTest, BeyondTheLimitQueriesWaitTheirTurn) {
    test::SilentServer silent;
    std::size_t done = 0;
    Resolver resolver(base_.get(), {{silent.address()}});
    const std::size_t count = Resolver::max_under_way + 20;
    std::vector<Resolver::Id> ids;
    for (std::size_t i = 0; i < count; ++i) {
        ids.push_back(resolver.resolve(key("n" + std::to_string(i) + ".example.net"),
                                       [&](const auto&) { ++done; }));
    }
    run_until(base_.get(), 1, [&] { return silent.names_asked() > Resolver::max_under_way; });
    EXPECT_EQ(silent.names_asked(), Resolver::max_under_way);
    // One that waits and one that is asked make way; the next in line goes out.
    resolver.cancel(ids[0]);
    resolver.cancel(ids[Resolver::max_under_way]);
    EXPECT_TRUE(run_until(base_.get(), 1,
                          [&] { return silent.names_asked() == Resolver::max_under_way + 1; }));
    EXPECT_EQ(done, 0U);
    // Leaves with 256 under way: nothing may be called back.
}

TEST_F(ResolverTest, ACancelledResolutionIsNotReported) {
    Resolver resolver(base_.get(), {{upstreams_->unbound()}});
    bool called = false;
    const auto id = resolver.resolve(key("cdn.example.net"), [&](const auto&) { called = true; });
    resolver.cancel(id);
    resolver.cancel(id);
    resolver.cancel(12345);
    const auto under_way =
        resolver.resolve(key("www.example.net"), [&](const auto&) { called = true; });
    event_base_loop(base_.get(), EVLOOP_ONCE);
    resolver.cancel(under_way);
    EXPECT_TRUE(resolve(resolver, key("cdn.example.net")));
    EXPECT_FALSE(called);
}

}  // namespace
}  // namespace apex::control
