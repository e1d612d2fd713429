// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Results of the daemon as text for people, for apexctl. Pure.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace apex::control {

struct RenderOptions {
    bool colour = false;
    bool zeros = false;  ///< also show counters that are zero
};

/// The text for `result` of `method`, with a newline at its end. Any JSON at all
/// is accepted: what is missing reads "-".
std::string render(std::string_view method, const nlohmann::json& result,
                   const RenderOptions& options);

/// A notification of `watch`, in one line.
std::string render_event(const nlohmann::json& params, const RenderOptions& options);

/// `alias history`.
std::string render_history(const nlohmann::json& result, const RenderOptions& options);

/// `alias explain`: the way from the owner to its addresses, as a story.
std::string render_explanation(const nlohmann::json& result, const RenderOptions& options);

}  // namespace apex::control
