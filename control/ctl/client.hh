// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// apexctl's end of the control socket: one connection, one request at a time,
// blocking with a deadline. No state beyond the connection.
#pragma once

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "control/config/fd.hh"
#include "control/error.hh"

namespace apex::control {

/// What the daemon said to one request.
struct Answer {
    nlohmann::json result = {};  ///< null when the daemon answered an error
    std::string error = {};      ///< the error's message; empty: none
};

class ControlClient {
  public:
    /// Everything that follows must be over within `timeout`. An Error here or
    /// below means that nobody was reached or that the connection was lost.
    static Result<ControlClient> connect(const std::filesystem::path& path,
                                         std::chrono::milliseconds timeout);

    /// Sends one request and waits for its answer; `hello` has to be the first.
    Result<Answer> call(const std::string& method, const nlohmann::json& params);

    /// The params of the next notification of `method`, however long it takes. An Error
    /// also when the daemon says why it ends the connection.
    Result<nlohmann::json> next(const std::string& method);

  private:
    using Clock = std::chrono::steady_clock;

    ControlClient(std::string path, Fd fd, Clock::time_point deadline,
                  std::chrono::milliseconds timeout);

    Result<void> wait(short what);
    Result<void> write(std::string_view line);
    Result<std::string> read_line();
    Result<nlohmann::json> read_message();
    std::unexpected<Error> lost(const std::string& why) const;

    std::string path_;
    Fd fd_;
    Clock::time_point deadline_;
    std::chrono::milliseconds timeout_;
    std::string input_;
    std::size_t scanned_ = 0;  ///< bytes of input_ known to hold no newline
    int last_id_ = 0;
};

}  // namespace apex::control
