// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Any bytes as one line of the control protocol, before and after hello: the
// decision never throws, every answer is one line of JSON, and what is run is a
// known method with an object. Entry point of libFuzzer.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "control/ctl/message.hh"

namespace {

using namespace apex::control;
using Kind = LineVerdict::Kind;

void require(bool holds) {
    if (!holds) std::abort();
}

void check(std::string_view line, bool greeted) {
    static const Handlers handlers = {{"status", {}}, {"zone.list", {}}, {"zone.show", {}}};
    LineVerdict verdict = judge_line(line, greeted, handlers);
    if (verdict.kind == Kind::run) {
        require(greeted && handlers.contains(verdict.method) && verdict.params.is_object());
        verdict.line = result_line(verdict.id, std::move(verdict.params));
    }
    require(greeted || verdict.kind != Kind::watch);
    if (verdict.kind == Kind::ignore) return require(verdict.line.empty());
    require(verdict.line.find('\n') == verdict.line.size() - 1);
    verdict.line.pop_back();
    const auto answer = parse_json(verdict.line);
    // The answer wraps what it repeats in one level of its own.
    require(answer ? answer->is_object() : verdict.kind == Kind::run);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view line(reinterpret_cast<const char*>(data), size);
    check(line, false);
    check(line, true);
    return 0;
}
