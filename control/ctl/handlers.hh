// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Commands by name. The socket server knows nothing of what they do; whoever
// composes the program registers them. Control thread only.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "control/error.hh"

namespace apex::control {

/// Ends one request: call it exactly once, now or later, on the control thread.
/// It may outlive the client's connection; the answer is then dropped.
using Reply = std::function<void(Result<nlohmann::json>)>;

/// `params` is always an object. Errors of the caller's making (an unknown zone,
/// a missing parameter) are ordinary Errors with a message for the operator.
using Handler = std::function<void(const nlohmann::json& params, Reply reply)>;

using Handlers = std::map<std::string, Handler>;

}  // namespace apex::control
