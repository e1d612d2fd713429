// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// A DNS server that is asked: "ADDRESS" or "ADDRESS@PORT", as libunbound writes it too.
// Any thread, no state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "dataplane/wire/address.hh"

namespace apex::control {

struct Upstream {
    wire::IpAddress address;
    std::uint16_t port = 53;
    bool operator==(const Upstream&) const = default;

    /// Empty when `text` is neither form.
    static std::optional<Upstream> from_text(const std::string& text);
    /// "ADDRESS@PORT", one text for each server.
    std::string to_text() const;
};

}  // namespace apex::control
