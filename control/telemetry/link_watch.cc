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
        const auto last = last_.find(port.device);
        if (last == last_.end()) {  // not been up so far
            if (port.link == Link::up) {
                last_.emplace(port.device, port.link);
            } else if (looks_ >= patience) {
                spdlog::error(
                    "port \"{}\": no link since the start, so nobody reaches it; is there a peer "
                    "that is up?",
                    port.device);
                last_.emplace(port.device, port.link);
            }
            continue;
        }
        if (last->second == port.link) continue;
        last->second = port.link;
        switch (port.link) {
            case Link::up:
                spdlog::info("port \"{}\": link up", port.device);
                break;
            case Link::down:
                spdlog::warn("port \"{}\": link down, nobody reaches it", port.device);
                break;
            case Link::gone:
                spdlog::error(
                    "port \"{}\": gone; it stays unused until a restart with the device there",
                    port.device);
                break;
        }
    }
    ++looks_;
    timer_.arm(interval_);
}

}  // namespace apex::control
