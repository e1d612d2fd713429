// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// A zone of the configuration as it is in service. The zone set owns it and changes it, the
// commands show it. Control thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>

#include "control/config/config.hh"
#include "control/error.hh"
#include "control/publish/compiler.hh"
#include "control/publish/prepared_zone.hh"
#include "control/zone/zone.hh"

namespace apex::control {

/// A configured zone, served or not.
struct ZoneEntry {
    ZoneConfig config;     ///< that it is served by
    ZoneConfig attempted;  ///< of the last attempt to load; after a success the same
    table::ZoneId id = 0;
    /// What is in service; null: nothing. Shared with the helper thread, which compares
    /// what comes with it and frees it when it went.
    std::shared_ptr<const Zone> zone;
    std::unique_ptr<Compiler> compiler;
    std::optional<Error> error;  ///< of the last attempt to load; empty after a success
    std::chrono::system_clock::time_point loaded_at;
    std::size_t changed_names = 0;  ///< by the last load
    AliasOwners aliases;
    /// Owners whose answers stay as they were, because those that an ALIAS change
    /// asks for cannot be prepared; why, by owner.
    std::map<wire::Name, Error> stuck;

    bool served() const { return zone != nullptr; }
    /// What the operator should look at; null: nothing.
    const Error* problem() const {
        if (error) return &*error;
        return stuck.empty() ? nullptr : &stuck.begin()->second;
    }
};

}  // namespace apex::control
