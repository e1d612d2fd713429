// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Owner of a file descriptor: closes it once. Used while ports start and stop;
// any thread, one owner.
#pragma once

#include <utility>

#include <unistd.h>

namespace apex::io {

class FileDescriptor {
  public:
    FileDescriptor() = default;
    /// Takes what open(2) and its kin return; negative means none.
    explicit FileDescriptor(int fd) : fd_(fd) {}
    FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~FileDescriptor() {
        if (fd_ >= 0) ::close(fd_);
    }

    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }

  private:
    int fd_ = -1;
};

}  // namespace apex::io
