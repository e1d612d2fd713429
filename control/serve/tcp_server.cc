// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/serve/tcp_server.hh"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <list>
#include <map>
#include <new>
#include <string>
#include <thread>
#include <utility>

#include "control/alias/event_loop.hh"
#include "control/alias/timer.hh"
#include "control/config/fd.hh"
#include "control/config/socket_address.hh"
#include "control/serve/bound_socket.hh"
#include "control/serve/stream_answers.hh"
#include "control/serve/wakeup.hh"

namespace apex::control {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int backlog = 511;
constexpr int fast_open_queue = 256;
/// Of the queries that a client sends ahead, octets that are taken in; the rest waits with it.
constexpr std::size_t max_ahead = StreamAnswers::prefix_size + StreamAnswers::max_message;
constexpr std::chrono::milliseconds sweep_interval{100};

/// Connections that are accepted before others are served.
constexpr int accepted_at_once = 16;
/// One in so many may be without a query yet before those that are make room for others.
constexpr unsigned newcomers = 10;
/// What a client must take of its replies in TcpLimits::idle, octets.
constexpr std::size_t least_progress = 1024;

struct FreeEvent {
    void operator()(event* one) const { event_free(one); }
};
struct Listener {
    Fd socket;
    std::unique_ptr<event, FreeEvent> on_client;
};
struct FreeStream {
    void operator()(bufferevent* stream) const { bufferevent_free(stream); }
};

/// Whose connections are counted together: an IPv4 address or an IPv6 /64.
wire::IpAddress client_of(const sockaddr& from) {
    wire::IpAddress client = ip_address(from);
    if (!client.is_v4()) std::memset(client.bytes.data() + 8, 0, 8);
    return client;
}

void add(std::atomic<std::uint64_t>& counter, std::int64_t count = 1) {
    counter.store(counter.load(std::memory_order_relaxed) + static_cast<std::uint64_t>(count),
                  std::memory_order_relaxed);
}

/// Of `wanted` connections as many as leave files for everything else that the process opens.
unsigned connections_for_files(unsigned wanted) {
    constexpr rlim_t others = 512;
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
    if (limit.rlim_cur < wanted + others) {
        limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, wanted + others);
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (limit.rlim_cur >= wanted + others) return wanted;
    const rlim_t files = limit.rlim_cur;
    const auto possible = static_cast<unsigned>(files > 2 * others ? files - others : files / 2);
    spdlog::warn(
        "tcp.connections is {}, but this process may open {} files: {} it is; raise "
        "LimitNOFILE",
        wanted, files, possible);
    return possible;
}

}  // namespace

struct TcpServer::Impl {
    struct Connection;
    /// By Connection::since, the idlest first.
    using Connections = std::list<Connection>;
    struct Connection {
        Impl* server;
        wire::IpAddress client;
        Clock::time_point since;  ///< of the last whole query, or progress, or the start
        bool has_asked = false;   ///< a whole query
        bool has_ended = false;   ///< nothing more comes, but replies may still go
        std::size_t waiting = 0;  ///< octets of replies, when last looked at
        std::unique_ptr<bufferevent, FreeStream> stream;
        Connections::iterator self{};
    };

    Impl(const answer::Server& server, const TcpLimits& most, table::Table& table, unsigned reader,
         EventLoop loop)
        : limits(most),
          base(std::move(loop)),
          answers(table, reader, server, static_cast<std::uint16_t>(most.idle * 10)),
          sweeper(base.get(), [this] { sweep(); }) {}
    ~Impl();
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    Result<void> start(const std::vector<wire::IpAddress>& addresses, std::uint16_t port);
    Result<void> listen_at(const wire::IpAddress& address, std::uint16_t port);
    void accept(int socket, const sockaddr& from);
    void keep(int socket, const wire::IpAddress& client);
    void serve(Connection& connection);
    void ended(Connection& connection, short what);
    void close(Connection& connection, std::atomic<std::uint64_t>* reason);
    void close_idle(Connections& connections);
    bool makes_progress(Connection& connection) const;
    Connections& list_of(const Connection& connection) {
        return connection.has_asked ? asked : silent;
    }
    std::size_t count() const { return silent.size() + asked.size(); }
    void accept_some(int listening);
    void pause();
    void sweep();

    TcpLimits limits;
    EventLoop base;
    StreamAnswers answers;
    Wakeup wakeup;
    std::unique_ptr<event, void (*)(event*)> on_wakeup{nullptr, event_free};
    Timer sweeper;
    std::vector<Listener> listeners;
    bool is_paused = false;
    Clock::time_point warned{};  ///< that accepting pauses
    Connections silent, asked;   // that have not sent a whole query yet, and that have
    std::map<wire::IpAddress, unsigned> by_client;
    std::atomic<std::uint64_t> open{0}, accepted{0}, idle{0}, displaced{0}, refused{0}, misused{0};
    std::thread thread;
};

TcpServer::Impl::~Impl() {
    if (thread.joinable()) {
        wakeup.raise();
        thread.join();
    }
    silent.clear();  // before the base that their events are on
    asked.clear();
    listeners.clear();
}

Result<void> TcpServer::Impl::listen_at(const wire::IpAddress& address, std::uint16_t port) {
    auto socket = bound_socket(Transport::tcp, address, port);
    if (socket && listen(socket->get(), backlog) != 0) {
        socket = std::unexpected(errno);  // as bind() of another one would have said
    }
    if (!socket) {
        Error error = bind_error(Transport::tcp, address, port, socket.error());
        // What this host cannot do does not keep others from being served.
        const int code = socket.error();
        if (code == EADDRINUSE || code == EACCES) {
            error.message += "; tcp.connections: 0 does without TCP";
            return std::unexpected(std::move(error));
        }
        spdlog::warn("{}; there is no TCP there", error.message);
        return {};
    }
    set_option(socket->get(), IPPROTO_TCP, TCP_FASTOPEN, fast_open_queue);  // not everywhere
    Listener listener{std::move(*socket), nullptr};
    listener.on_client.reset(event_new(
        base.get(), listener.socket.get(), EV_READ | EV_PERSIST,
        [](evutil_socket_t listening, short, void* self) {
            static_cast<Impl*>(self)->accept_some(listening);
        },
        this));
    if (listener.on_client == nullptr || event_add(listener.on_client.get(), nullptr) != 0) {
        return fail("TCP: out of memory");
    }
    listeners.push_back(std::move(listener));
    return {};
}

void TcpServer::Impl::accept_some(int listening) {
    for (int n = 0; n < accepted_at_once; ++n) {
        sockaddr_storage from{};
        socklen_t size = sizeof from;
        const int socket = accept4(listening, reinterpret_cast<sockaddr*>(&from), &size,
                                   SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket >= 0) {
            accept(socket, reinterpret_cast<const sockaddr&>(from));
        } else if (errno != EINTR && errno != ECONNABORTED) {
            if (errno != EAGAIN) pause();
            return;
        }
    }
}

Result<void> TcpServer::Impl::start(const std::vector<wire::IpAddress>& addresses,
                                    std::uint16_t port) {
    for (const wire::IpAddress& address : addresses) {
        if (auto listening = listen_at(address, port); !listening) return listening;
    }
    if (wakeup.fd() < 0) return fail(std::string("TCP: eventfd: ") + std::strerror(errno));
    on_wakeup.reset(event_new(
        base.get(), wakeup.fd(), EV_READ,
        [](evutil_socket_t, short, void* loop) {
            event_base_loopbreak(static_cast<event_base*>(loop));
        },
        base.get()));
    if (on_wakeup != nullptr) serve_first(on_wakeup.get());
    if (on_wakeup == nullptr || event_add(on_wakeup.get(), nullptr) != 0) {
        return fail("TCP: out of memory");
    }
    limits.connections = connections_for_files(limits.connections);
    sweeper.arm(sweep_interval);
    std::signal(SIGPIPE, SIG_IGN);
    thread = std::thread([this] {
        pthread_setname_np(pthread_self(), "tcp");
        event_base_dispatch(base.get());
    });
    return {};
}

void TcpServer::Impl::accept(int socket, const sockaddr& from) {
    add(accepted);
    const wire::IpAddress client = client_of(from);
    const auto known = by_client.find(client);
    if (known != by_client.end() && known->second >= limits.per_client) {
        add(refused);
        ::close(socket);
        return;
    }
    if (count() >= limits.connections) {
        // Clients that ask keep their places before those that only come.
        const bool are_many = silent.size() > limits.connections / newcomers;
        close(are_many || asked.empty() ? silent.front() : asked.front(), &displaced);
    }
    try {
        keep(socket, client);
    } catch (const std::bad_alloc&) {
        add(refused);
    }
}

/// The socket is closed when this throws std::bad_alloc.
void TcpServer::Impl::keep(int socket, const wire::IpAddress& client) {
    Fd owned(socket);
    set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
    std::unique_ptr<bufferevent, FreeStream> made(
        bufferevent_socket_new(base.get(), socket, BEV_OPT_CLOSE_ON_FREE));
    if (made == nullptr) throw std::bad_alloc();
    (void)owned.release();
    unsigned& count = by_client[client];
    bufferevent* stream = made.get();
    Connection& connection = silent.emplace_back(this, client, Clock::now(), false, false,
                                                 std::size_t{0}, std::move(made));
    connection.self = std::prev(silent.end());
    ++count;
    add(open);
    const auto serve_it = [](bufferevent*, void* self) {
        auto& one = *static_cast<Connection*>(self);
        one.server->serve(one);
    };
    bufferevent_setcb(
        stream, serve_it, serve_it,
        [](bufferevent*, short what, void* self) {
            auto& one = *static_cast<Connection*>(self);
            one.server->ended(one, what);
        },
        &connection);
    bufferevent_setwatermark(stream, EV_READ, 0, max_ahead);
    bufferevent_setwatermark(stream, EV_WRITE, StreamAnswers::max_waiting / 2, 0);
    bufferevent_enable(stream, EV_READ | EV_WRITE);
}

/// Something has come, or there is room again for replies.
void TcpServer::Impl::serve(Connection& connection) {
    evbuffer* in = bufferevent_get_input(connection.stream.get());
    evbuffer* out = bufferevent_get_output(connection.stream.get());
    const auto answered = answers.answer(in, out);
    if (!answered) {
        add(misused);
        evbuffer_drain(in, evbuffer_get_length(in));
        return ended(connection, BEV_EVENT_EOF);  // what it asked before is answered
    }
    if (*answered != 0) {
        connection.since = Clock::now();
        connection.waiting = evbuffer_get_length(out);
        asked.splice(asked.end(), list_of(connection), connection.self);
        connection.has_asked = true;
    } else if (evbuffer_get_length(out) == 0) {
        if (connection.has_ended) return close(connection, nullptr);
        if (std::exchange(connection.waiting, 0) == 0) return;
        // It has taken all just now; only from now on it is idle.
        connection.since = Clock::now();
        Connections& list = list_of(connection);
        list.splice(list.end(), list, connection.self);
    }
}

/// The client has closed its side, and may still be reading; or the connection broke.
void TcpServer::Impl::ended(Connection& connection, short what) {
    bufferevent* stream = connection.stream.get();
    if ((what & BEV_EVENT_EOF) == 0 || evbuffer_get_length(bufferevent_get_output(stream)) == 0) {
        return close(connection, nullptr);
    }
    connection.has_ended = true;
    bufferevent_disable(stream, EV_READ);
    bufferevent_setwatermark(stream, EV_WRITE, 0, 0);  // tell when all has gone
}

void TcpServer::Impl::close(Connection& connection, std::atomic<std::uint64_t>* reason) {
    if (reason != nullptr) add(*reason);
    add(open, -1);
    const auto client = by_client.find(connection.client);
    if (--client->second == 0) by_client.erase(client);
    list_of(connection).erase(connection.self);
}

/// Out of descriptors, most likely: a sweep accepts again.
void TcpServer::Impl::pause() {
    is_paused = true;
    for (const Listener& listener : listeners) event_del(listener.on_client.get());
    const auto now = Clock::now();
    if (now - warned < std::chrono::minutes(1)) return;
    warned = now;
    spdlog::warn("TCP: accept: {}; trying on", std::strerror(errno));
}

void TcpServer::Impl::sweep() {
    sweeper.arm(sweep_interval);
    close_idle(silent);
    close_idle(asked);
    if (!std::exchange(is_paused, false)) return;
    for (const Listener& listener : listeners) event_add(listener.on_client.get(), nullptr);
}

void TcpServer::Impl::close_idle(Connections& connections) {
    const auto now = Clock::now();
    while (!connections.empty()) {
        Connection& first = connections.front();
        if (now - first.since < std::chrono::seconds(limits.idle)) return;
        if (makes_progress(first)) {
            first.since = now;
            connections.splice(connections.end(), connections, first.self);
        } else {
            close(first, &idle);
        }
    }
}

/// Nobody is idle who is still taking replies (RFC 7766 §3).
bool TcpServer::Impl::makes_progress(Connection& connection) const {
    const std::size_t before = connection.waiting;
    connection.waiting = evbuffer_get_length(bufferevent_get_output(connection.stream.get()));
    return connection.waiting > 0 && connection.waiting + least_progress <= before;
}

Result<std::unique_ptr<TcpServer>> TcpServer::start(const std::vector<wire::IpAddress>& addresses,
                                                    std::uint16_t port,
                                                    const answer::Server& server,
                                                    const TcpLimits& limits, table::Table& table,
                                                    unsigned reader) {
    EventLoop base = make_event_loop();
    if (base == nullptr) return fail("TCP: cannot create an event loop");
    auto impl = std::make_unique<Impl>(server, limits, table, reader, std::move(base));
    if (auto started = impl->start(addresses, port); !started) {
        return std::unexpected(started.error());
    }
    return std::unique_ptr<TcpServer>(new TcpServer(std::move(impl)));
}

TcpServer::TcpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TcpServer::~TcpServer() = default;

TcpStatus TcpServer::status() const {
    const auto get = [](const std::atomic<std::uint64_t>& counter) {
        return counter.load(std::memory_order_relaxed);
    };
    return {get(impl_->open),      get(impl_->accepted), get(impl_->idle),
            get(impl_->displaced), get(impl_->refused),  get(impl_->misused)};
}

const answer::Counters& TcpServer::counters() const {
    return impl_->answers.counters();
}

}  // namespace apex::control
