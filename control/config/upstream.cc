// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/config/upstream.hh"

#include <string_view>

#include "control/config/period.hh"

namespace apex::control {

std::optional<Upstream> Upstream::from_text(const std::string& text) {
    const std::size_t at = text.find('@');
    const auto address = wire::IpAddress::from_text(text.substr(0, at));
    if (!address) return std::nullopt;
    if (at == std::string::npos) return Upstream{*address};
    const auto port = parse_port(std::string_view(text).substr(at + 1));
    if (!port) return std::nullopt;
    return Upstream{*address, *port};
}

std::string Upstream::to_text() const {
    return address.to_text() + '@' + std::to_string(port);
}

}  // namespace apex::control
