// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The one error type of the control plane. Any thread.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace apex::control {

/// What went wrong, where, and what was expected, fit for an operator to read.
struct Error {
    std::string message;    ///< what was read and what was expected
    std::string file = {};  ///< empty when no file is at fault
    unsigned line = 0;      ///< 1-based; 0 when the file as a whole is meant

    /// One line: "file:line: message", without the parts that are not known.
    std::string to_string() const {
        if (file.empty()) return message;
        if (line == 0) return file + ": " + message;
        return file + ":" + std::to_string(line) + ": " + message;
    }
};

template <typename T>
using Result = std::expected<T, Error>;

/// For `return fail("...")` in a function that returns a Result.
inline std::unexpected<Error> fail(std::string message, std::string file = {}, unsigned line = 0) {
    return std::unexpected(Error{std::move(message), std::move(file), line});
}

}  // namespace apex::control
