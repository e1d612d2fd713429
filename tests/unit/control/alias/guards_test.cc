// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What alarms a guard, and what ends the alarm, under a clock of our own.
#include "control/alias/guards.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/zone/name_text.hh"

namespace apex::control {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

wire::Name name(const char* text) {
    return parse_name(text).value();
}

class TargetGuardTest : public testing::Test {
  protected:
    void live(std::vector<std::string> addresses) {
        ResolvedSet set;
        set.addresses = std::move(addresses);
        set.chain = {{.owner = key_.target, .type = wire::RrType::a, .ttl = 5, .next = {}}};
        observe(set);
    }
    /// A denial by the zone `soa`; none: without a SOA.
    void denied(bool nxdomain, const char* soa) {
        ResolvedSet set;
        set.nxdomain = nxdomain;
        if (soa != nullptr) set.zone = name(soa);
        observe(set);
    }
    void observe(const ResolvedSet& set) {
        now_ += seconds(1);
        guard_.observe(key_, set, sibling_, now_);
    }
    void pass(std::chrono::seconds time) {
        now_ += time;
        guard_.pass_time(now_);
    }
    std::vector<std::string_view> alarms() const {
        std::vector<std::string_view> kinds;
        for (const AlarmKind kind : alarm_kinds) {
            if (guard_.reason(kind)) kinds.push_back(text(kind));
        }
        return kinds;
    }
    std::string why(AlarmKind kind) const { return guard_.reason(kind).value_or("no alarm"); }

    TargetKey key_{name("cdn.example.net"), wire::RrType::a};
    std::vector<wire::IpAddress> own_{*wire::IpAddress::from_text("192.0.2.53"),
                                      *wire::IpAddress::from_text("2001:db8::53")};
    TargetGuard guard_{own_};
    const TargetGuard* sibling_ = nullptr;
    TargetGuard::TimePoint now_{std::chrono::hours(1)};
};

TEST_F(TargetGuardTest, ASetAloneIsNoAlarm) {
    live({"aaaa"});
    live({"aaaa", "bbbb"});
    live({"bbbb"});
    denied(false, "example.net");
    EXPECT_THAT(alarms(), IsEmpty());
}

TEST_F(TargetGuardTest, AMissingNameIsOneUntilItIsThere) {
    live({"aaaa"});
    denied(true, "example.net");
    EXPECT_THAT(alarms(), ElementsAre("nxdomain"));
    EXPECT_EQ(why(AlarmKind::nxdomain),
              "cdn.example.net. does not exist, says the zone example.net.");
    live({"aaaa"});
    EXPECT_THAT(alarms(), IsEmpty());
    denied(true, nullptr);
    EXPECT_EQ(why(AlarmKind::nxdomain), "cdn.example.net. does not exist");
    denied(false, "example.net");
    EXPECT_THAT(alarms(), IsEmpty());
}

TEST_F(TargetGuardTest, NamesTheEndOfTheChain) {
    ResolvedSet set;
    set.nxdomain = true;
    set.chain = {{.owner = key_.target,
                  .type = wire::RrType::cname,
                  .ttl = 5,
                  .next = name("edge.example.org")}};
    observe(set);
    EXPECT_EQ(why(AlarmKind::nxdomain), "edge.example.org. does not exist");
}

TEST_F(TargetGuardTest, ADenialFromAboveMeansThatTheZoneIsGone) {
    denied(false, "example.net");
    denied(true, "net");
    EXPECT_THAT(alarms(), ElementsAre("nxdomain", "zone-gone"));
    EXPECT_EQ(why(AlarmKind::zone_gone),
              "cdn.example.net. was in the zone example.net., which does not exist either, says "
              "the zone net.");
    denied(true, "net");
    EXPECT_THAT(alarms(), ElementsAre("nxdomain", "zone-gone"));
    denied(true, "example.net");
    EXPECT_THAT(alarms(), ElementsAre("nxdomain"));
    denied(true, ".");
    EXPECT_THAT(alarms(), ElementsAre("nxdomain", "zone-gone"));
    live({"aaaa"});
    EXPECT_THAT(alarms(), IsEmpty());
}

TEST_F(TargetGuardTest, ATopLevelDomainDeniesWhatNobodyRegistered) {
    live({"aaaa"});
    denied(true, "net");
    EXPECT_THAT(alarms(), ElementsAre("nxdomain", "zone-gone"));
    EXPECT_EQ(why(AlarmKind::zone_gone),
              "cdn.example.net. is in no zone: example.net. is not delegated, says the zone net.");
    denied(true, "net");
    EXPECT_THAT(alarms(), ElementsAre("nxdomain", "zone-gone"));
    live({"aaaa"});
    EXPECT_THAT(alarms(), IsEmpty());
    denied(true, ".");
    EXPECT_EQ(why(AlarmKind::zone_gone),
              "cdn.example.net. is in no zone: net. is not delegated, says the zone .");
    denied(true, "example.net");
    EXPECT_THAT(alarms(), ElementsAre("nxdomain"));
}

TEST_F(TargetGuardTest, AZoneOfOneLabelMayHaveHosts) {
    key_.target = name("cdn.lan");
    live({"aaaa"});
    denied(true, "lan");
    EXPECT_THAT(alarms(), ElementsAre("nxdomain"));
    key_.target = name("cdn.rack.lan");
    denied(false, "lan");
    live({"aaaa"});
    denied(true, "lan");
    EXPECT_THAT(alarms(), ElementsAre("nxdomain")) << "it was in that zone";
}

TEST_F(TargetGuardTest, OnlyADenialOfTheNameByItsZoneTells) {
    denied(false, "net");
    EXPECT_THAT(alarms(), IsEmpty()) << "there are names below it";
    key_.target = name("cdn.example.org");
    denied(true, nullptr);
    EXPECT_THAT(alarms(), ElementsAre("nxdomain"));
}

TEST_F(TargetGuardTest, AZoneThatNobodySawIsNotMissed) {
    key_.target = name("cdn.example.co.uk");
    denied(true, "co.uk");
    EXPECT_THAT(alarms(), ElementsAre("nxdomain"));
    denied(true, "example.co.uk");
    EXPECT_THAT(alarms(), ElementsAre("nxdomain")) << "further down is no loss";
}

TEST_F(TargetGuardTest, TheOtherTypeKnowsTheZoneToo) {
    TargetGuard sibling(own_);
    ResolvedSet nodata;
    nodata.zone = name("example.net");
    sibling.observe({key_.target, wire::RrType::aaaa}, nodata, nullptr, now_);
    live({"aaaa"});
    sibling_ = &sibling;
    denied(true, "net");
    EXPECT_THAT(alarms(), ElementsAre("nxdomain", "zone-gone"));
}

TEST_F(TargetGuardTest, AZoneIsKnownForItsNameOnly) {
    key_.target = name("cdn.example.co.uk");
    ResolvedSet set;
    set.zone = name("example.co.uk");
    set.chain = {{.owner = key_.target,
                  .type = wire::RrType::cname,
                  .ttl = 5,
                  .next = name("edge.example.co.uk")}};
    observe(set);
    denied(true, "co.uk");
    EXPECT_THAT(alarms(), ElementsAre("nxdomain"));
}

TEST_F(TargetGuardTest, ASetThatHasNothingOfTheOneBeforeIsReplaced) {
    live({"aaaa", "bbbb"});
    live({"cccc"});
    EXPECT_THAT(alarms(), ElementsAre("replaced"));
    pass(minutes(59));
    EXPECT_THAT(alarms(), ElementsAre("replaced"));
    live({"dddd"});
    pass(minutes(59));
    EXPECT_THAT(alarms(), ElementsAre("replaced")) << "once more";
    pass(minutes(2));
    EXPECT_THAT(alarms(), IsEmpty());
}

TEST_F(TargetGuardTest, WhatComesBackEndsIt) {
    live({"aaaa", "bbbb"});
    live({"cccc"});
    live({"bbbb", "cccc"});
    EXPECT_THAT(alarms(), IsEmpty());
    live({"dddd"});
    EXPECT_THAT(alarms(), ElementsAre("replaced"));
}

TEST_F(TargetGuardTest, AnEmptySetInBetweenHidesNothing) {
    live({"aaaa"});
    denied(true, "example.net");
    live({"cccc"});
    EXPECT_THAT(alarms(), ElementsAre("replaced")) << "the name may have been taken over";
}

TEST_F(TargetGuardTest, AddressesAreComparedWhole) {
    live({"abcd", "efgh"});
    live({"cdef"});
    EXPECT_THAT(alarms(), ElementsAre("replaced"));
}

TEST_F(TargetGuardTest, MoreThanTenChangesInTenMinutesAreTooMany) {
    live({"aaaa", "bbbb"});
    for (int n = 0; n < 10; ++n)
        live(n % 2 == 0 ? std::vector<std::string>{"aaaa"}
                        : std::vector<std::string>{"aaaa", "bbbb"});
    EXPECT_THAT(alarms(), IsEmpty());
    live({"aaaa"});
    EXPECT_THAT(alarms(), ElementsAre("unsteady"));
    EXPECT_EQ(why(AlarmKind::unsteady), "more than 10 changes in 10 minutes");
    pass(minutes(9));
    EXPECT_THAT(alarms(), ElementsAre("unsteady"));
    pass(minutes(2));
    EXPECT_THAT(alarms(), IsEmpty());
}

TEST_F(TargetGuardTest, ChangesFarApartAreFine) {
    for (int n = 0; n < 100; ++n) {
        live(n % 2 == 0 ? std::vector<std::string>{"aaaa"}
                        : std::vector<std::string>{"aaaa", "bbbb"});
        pass(minutes(1));
    }
    EXPECT_THAT(alarms(), IsEmpty());
}

TEST_F(TargetGuardTest, TheSameSetAgainIsNoChange) {
    for (int n = 0; n < 100; ++n) live({"aaaa"});
    for (int n = 0; n < 100; ++n) denied(false, "example.net");
    EXPECT_THAT(alarms(), IsEmpty());
}

TEST_F(TargetGuardTest, AnAddressOfThisServerAlarmsAsLongAsItIsThere) {
    const std::string own{'\xc0', 0, 2, 53};
    const std::string other{'\xc0', 0, 2, 54};
    live({other});
    EXPECT_THAT(alarms(), IsEmpty());
    live({own, other});
    EXPECT_THAT(alarms(), ElementsAre("own-address"));
    EXPECT_EQ(why(AlarmKind::own), "192.0.2.53 is an address of this server");
    live({other});
    EXPECT_THAT(alarms(), IsEmpty());
    std::string own6(16, 0);
    own6.replace(0, 4, {0x20, 0x01, 0x0d, '\xb8'});
    own6[15] = 0x53;
    TargetGuard six(own_);
    ResolvedSet set;
    set.addresses = {own6};
    six.observe({key_.target, wire::RrType::aaaa}, set, nullptr, now_);
    EXPECT_EQ(six.reason(AlarmKind::own), "2001:db8::53 is an address of this server");
}

}  // namespace
}  // namespace apex::control
