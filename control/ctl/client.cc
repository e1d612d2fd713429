// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "control/ctl/client.hh"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "control/ctl/message.hh"
#include "control/ctl/socket_file.hh"

namespace apex::control {
namespace {

using nlohmann::json;

/// The server lets no more than its output limit of 64 MiB pile up.
constexpr std::size_t longest_line = std::size_t{65} << 20;

std::string advice(int error) {
    switch (error) {
        case ENOENT:
        case ENOTDIR:
            return "no such socket; is apexd running? --socket names another one";
        case ECONNREFUSED:
            return "nobody answers on it; apexd is not running (it may have left the file)";
        case EACCES:
        case EPERM:
            return "permission denied; be root or a member of the socket file's group";
        case EAGAIN:
            return "apexd takes no more connections at the moment; is it stuck?";
        default:
            return std::strerror(error);
    }
}

/// The members of an answer, whatever the daemon put into them.
Answer to_answer(json& message) {
    const auto error = message.find("error");
    if (error == message.end()) {
        const auto result = message.find("result");
        if (result == message.end()) return {.error = "the answer has neither result nor error"};
        return {.result = std::move(*result)};
    }
    if (error->is_object()) {
        if (const auto text = error->find("message");
            text != error->end() && text->is_string() && !text->get_ref<std::string&>().empty()) {
            return {.error = text->get<std::string>()};
        }
    }
    return {.error = "an error without a message"};
}

}  // namespace

Result<ControlClient> ControlClient::connect(const std::filesystem::path& path,
                                             std::chrono::milliseconds timeout) {
    const auto address = unix_address(path);
    if (!address) return std::unexpected(address.error());
    Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd ||
        ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) {
        return fail(path.string() + ": cannot connect: " + advice(errno));
    }
    return ControlClient(path.string(), std::move(fd), Clock::now() + timeout, timeout);
}

ControlClient::ControlClient(std::string path, Fd fd, Clock::time_point deadline,
                             std::chrono::milliseconds timeout)
    : path_(std::move(path)), fd_(std::move(fd)), deadline_(deadline), timeout_(timeout) {}

std::unexpected<Error> ControlClient::lost(const std::string& why) const {
    return fail(path_ + ": " + why);
}

Result<void> ControlClient::wait(short what) {
    for (;;) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
        if (left <= 0) break;
        pollfd waiting{.fd = fd_.get(), .events = what, .revents = 0};
        const int turn = static_cast<int>(std::min<long long>(left, 60'000));
        const int ready = ::poll(&waiting, 1, turn);
        if (ready > 0) return {};
        if (ready < 0 && errno != EINTR) return lost(std::strerror(errno));
    }
    return lost("no answer within " + std::to_string(timeout_.count() / 1000) +
                " s; --timeout waits longer");
}

Result<void> ControlClient::write(std::string_view line) {
    while (!line.empty()) {
        const auto sent = ::send(fd_.get(), line.data(), line.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            line.remove_prefix(static_cast<std::size_t>(sent));
        } else if (errno == EAGAIN) {
            if (auto ready = wait(POLLOUT); !ready) return ready;
        } else if (errno == EPIPE || errno == ECONNRESET) {
            // A server that hangs up says why first; reading finds it.
            return {};
        } else if (errno != EINTR) {
            return lost(std::string("connection lost: ") + std::strerror(errno));
        }
    }
    return {};
}

Result<std::string> ControlClient::read_line() {
    std::array<char, 65536> chunk{};
    for (;;) {
        if (const auto end = input_.find('\n', scanned_); end != std::string::npos) {
            std::string line = input_.substr(0, end);
            input_.erase(0, end + 1);
            scanned_ = 0;
            return line;
        }
        scanned_ = input_.size();
        if (input_.size() > longest_line) return lost("an answer of more than 65 MiB");
        const auto got = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
        if (got > 0) {
            input_.append(chunk.data(), static_cast<std::size_t>(got));
        } else if (got == 0) {
            return lost("connection lost: apexd closed it; has it stopped?");
        } else if (errno == EAGAIN) {
            if (auto ready = wait(POLLIN); !ready) return std::unexpected(ready.error());
        } else if (errno != EINTR) {
            return lost(std::string("connection lost: ") + std::strerror(errno));
        }
    }
}

Result<json> ControlClient::read_message() {
    const auto read = read_line();
    if (!read) return std::unexpected(read.error());
    auto message = parse_json(*read);
    if (!message || !message->is_object()) {
        return lost("the other end does not speak the control protocol; is it an apexd?");
    }
    return message;
}

Result<json> ControlClient::next(const std::string& method) {
    deadline_ = Clock::time_point::max();
    for (;;) {
        auto message = read_message();
        if (!message) return message;
        if (message->contains("error")) return lost(to_answer(*message).error);
        const auto called = message->find("method");
        if (called == message->end() || *called != method) continue;
        const auto params = message->find("params");
        return params == message->end() ? json() : std::move(*params);
    }
}

Result<Answer> ControlClient::call(const std::string& method, const json& params) {
    const int id = ++last_id_;
    const std::string line =
        to_line({{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}});
    if (auto written = write(line); !written) return std::unexpected(written.error());
    for (;;) {
        auto message = read_message();
        if (!message) return std::unexpected(message.error());
        // An error with the id null is about the connection as a whole.
        const auto answered = message->find("id");
        if (answered == message->end()) continue;
        if (*answered == id || (answered->is_null() && message->contains("error"))) {
            return to_answer(*message);
        }
    }
}

}  // namespace apex::control
