// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Implements unbound_context.hh. Options go in as a file because libunbound takes
// a forward-zone no other way, and `forward-no-cache` is an option of that clause.
#include "control/alias/unbound_context.hh"

#include <sys/mman.h>
#include <unbound-event.h>
#include <unbound.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "control/config/fd.hh"

namespace apex::control {
namespace {

// A target that an operator names under test. or home.arpa. is meant; unbound
// would deny both from its built-in zones.
constexpr const char* common_options =
    "server:\n"
    "  do-not-query-localhost: no\n"
    "  local-zone: \"test.\" nodefault\n"
    "  local-zone: \"home.arpa.\" nodefault\n"
    "  outgoing-range: 512\n"
    "  num-queries-per-thread: 512\n"
    "  cache-max-negative-ttl: 300\n"
    "  infra-keep-probing: yes\n";

// What one target makes of a forwarder must not be held against it when others are asked
// for: its rating is for the moment (infra-host-ttl), without a bound above which it would
// not be used (infra-cache-max-rtt), and allows at first for an answer that it has to
// fetch. A lone one is asked again at once after a silence; of several the silent ones are
// avoided for a while. The forward-zone clause below keeps our own cache from standing
// between us and the forwarder.
constexpr const char* forward_options = "  unknown-server-time-limit: 1000\n";

constexpr const char* recursion_options =
    "  infra-host-ttl: 60\n"
    "  infra-cache-max-rtt: 3000\n";

/// An unnamed file that holds `text`; none when the system says no.
Fd memory_file(const std::string& text) {
    Fd file(memfd_create("apexd-unbound", MFD_CLOEXEC));
    if (!file) return file;
    const ssize_t written = write(file.get(), text.data(), text.size());
    return written == static_cast<ssize_t>(text.size()) ? std::move(file) : Fd();
}

}  // namespace

void FreeUnbound::operator()(ub_ctx* context) const {
    ub_ctx_delete(context);
}

std::string unbound_options(const ResolverConfig& config) {
    std::string text = common_options;
    text += config.trust_anchors.empty() ? "  module-config: \"iterator\"\n"
                                         : "  module-config: \"validator iterator\"\n";
    for (const std::string& anchor : config.trust_anchors) {
        text += "  trust-anchor: \"" + anchor + "\"\n";
    }
    if (config.forward.empty()) return text + recursion_options;
    text += forward_options;
    text += config.forward.size() == 1 ? "  infra-host-ttl: 0\n" : "  infra-host-ttl: 10\n";
    text += "forward-zone:\n  name: \".\"\n  forward-no-cache: yes\n";
    for (const Upstream& server : config.forward) {
        text += "  forward-addr: \"" + server.to_text() + "\"\n";
    }
    return text;
}

Result<UnboundContext> make_unbound_context(event_base* base, const ResolverConfig& config) {
    UnboundContext context(ub_ctx_create_event(base));
    if (!context) return fail("libunbound could not make a context: out of memory or descriptors");
    const Fd file = memory_file(unbound_options(config));
    if (!file) {
        return fail(std::string("no memory file for libunbound's options: ") +
                    std::strerror(errno));
    }
    const std::string path = "/proc/self/fd/" + std::to_string(file.get());
    const int status = ub_ctx_config(context.get(), path.c_str());
    if (status != UB_NOERROR) {
        return fail(std::string("libunbound refused its options (is /proc mounted?): ") +
                    ub_strerror(status));
    }
    return context;
}

std::string resolver_text(const ResolverConfig& config) {
    if (config.forward.empty()) return "recursion";
    std::string text = "forward ";
    for (std::size_t i = 0; i < config.forward.size(); ++i) {
        if (i > 0) text += ", ";
        text += config.forward[i].to_text();
    }
    return text;
}

}  // namespace apex::control
