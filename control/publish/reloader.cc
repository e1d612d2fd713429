// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/publish/reloader.hh"

#include <exception>
#include <string>
#include <utility>

namespace apex::control {

/// What one request needs, on its way through the helper thread.
struct Reloader::Work {
    struct Item {
        ZoneConfig config;
        table::ZoneId id;
        std::shared_ptr<const Zone> before;  // in service now; null: nothing
        bool ends;                           // goes out of service
    };
    std::vector<Item> items;
    std::vector<PreparedZone> prepared;
};

Reloader::Reloader(Background& background, ZoneSet& zones, wire::RrType alias_type)
    : background_(background), zones_(zones), alias_type_(alias_type) {}

void Reloader::submit(std::function<Plan()> plan, std::function<void(const Result<void>&)> done) {
    requests_.push_back({std::move(plan), std::move(done)});
    if (requests_.size() == 1) begin();
}

void Reloader::begin() {
    const auto planned = plan_work();
    if (!planned) return finish(std::unexpected(planned.error()));
    background_.run(
        [work = *planned, type = alias_type_] {
            for (const Work::Item& item : work->items) {
                work->prepared.push_back(
                    item.ends ? prepare_end(item.config, item.id, item.before)
                              : prepare_zone(item.config, item.id, type, item.before));
            }
        },
        [this, work = *planned](const Result<void>& prepared) {
            const auto result = prepared ? put_in_service(*work) : prepared;
            // To free what was replaced takes long, too.
            background_.run([work] { *work = {}; }, [](const Result<void>&) {});
            finish(result);
        });
}

Result<std::shared_ptr<Reloader::Work>> Reloader::plan_work() {
    try {
        auto work = std::make_shared<Work>();
        Plan plan = requests_.front().plan();
        for (ZoneConfig& zone : plan.load) {
            const table::ZoneId id = zones_.id_for(zone.name);
            const auto present = zones_.zones().find(zone.name);
            auto before = present != zones_.zones().end() ? present->second.zone : nullptr;
            work->items.push_back({std::move(zone), id, std::move(before), false});
        }
        for (const wire::Name& name : plan.remove) {
            const ZoneEntry& entry = zones_.zones().at(name);
            work->items.push_back({entry.config, entry.id, entry.zone, true});
        }
        return work;
    } catch (const std::exception& error) {
        return fail(std::string("no zone was loaded: ") + error.what());
    }
}

Result<void> Reloader::put_in_service(Work& work) {
    try {
        zones_.apply(work.prepared);
        return {};
    } catch (const std::exception& error) {
        return fail(std::string("the zones were read but not put in service: ") + error.what());
    }
}

void Reloader::finish(const Result<void>& result) {
    const auto done = std::move(requests_.front().done);
    requests_.pop_front();
    // First the next one: what `done` throws must not hold it up. It ends later all
    // the same, unless it cannot even begin.
    if (!requests_.empty()) begin();
    done(result);
}

}  // namespace apex::control
