// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "control/ctl/server.hh"

#include <event2/event.h>
#include <event2/listener.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <chrono>
#include <csignal>
#include <map>
#include <utility>
#include <vector>

#include "control/alias/timer.hh"
#include "control/ctl/connection.hh"
#include "control/ctl/peer.hh"
#include "control/ctl/socket_file.hh"

namespace apex::control {
namespace {

struct FreeListener {
    void operator()(evconnlistener* listener) const { evconnlistener_free(listener); }
};

}  // namespace

struct ControlServer::Impl {
    Impl(event_base* loop, SocketFile socket, Handlers commands, const ControlLimits& most)
        : base(loop),
          handlers(std::move(commands)),
          limits(most),
          file(std::move(socket)),
          retry(loop, [this] { evconnlistener_enable(listener.get()); }) {}

    bool start();
    void admit(Fd fd);
    void turn_away(const Fd& fd, const std::string& why) const;

    static void on_accept(evconnlistener*, evutil_socket_t fd, sockaddr*, int, void* self);
    static void on_accept_error(evconnlistener* listener, void* self);

    event_base* base;
    Handlers handlers;
    ControlLimits limits;
    SocketFile file;
    Timer retry;
    std::unique_ptr<evconnlistener, FreeListener> listener;
    std::map<Connection*, std::shared_ptr<Connection>> clients;
};

bool ControlServer::Impl::start() {
    const int fd = file.release_fd();
    constexpr int already_listening = 0;
    listener.reset(evconnlistener_new(base, on_accept, this,
                                      LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
                                      already_listening, fd));
    if (!listener) {
        const Fd closing(fd);
        return false;
    }
    evconnlistener_set_error_cb(listener.get(), on_accept_error);
    return true;
}

void ControlServer::Impl::on_accept(evconnlistener*, evutil_socket_t fd, sockaddr*, int,
                                    void* self) {
    Fd owned(fd);
    try {
        static_cast<Impl*>(self)->admit(std::move(owned));
    } catch (const std::exception& error) {
        spdlog::error("control: a client could not be admitted: {}", error.what());
    }
}

/// Out of descriptors, most likely: the socket stays readable, so accepting
/// again at once would only spin.
void ControlServer::Impl::on_accept_error(evconnlistener* listener, void* self) {
    spdlog::warn("control: accept: {}; trying again in a second",
                 evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
    evconnlistener_disable(listener);
    static_cast<Impl*>(self)->retry.arm(std::chrono::seconds(1));
}

void ControlServer::Impl::admit(Fd fd) {
    const auto peer = peer_of(fd.get());
    if (!peer) return turn_away(fd, peer.error().to_string());
    if (const gid_t group = file.group(); !may_enter(*peer, ::geteuid(), group)) {
        return turn_away(fd, "user " + std::to_string(peer->uid) +
                                 " may not control apexd; be root or a member of group " +
                                 std::to_string(group));
    }
    if (clients.size() >= limits.clients) {
        return turn_away(fd, std::to_string(clients.size()) +
                                 " clients are connected already, the most that apexd serves");
    }
    spdlog::debug("control: pid {} uid {} connected", peer->pid, peer->uid);
    auto client = Connection::start(base, std::move(fd), *peer, handlers, limits,
                                    [this](Connection* gone) { clients.erase(gone); });
    if (client) clients.emplace(client.get(), client);
}

void ControlServer::Impl::turn_away(const Fd& fd, const std::string& why) const {
    spdlog::debug("control: a client turned away: {}", why);
    const std::string line = error_line(nullptr, RpcCode::not_admitted, why);
    // A fresh socket's buffer holds one short line; if not, closing says enough.
    [[maybe_unused]] const auto sent =
        ::send(fd.get(), line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

Result<std::unique_ptr<ControlServer>> ControlServer::listen(event_base* base,
                                                             const std::filesystem::path& path,
                                                             Handlers handlers,
                                                             const ControlLimits& limits) {
    std::signal(SIGPIPE, SIG_IGN);
    auto file = SocketFile::listen(path);
    if (!file) return std::unexpected(file.error());
    auto impl = std::make_unique<Impl>(base, std::move(*file), std::move(handlers), limits);
    if (!impl->start()) return fail('"' + path.string() + "\": the event loop took no listener");
    return std::unique_ptr<ControlServer>(new ControlServer(std::move(impl)));
}

void ControlServer::notify(const std::function<nlohmann::json()>& params) {
    // One that cannot take it leaves the map.
    std::vector<std::shared_ptr<Connection>> watching;
    for (const auto& [key, client] : impl_->clients) {
        if (client->is_watching()) watching.push_back(client);
    }
    if (watching.empty()) return;
    const std::string line = watch_line(params());
    for (const auto& client : watching) client->notify(line);
}

ControlServer::ControlServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ControlServer::~ControlServer() = default;

}  // namespace apex::control
