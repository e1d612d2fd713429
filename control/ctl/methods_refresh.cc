// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// `alias refresh`: targets asked for at an operator's wish. The engine asks as always,
// so however many are wanted, the resolver has no more questions under way at once.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "control/ctl/methods.hh"
#include "control/zone/name_text.hh"

namespace apex::control {

namespace {

using nlohmann::json;

constexpr std::size_t max_targets_shown = 1000;

/// One command on its way. The engine holds a reference for each target that it has not
/// asked for yet, and drops those of targets that cease to be followed: whoever lets go of
/// the last one ends the command.
class Refresh {
  public:
    enum class Show { all, noteworthy };

    Refresh(Reply reply, Show show, wire::RrType alias_type)
        : reply_(std::move(reply)), show_(show), alias_type_(alias_type) {}
    Refresh(const Refresh&) = delete;
    Refresh& operator=(const Refresh&) = delete;
    ~Refresh() {
        try {
            reply_(result());
        } catch (const std::exception& error) {
            spdlog::error("alias refresh: the answer was lost: {}", error.what());
        }
    }

    std::size_t asked() const { return asked_; }
    std::size_t heard() const { return heard_; }

    void expect(std::size_t targets) { asked_ = targets; }

    void hear(const Refreshed& refreshed) {
        const bool has_failed = !refreshed.error.empty();
        ++heard_;
        if (has_failed) ++failed_;
        if (refreshed.changed) ++changed_;
        if (show_ == Show::noteworthy && !has_failed && !refreshed.changed) return;
        if (targets_.size() == max_targets_shown) {
            truncated_ = true;
            return;
        }
        targets_.push_back({{"target", to_text(refreshed.key.target)},
                            {"type", type_text(refreshed.key.type, alias_type_)},
                            {"changed", refreshed.changed},
                            {"error", has_failed ? json(refreshed.error) : json(nullptr)}});
    }

  private:
    json result() {
        const std::size_t gone = asked_ - heard_;
        return {{"ok", failed_ == 0 && gone == 0},
                {"asked", asked_},
                {"changed", changed_},
                {"failed", failed_},
                {"gone", gone},
                {"targets", std::move(targets_)},
                {"truncated", truncated_}};
    }

    Reply reply_;
    Show show_;
    wire::RrType alias_type_;
    std::size_t asked_ = 0, heard_ = 0, failed_ = 0, changed_ = 0;
    json targets_ = json::array();
    bool truncated_ = false;
};

void ask(AliasEngine& engine, const std::vector<TargetKey>& keys,
         const std::shared_ptr<Refresh>& refresh) {
    refresh->expect(keys.size());
    for (const TargetKey& key : keys) {
        engine.refresh(key, [refresh](const Refreshed& refreshed) { refresh->hear(refreshed); });
    }
}

void refresh_owner(Services& services, const json& params, const Reply& reply) {
    const auto owner = alias_owner(services, params);
    if (!owner) return reply(std::unexpected(owner.error()));
    ask(services.engine, owner->zone.aliases.at(owner->name).outside,
        std::make_shared<Refresh>(reply, Refresh::Show::all, services.config.alias.type));
}

/// `latest`: the one before; two at once would only ask everything twice.
void refresh_all(Services& services, std::weak_ptr<Refresh>& latest, const Reply& reply) {
    if (const auto before = latest.lock()) {
        return reply(fail("all targets are being refreshed already, " +
                          std::to_string(before->heard()) + " of " +
                          std::to_string(before->asked()) + " are done; run it again after that"));
    }
    // Who is due first is asked for first, so that nobody grows stale behind the others.
    std::vector<std::pair<decltype(TargetState::next_refresh), TargetKey>> due;
    services.engine.for_each(
        [&due](const TargetState& state) { due.emplace_back(state.next_refresh, state.key); });
    std::ranges::sort(due);
    std::vector<TargetKey> keys;
    for (auto& [at, key] : due) keys.push_back(std::move(key));
    const auto refresh =
        std::make_shared<Refresh>(reply, Refresh::Show::noteworthy, services.config.alias.type);
    latest = refresh;
    ask(services.engine, keys, refresh);
}

}  // namespace

Handlers refresh_methods(Services& services) {
    const auto latest = std::make_shared<std::weak_ptr<Refresh>>();
    return {{"alias.refresh", [&services, latest](const json& params, const Reply& reply) {
                 const auto all = flag_parameter(params, "all");
                 if (!all) return reply(std::unexpected(all.error()));
                 if (*all == params.contains("name")) {
                     return reply(
                         fail("the command needs either a parameter \"name\", an owner "
                              "with an ALIAS, or \"all\": true"));
                 }
                 if (*all) return refresh_all(services, *latest, reply);
                 refresh_owner(services, params, reply);
             }}};
}

}  // namespace apex::control
