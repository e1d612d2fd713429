// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Loads zones and puts them into service, one request after another: a request's
// plan is made when all earlier ones have taken effect. Control thread; the
// reading is done on the helper thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "control/config/config.hh"
#include "control/error.hh"
#include "control/publish/background.hh"
#include "control/publish/zone_set.hh"

namespace apex::control {

class Reloader {
  public:
    struct Plan {
        std::vector<ZoneConfig> load;
        std::vector<wire::Name> remove;
    };

    /// All of these must outlive the object.
    Reloader(Background& background, ZoneSet& zones, wire::RrType alias_type);

    /// `plan` says what to do when its turn has come; `done` is called when the
    /// zones that could be loaded are what queries are answered from, or with an error
    /// when it was no zone's fault that they are not (no memory, no room in the table).
    void submit(std::function<Plan()> plan, std::function<void(const Result<void>&)> done);

  private:
    struct Request {
        std::function<Plan()> plan;
        std::function<void(const Result<void>&)> done;
    };
    struct Work;
    void begin();
    void finish(const Result<void>& result);
    Result<std::shared_ptr<Work>> plan_work();
    Result<void> put_in_service(Work& work);

    Background& background_;
    ZoneSet& zones_;
    wire::RrType alias_type_;
    std::deque<Request> requests_;  // the first one is under way
};

}  // namespace apex::control
