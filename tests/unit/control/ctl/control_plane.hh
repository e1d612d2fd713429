// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The whole control plane without a packet side: zones in files of a folder of its
// own, an engine, a table that nobody reads, and the commands called as the control
// socket would. One thread and the helper's.
#pragma once

#include <event2/event.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/alias/event_loop.hh"
#include "control/config/ldns_handle.hh"
#include "control/ctl/methods.hh"
#include "control/zone/name_text.hh"
#include "dataplane/answer/response.hh"
#include "tests/unit/control/alias/real_upstreams.hh"

namespace apex::control::test {

class ControlPlane {
  public:
    /// example.com, with `records` below an SOA and an NS, and example.org are configured;
    /// targets are asked for at `forwarder`.
    explicit ControlPlane(const Upstream& forwarder, const std::string& records = "")
        : folder_(make_folder()), config_(make_config(folder_, forwarder)) {
        write_zone(records);
        zones_.attach(engine_);
        zones_.attach(health_);
        health_.set_on_change(
            [this](const HealthKey& key, const HealthState&) { zones_.on_health_change(key); });
        background_.start();
        services_.counters = [](std::size_t) -> const answer::Counters& {
            static const answer::Counters none;
            return none;
        };
        services_.ports = [] { return std::vector<PortInfo>{}; };
    }
    ~ControlPlane() { std::filesystem::remove_all(folder_); }
    ControlPlane(const ControlPlane&) = delete;
    ControlPlane& operator=(const ControlPlane&) = delete;

    std::filesystem::path zone_file() const { return config_.zones.front().file; }
    /// `records` below an SOA and an NS, in the file of example.com or of `zone`.
    void write_zone(const std::string& records) const { write_zone("example.com", records); }
    void write_zone(const std::string& zone, const std::string& records) const {
        std::ofstream(folder_ / (zone + ".zone"))
            << "$TTL 3600\n@ SOA ns hostmaster 7 3600 600 86400 60\n"
            << "@ NS ns.example.net.\n"
            << records;
    }
    /// Of an owner in example.com, from the next load on.
    void set_health(const std::string& owner, const HealthCheck& check) {
        ZoneConfig& zone = config_.zones.front();
        AliasPolicy policy = zone.alias;
        policy.health = check;
        zone.records[parse_name(owner).value()] = policy;
    }
    /// Loads every zone that has a file and puts it in service, or `zone` alone.
    void load(const std::string& zone = "") {
        Reloader::Plan plan;
        for (const ZoneConfig& config : config_.zones) {
            const bool is_meant = zone.empty() || config.name == parse_name(zone).value();
            if (is_meant && std::filesystem::exists(config.file)) plan.load.push_back(config);
        }
        change(plan);
    }
    void remove(const std::string& zone) { change({{}, {parse_name(zone).value()}}); }
    /// The answer of a command, which must come within ten seconds.
    Result<nlohmann::json> call(const std::string& method,
                                const nlohmann::json& params = nlohmann::json::object()) {
        std::optional<Result<nlohmann::json>> answer;
        methods_.at(method)(params,
                            [&](Result<nlohmann::json> given) { answer = std::move(given); });
        if (!wait(10, [&] { return answer.has_value(); })) return fail("no answer");
        return *answer;
    }
    /// A command whose answer comes while a later call turns the loop.
    void start(const std::string& method, const nlohmann::json& params, const Reply& reply) {
        methods_.at(method)(params, reply);
    }
    std::string metrics() const { return metrics_text(services_); }
    /// The octets that the table answers with.
    std::vector<std::uint8_t> reply(const std::string& name, wire::RrType type) {
        const table::Snapshot snapshot = table_.snapshot();
        const auto wire = parse_name(name).value();
        std::string query = std::string("\x12\x34\1\0\0\1\0\0\0\0\0\0", 12);
        query += wire.wire();
        query += {'\0', static_cast<char>(wire::to_int(type)), '\0', '\1'};
        std::vector<std::uint8_t> message(query.begin(), query.end());
        message.resize(2048);
        answer::Query parsed;
        answer::parse_query(message.data(), query.size(), message.size(), snapshot.hash_key(),
                            parsed);
        message.resize(answer::respond(parsed, snapshot).length);
        return message;
    }
    /// Of these, the first address, or the RCODE without one.
    std::string ask(const std::string& name, wire::RrType type) {
        const std::vector<std::uint8_t> message = reply(name, type);
        ldns_pkt* raw = nullptr;
        if (ldns_wire2pkt(&raw, message.data(), message.size()) != LDNS_STATUS_OK) return "?";
        const LdnsPtr<ldns_pkt> packet(raw);
        const auto text = [](char* made) { return std::string(LdnsPtr<char>(made).get()); };
        const ldns_rr_list* records = ldns_pkt_answer(raw);
        for (std::size_t n = 0; n < ldns_rr_list_rr_count(records); ++n) {
            const ldns_rr* record = ldns_rr_list_rr(records, n);
            if (ldns_rr_get_type(record) != static_cast<ldns_rr_type>(wire::to_int(type))) continue;
            return text(ldns_rdf2str(ldns_rr_rdf(record, 0)));
        }
        return text(ldns_pkt_rcode2str(ldns_pkt_get_rcode(raw)));
    }
    /// True when every target that is followed has been resolved, within ten seconds.
    bool wait_for_aliases() {
        return wait(10, [&] {
            bool all = true;
            engine_.for_each([&](const TargetState& state) { all &= state.last_good.has_value(); });
            return all;
        });
    }
    bool wait(double seconds, const std::function<bool()>& is_done) {
        return run_until(base_.get(), seconds, is_done);
    }

    event_base* base() { return base_.get(); }
    ZoneSet& zones() { return zones_; }
    AliasEngine& engine() { return engine_; }
    Reloader& reloader() { return reloader_; }

  private:
    static std::filesystem::path make_folder() {
        std::string folder = (std::filesystem::temp_directory_path() / "apexdns-XXXXXX").string();
        EXPECT_NE(mkdtemp(folder.data()), nullptr);
        return folder;
    }
    void change(const Reloader::Plan& plan) {
        bool done = false;
        reloader_.submit([&plan] { return plan; },
                         [&](const Result<void>& result) {
                             EXPECT_TRUE(result) << result.error().to_string();
                             done = true;
                         });
        EXPECT_TRUE(wait(30, [&] { return done; }));
    }
    static Config make_config(const std::filesystem::path& folder, const Upstream& forwarder) {
        Config config;
        config.file = folder / "apexd.yaml";
        config.server.workers = {1};
        config.resolver.forward = {forwarder};
        for (const std::string zone : {"example.com", "example.org"}) {
            config.zones.push_back(
                {parse_name(zone).value(), folder / (zone + ".zone"), Flatten::apex, 1});
        }
        return config;
    }

    EventLoop base_ = make_event_loop();
    std::filesystem::path folder_;
    Config config_;
    table::Table table_{1};
    table::Publisher publisher_{table_};
    ZoneSet zones_{publisher_, config_.alias.type};
    AliasStore store_{base_.get(), config_.control.state};
    AliasEngine engine_{base_.get(),
                        config_.resolver,
                        config_.alias,
                        [this](const TargetKey& key) { zones_.on_alias_change(key); },
                        {},
                        &store_,
                        {},
                        {}};
    HealthBoard health_{base_.get()};
    Background background_{base_.get()};
    Reloader reloader_{background_, zones_, config_.alias.type};
    Services services_{.config = config_,
                       .publisher = publisher_,
                       .engine = engine_,
                       .zones = zones_,
                       .reloader = reloader_,
                       .background = background_,
                       .store = store_,
                       .health = health_,
                       .started = std::chrono::steady_clock::now()};
    Handlers methods_{make_methods(services_)};
};

}  // namespace apex::control::test
