// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// An engine on a loop of its own, for the tests of this folder.
#pragma once

#include <arpa/inet.h>
#include <event2/event.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "control/alias/engine.hh"
#include "control/alias/event_loop.hh"
#include "control/zone/name_text.hh"
#include "tests/unit/control/alias/real_upstreams.hh"

namespace apex::control::test {

inline TargetKey key(const std::string& name, wire::RrType type = wire::RrType::a) {
    return {parse_name(name).value(), type};
}

using Addresses = std::vector<std::string>;

inline std::string address(const char* text) {
    char octets[16];
    if (inet_pton(AF_INET, text, octets) == 1) return {octets, 4};
    return inet_pton(AF_INET6, text, octets) == 1 ? std::string(octets, 16) : "no address";
}

class EngineTest : public testing::Test {
  protected:
    void start(const Upstream& forwarder, std::uint32_t ttl_min) {
        start(ResolverConfig{{forwarder}}, ttl_min);
    }
    void start(const ResolverConfig& resolver, std::uint32_t ttl_min) {
        make_engine(resolver, AliasConfig{.policy = {.ttl_min = {ttl_min}}},
                    [this](const TargetKey& changed) {
                        ++changes_[changed];
                        std::vector<Addresses>& sets = sets_[changed];
                        const Addresses& addresses = engine_->find(changed)->last_good->addresses;
                        if (sets.empty() || sets.back() != addresses) sets.push_back(addresses);
                    });
    }
    void make_engine(const ResolverConfig& resolver, const AliasConfig& alias,
                     AliasEngine::OnChange on_change, AliasEngine::OnHealth on_health = {},
                     AliasStore* store = nullptr) {
        engine_ = std::make_unique<AliasEngine>(base_.get(), resolver, alias, std::move(on_change),
                                                std::move(on_health), store, AliasEngine::OnAlarm(),
                                                std::vector<wire::IpAddress>());
    }
    bool is_published(const TargetKey& target, const Addresses& addresses) const {
        const TargetState* state = engine_->find(target);
        return state != nullptr && state->last_good && state->last_good->addresses == addresses;
    }
    bool wait(double seconds, const std::function<bool()>& is_done) {
        return run_until(base_.get(), seconds, is_done);
    }

    EventLoop base_ = make_event_loop();
    std::map<TargetKey, int> changes_;
    std::map<TargetKey, std::vector<Addresses>> sets_;  ///< a new TTL or rung makes no other one
    std::unique_ptr<AliasEngine> engine_;
};

}  // namespace apex::control::test
