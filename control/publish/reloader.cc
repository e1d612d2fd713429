// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/publish/reloader.hh"

#include <memory>
#include <utility>

namespace apex::control {

Reloader::Reloader(Background& background, ZoneSet& zones, wire::RrType alias_type)
    : background_(background), zones_(zones), alias_type_(alias_type) {}

void Reloader::submit(std::function<Plan()> plan, std::function<void()> done) {
    requests_.push_back({std::move(plan), std::move(done)});
    if (requests_.size() == 1) begin();
}

void Reloader::begin() {
    struct Work {
        std::vector<std::pair<ZoneConfig, table::ZoneId>> load;
        std::vector<wire::Name> remove;
        std::vector<PreparedZone> prepared;
    };
    auto work = std::make_shared<Work>();
    Plan plan = requests_.front().plan();
    for (ZoneConfig& zone : plan.load) {
        const table::ZoneId id = zones_.id_for(zone.name);
        work->load.emplace_back(std::move(zone), id);
    }
    work->remove = std::move(plan.remove);
    background_.run(
        [work, type = alias_type_] {
            for (const auto& [zone, id] : work->load) {
                work->prepared.push_back(ZoneSet::prepare(zone, id, type));
            }
        },
        [this, work] {
            zones_.apply(std::move(work->prepared), work->remove);
            const Request finished = std::move(requests_.front());
            finished.done();
            requests_.pop_front();
            if (!requests_.empty()) begin();
        });
}

}  // namespace apex::control
