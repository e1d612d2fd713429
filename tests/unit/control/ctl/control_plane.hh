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

#include "control/ctl/methods.hh"
#include "control/zone/name_text.hh"
#include "tests/unit/control/alias/real_upstreams.hh"

namespace apex::control::test {

class ControlPlane {
  public:
    /// example.com is configured with `records` below an SOA and an NS; targets are
    /// asked for at `forwarder`.
    explicit ControlPlane(const std::string& forwarder, const std::string& records = "")
        : folder_(make_folder()), config_(make_config(folder_, forwarder)) {
        write_zone(records);
        zones_.attach(engine_);
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
    void write_zone(const std::string& records) const {
        std::ofstream(zone_file()) << "$TTL 3600\n@ SOA ns hostmaster 7 3600 600 86400 60\n"
                                   << "@ NS ns.example.net.\n"
                                   << records;
    }
    /// Loads every configured zone and puts it in service.
    void load() {
        bool done = false;
        reloader_.submit(
            [this] {
                return Reloader::Plan{config_.zones, {}};
            },
            [&](const Result<void>& result) {
                EXPECT_TRUE(result) << result.error().to_string();
                done = true;
            });
        EXPECT_TRUE(wait(30, [&] { return done; }));
    }
    /// The answer of a command, which must come within ten seconds.
    Result<nlohmann::json> call(const std::string& method,
                                const nlohmann::json& params = nlohmann::json::object()) {
        std::optional<Result<nlohmann::json>> answer;
        methods_.at(method)(params,
                            [&](Result<nlohmann::json> given) { answer = std::move(given); });
        if (!wait(10, [&] { return answer.has_value(); })) return fail("no answer");
        return *answer;
    }
    bool wait(double seconds, const std::function<bool()>& is_done) {
        return run_until(base_.get(), seconds, is_done);
    }

    event_base* base() { return base_.get(); }
    ZoneSet& zones() { return zones_; }
    AliasEngine& engine() { return engine_; }
    Reloader& reloader() { return reloader_; }

  private:
    struct FreeBase {
        void operator()(event_base* base) const { event_base_free(base); }
    };

    static std::filesystem::path make_folder() {
        std::string folder = (std::filesystem::temp_directory_path() / "apexdns-XXXXXX").string();
        EXPECT_NE(mkdtemp(folder.data()), nullptr);
        return folder;
    }
    static Config make_config(const std::filesystem::path& folder, const std::string& forwarder) {
        Config config;
        config.file = folder / "apexd.yaml";
        config.server.workers = {1};
        config.resolver.forward = {forwarder};
        config.zones = {
            {parse_name("example.com").value(), folder / "example.com.zone", Flatten::apex, 1}};
        return config;
    }

    std::unique_ptr<event_base, FreeBase> base_{event_base_new()};
    std::filesystem::path folder_;
    Config config_;
    table::Table table_{1};
    table::Publisher publisher_{table_};
    ZoneSet zones_{publisher_, config_.alias};
    AliasEngine engine_{base_.get(), config_.resolver, config_.alias,
                        [this](const TargetKey& key) { zones_.on_alias_change(key); }};
    Background background_{base_.get()};
    Reloader reloader_{background_, zones_, config_.alias.type};
    Services services_{.config = config_,
                       .publisher = publisher_,
                       .engine = engine_,
                       .zones = zones_,
                       .reloader = reloader_,
                       .background = background_,
                       .started = std::chrono::steady_clock::now()};
    Handlers methods_{make_methods(services_)};
};

}  // namespace apex::control::test
