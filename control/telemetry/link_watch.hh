// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Links of ports that come and go, as lines of the log: an operator who looks for why nobody
// gets an answer finds the port by name. Control thread only.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "control/alias/timer.hh"
#include "control/ctl/methods.hh"

struct event_base;

namespace apex::control {

class LinkWatch {
  public:
    static constexpr std::chrono::milliseconds usual_interval{1000};
    /// A link may take so many looks after the start.
    static constexpr unsigned patience = 10;

    /// Looks every `interval`: `look` says how the links are; `base` must outlive the object.
    LinkWatch(event_base* base, std::function<std::vector<PortInfo>()> look,
              std::chrono::milliseconds interval = usual_interval);

  private:
    void look();
    /// `meaning`: of a link that is not up.
    void follow(const std::string& what, Link link, std::string_view meaning);

    std::function<std::vector<PortInfo>()> look_;
    std::map<std::string, Link> last_;  ///< by what it is of; not there: never up so far
    unsigned looks_ = 0;
    std::chrono::milliseconds interval_;
    Timer timer_;
};

}  // namespace apex::control
