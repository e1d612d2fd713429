// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/telemetry/link_watch.hh"

#include <spdlog/spdlog.h>

#include <utility>

namespace apex::control {

LinkWatch::LinkWatch(event_base* base, std::function<std::vector<PortInfo>()> look,
                     std::chrono::milliseconds interval)
    : look_(std::move(look)), interval_(interval), timer_(base, [this] { this->look(); }) {
    timer_.arm(std::chrono::milliseconds(0));
}

void LinkWatch::look() {
    for (const PortInfo& port : look_()) {
        const std::string name = "port \"" + port.device + "\"";
        follow(name, port.link, "nobody reaches it");
        for (const auto& [nic, link] : port.nics)
            follow(name + ", NIC " + nic, link, "the bond has to do without it");
    }
    ++looks_;
    timer_.arm(interval_);
}

void LinkWatch::follow(const std::string& what, Link link, std::string_view meaning) {
    const auto last = last_.find(what);
    if (last == last_.end() && link != Link::gone) {  // not been up so far
        if (link == Link::up) {
            last_.emplace(what, link);
        } else if (looks_ >= patience) {
            spdlog::error("{}: no link since the start, so {}; is there a peer that is up?", what,
                          meaning);
            last_.emplace(what, link);
        }
        return;
    }
    if (last != last_.end() && last->second == link) return;
    last_[what] = link;
    switch (link) {
        case Link::up:
            spdlog::info("{}: link up", what);
            break;
        case Link::down:
            spdlog::warn("{}: link down, {}", what, meaning);
            break;
        case Link::gone:
            spdlog::error("{}: gone, {}; it stays unused until a restart with the device there",
                          what, meaning);
            break;
    }
}

}  // namespace apex::control
