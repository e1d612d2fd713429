// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/config/read_file.hh"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "control/config/fd.hh"

namespace apex::control {

namespace {

std::string system_error() {
    return std::strerror(errno);
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
    // A FIFO without a writer would block the open itself.
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) return fail("cannot open: " + system_error(), path.string());

    struct stat status {};
    if (::fstat(file.get(), &status) != 0) {
        return fail("cannot read: " + system_error(), path.string());
    }
    if (!S_ISREG(status.st_mode)) {
        return fail("is not a regular file; expected a text file", path.string());
    }
    const auto too_large = [&] {
        return fail("is larger than " + std::to_string(limit) + " octets, the most that is read",
                    path.string());
    };
    const auto expected = static_cast<std::size_t>(status.st_size);
    if (expected > limit) return too_large();

    // One octet more than expected, so that a file of that size ends with a
    // short read; a file that grows meanwhile is read on up to the limit.
    std::string text;
    std::size_t used = 0;
    for (std::size_t room = expected + 1;; room = used + 65536) {
        text.resize(room);
        while (used < room) {
            const ssize_t got = ::read(file.get(), text.data() + used, room - used);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) return fail("cannot read: " + system_error(), path.string());
            if (got == 0) {
                text.resize(used);
                return text;
            }
            used += static_cast<std::size_t>(got);
            if (used > limit) return too_large();
        }
    }
}

}  // namespace apex::control
