// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "control/ctl/socket_file.hh"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "control/ctl/peer.hh"

namespace apex::control {
namespace {

namespace fs = std::filesystem;

/// `"PATH": text` is how every message here begins.
std::unexpected<Error> fail_at(const fs::path& path, const std::string& text) {
    return fail('"' + path.string() + "\": " + text);
}

const sockaddr* generic(const sockaddr_un& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

Fd new_socket() {
    return Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

Result<void> make_parent(const fs::path& path) {
    const fs::path parent = path.parent_path();
    std::error_code error;
    if (parent.empty() || fs::is_directory(parent, error)) return {};
    if (!fs::create_directories(parent, error) && error) {
        return fail_at(parent, "cannot make the directory of the control socket: " +
                                   error.message() + "; set control.socket to a path elsewhere");
    }
    if (::chmod(parent.c_str(), 0755) != 0) return fail_at(parent, std::strerror(errno));
    return {};
}

/// Makes way for a new socket at `path`, or says who is in the way.
Result<void> clear_way(const fs::path& path, const sockaddr_un& address) {
    struct stat there {};
    if (::lstat(path.c_str(), &there) != 0) {
        if (errno == ENOENT) return {};
        return fail_at(path, std::strerror(errno));
    }
    if (!S_ISSOCK(there.st_mode)) {
        return fail_at(
            path, "a file that is not a socket is in the way; remove it or set control.socket");
    }
    const Fd probe = new_socket();
    if (!probe) return fail_at(path, std::string("socket: ") + std::strerror(errno));
    const bool connected = ::connect(probe.get(), generic(address), sizeof address) == 0;
    // Non-blocking: EAGAIN means that a full queue of clients waits for a live one.
    if (connected || errno == EAGAIN) {
        const auto peer = connected ? peer_of(probe.get()) : fail("");
        const std::string pid = peer ? " (pid " + std::to_string(peer->pid) + ")" : "";
        return fail_at(path,
                       "another apexd answers on it" + pid + "; stop it or set control.socket");
    }
    if (errno != ECONNREFUSED) {
        return fail_at(path, std::string("cannot tell whether another apexd answers on it: ") +
                                 std::strerror(errno) + "; set control.socket");
    }
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        return fail_at(path, std::string("cannot remove the socket of a dead process: ") +
                                 std::strerror(errno));
    }
    return {};
}

}  // namespace

Result<sockaddr_un> unix_address(const fs::path& path) {
    sockaddr_un address{};
    const std::string& text = path.native();
    constexpr std::size_t most = sizeof address.sun_path - 1;
    if (text.empty()) return fail("the path of the control socket is empty; expected a file name");
    if (text.size() > most || text.find('\0') != std::string::npos) {
        return fail_at(path, "a socket path of " + std::to_string(text.size()) +
                                 " bytes; expected " + std::to_string(most) +
                                 " at most and no NUL");
    }
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, text.data(), text.size());
    return address;
}

Result<SocketFile> SocketFile::listen(const fs::path& path) {
    const auto address = unix_address(path);
    if (!address) return std::unexpected(address.error());
    if (auto made = make_parent(path); !made) return std::unexpected(made.error());
    if (auto cleared = clear_way(path, *address); !cleared) return std::unexpected(cleared.error());

    Fd fd = new_socket();
    // Linux gives the file the socket's own mode, less the umask, so that it is
    // at no moment open to more users than in the end.
    if (!fd || ::fchmod(fd.get(), 0660) != 0 ||
        ::bind(fd.get(), generic(*address), sizeof *address) != 0) {
        return fail_at(path,
                       std::string("cannot make the control socket: ") + std::strerror(errno));
    }
    struct stat made {};
    if (::lstat(path.c_str(), &made) != 0) return fail_at(path, std::strerror(errno));
    SocketFile file(path, std::move(fd), made);
    if (::chmod(path.c_str(), 0660) != 0 || ::listen(file.fd_.get(), SOMAXCONN) != 0) {
        return fail_at(path, std::string("cannot listen: ") + std::strerror(errno));
    }
    return file;
}

SocketFile::SocketFile(fs::path path, Fd fd, const struct stat& made)
    : path_(std::move(path)), fd_(std::move(fd)), made_(made) {}

SocketFile::SocketFile(SocketFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), fd_(std::move(other.fd_)), made_(other.made_) {}

SocketFile::~SocketFile() {
    if (path_.empty()) return;
    struct stat now {};
    if (::lstat(path_.c_str(), &now) == 0 && now.st_dev == made_.st_dev &&
        now.st_ino == made_.st_ino) {
        ::unlink(path_.c_str());
    }
}

gid_t SocketFile::group() const {
    struct stat now {};
    return ::lstat(path_.c_str(), &now) == 0 ? now.st_gid : made_.st_gid;
}

}  // namespace apex::control
