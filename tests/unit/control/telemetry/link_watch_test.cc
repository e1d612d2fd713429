// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What the log says of links.
#include "control/telemetry/link_watch.hh"

#include <event2/event.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "control/alias/event_loop.hh"
#include "tests/unit/control/telemetry/captured_log.hh"

namespace apex::control {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LinkWatchTest : public testing::Test {
  protected:
    /// The log after one look at each of these states, and `more` at the last.
    std::vector<std::string> log_of(std::vector<Link> states, unsigned more = 0) {
        return log_of(std::move(states), more, [](Link state) {
            return PortInfo{"net_x", "x", state};
        });
    }
    /// The states are a NIC's of a bond that is up.
    std::vector<std::string> log_of_nic(std::vector<Link> states) {
        return log_of(std::move(states), 0, [](Link state) {
            PortInfo port{"net_x", "x", Link::up};
            port.nics.emplace_back("3b:00.0", state);
            return port;
        });
    }

  private:
    static std::vector<std::string> log_of(std::vector<Link> states, unsigned more,
                                           const std::function<PortInfo(Link)>& port) {
        const EventLoop base = make_event_loop();
        const test::CapturedLog log;
        std::size_t looks = 0;
        const LinkWatch watch(
            base.get(),
            [&] {
                const Link state = states[std::min(looks, states.size() - 1)];
                if (++looks == states.size() + more) event_base_loopbreak(base.get());
                return std::vector{port(state)};
            },
            std::chrono::milliseconds(0));
        event_base_dispatch(base.get());
        return log.lines();
    }
};

TEST_F(LinkWatchTest, SaysNothingOfALinkThatIsUp) {
    EXPECT_THAT(log_of({Link::up}, 20), IsEmpty());
    EXPECT_THAT(log_of({Link::down, Link::down, Link::up}, 20), IsEmpty());
}

TEST_F(LinkWatchTest, NamesAPortThatNeverComesUpOnce) {
    EXPECT_THAT(log_of({Link::down}, LinkWatch::patience - 1), IsEmpty());
    EXPECT_THAT(log_of({Link::down}, 3 * LinkWatch::patience),
                ElementsAre("error port \"net_x\": no link since the start, so nobody reaches it; "
                            "is there a peer that is up?"));
}

TEST_F(LinkWatchTest, NamesAPortWhoseLinkComesAndGoes) {
    EXPECT_THAT(log_of({Link::up, Link::down, Link::down, Link::up, Link::gone}),
                ElementsAre("warning port \"net_x\": link down, nobody reaches it",
                            "info port \"net_x\": link up",
                            "error port \"net_x\": gone, nobody reaches it; it stays unused until "
                            "a restart with the device there"));
}

TEST_F(LinkWatchTest, NamesAPortThatGoesBeforeItWasUp) {
    EXPECT_THAT(log_of({Link::down, Link::gone, Link::gone}),
                ElementsAre(HasSubstr("error port \"net_x\": gone")));
}

TEST_F(LinkWatchTest, NamesANicOfABond) {
    EXPECT_THAT(log_of_nic({Link::up, Link::down, Link::up, Link::gone}),
                ElementsAre("warning port \"net_x\", NIC 3b:00.0: link down, the bond has to do "
                            "without it",
                            "info port \"net_x\", NIC 3b:00.0: link up",
                            HasSubstr("error port \"net_x\", NIC 3b:00.0: gone, the bond has")));
}

}  // namespace
}  // namespace apex::control
