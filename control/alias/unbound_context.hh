// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Makes the libunbound context that the resolver asks, set up for the forwarders
// or for full recursion. Called by the resolver on the control thread.
#pragma once

#include <memory>
#include <string>

#include "control/config/config.hh"
#include "control/error.hh"

struct event_base;
struct ub_ctx;

namespace apex::control {

struct FreeUnbound {
    /// Calls back once more, with an error, for each resolution under way.
    void operator()(ub_ctx* context) const;
};
using UnboundContext = std::unique_ptr<ub_ctx, FreeUnbound>;

/// A context on `base`, which must outlive it, with every option set. The error
/// says which step is at fault.
Result<UnboundContext> make_unbound_context(event_base* base, const ResolverConfig& config);

/// The options as unbound.conf(5) text.
std::string unbound_options(const ResolverConfig& config);

/// Who answers, for people: "forward 192.0.2.1@53, 192.0.2.2@53" or "recursion".
std::string resolver_text(const ResolverConfig& config);

}  // namespace apex::control
