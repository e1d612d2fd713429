// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The control socket's file: made at start, replaced when a dead process left
// it, removed at the end. Control thread.
#pragma once

#include <sys/stat.h>
#include <sys/un.h>

#include <filesystem>

#include "control/config/fd.hh"
#include "control/error.hh"

namespace apex::control {

/// The address of `path`; a path that does not fit is an Error that says so.
Result<sockaddr_un> unix_address(const std::filesystem::path& path);

class SocketFile {
  public:
    /// Binds and listens, non-blocking, mode 0660. A missing parent directory is
    /// made with mode 0755. A socket that something answers on stays untouched
    /// and is an Error, as is a file that is no socket.
    static Result<SocketFile> listen(const std::filesystem::path& path);

    SocketFile(SocketFile&& other) noexcept;
    SocketFile& operator=(SocketFile&&) = delete;
    /// Unlinks the file unless another process has put its own in its place.
    ~SocketFile();

    int release_fd() { return fd_.release(); }
    /// The group that the file has now: an operator may change it at any time.
    gid_t group() const;

  private:
    SocketFile(std::filesystem::path path, Fd fd, const struct stat& made);

    std::filesystem::path path_;  ///< empty when moved from
    Fd fd_;
    struct stat made_;
};

}  // namespace apex::control
