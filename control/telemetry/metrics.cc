// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "control/telemetry/metrics.hh"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "control/alias/timer.hh"
#include "control/config/socket_address.hh"
#include "dataplane/wire/address.hh"

namespace apex::control {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int max_header_bytes = 8192;
constexpr int max_body_bytes = 1024;

struct FreeHttp {
    void operator()(evhttp* http) const { evhttp_free(http); }
};

/// A reference to what carries a connection. evhttp neither counts its
/// connections nor ends one that sends a byte now and then; with a reference of
/// our own both can be done from here.
struct Carrier {
    struct Release {
        void operator()(bufferevent* bev) const { bufferevent_decref(bev); }
    };
    std::unique_ptr<bufferevent, Release> bev;
    Clock::time_point since;

    /// evhttp clears its callbacks when it is done with a connection.
    bool released() const {
        bufferevent_event_cb on_event = nullptr;
        bufferevent_getcb(bev.get(), nullptr, nullptr, &on_event, nullptr);
        return on_event == nullptr;
    }
};

Result<SocketAddress> parse_endpoint(const std::string& where) {
    const auto wrong = [&] {
        return fail("metrics address \"" + where +
                    "\"; expected ADDRESS:PORT or [ADDRESS]:PORT, such as 127.0.0.1:9153");
    };
    const auto colon = where.rfind(':');
    if (colon == std::string::npos) return wrong();
    std::string host = where.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    std::uint16_t port = 0;
    const char* const end = where.data() + where.size();
    const auto [stop, error] = std::from_chars(where.data() + colon + 1, end, port);
    const auto ip = wire::IpAddress::from_text(host);
    if (error != std::errc{} || stop != end || !ip || ip->is_v4() == bracketed) return wrong();

    return SocketAddress(*ip, port);
}

}  // namespace

struct MetricsServer::Impl {
    Impl(event_base* loop, std::function<std::string()> text, const MetricsLimits& most)
        : base(loop), render(std::move(text)), limits(most), tick(loop, [this] { sweep(); }) {}

    Result<void> start(const std::string& where);
    void sweep();
    static bufferevent* on_connection(event_base* loop, void* self);
    static void on_accept_error(evconnlistener* paused, void*);
    static void on_request(evhttp_request* request, void* self);

    event_base* base;
    std::function<std::string()> render;
    MetricsLimits limits;
    std::vector<Carrier> carriers;
    Timer tick;
    std::unique_ptr<evhttp, FreeHttp> http;
    evconnlistener* listener = nullptr;  ///< owned by http
};

Result<void> MetricsServer::Impl::start(const std::string& where) {
    const auto endpoint = parse_endpoint(where);
    if (!endpoint) return std::unexpected(endpoint.error());
    http.reset(evhttp_new(base));
    if (!http) return fail("metrics: the event loop took no server");
    evhttp_set_max_headers_size(http.get(), max_header_bytes);
    evhttp_set_max_body_size(http.get(), max_body_bytes);
    evhttp_set_gencb(http.get(), on_request, this);
    evhttp_set_bevcb(http.get(), on_connection, this);

    constexpr int backlog = 16;
    auto* made = evconnlistener_new_bind(
        base, nullptr, nullptr, LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
        backlog, endpoint->get(), static_cast<int>(endpoint->size()));
    if (made == nullptr) {
        return fail("metrics: cannot listen on " + where + ": " + std::strerror(errno) +
                    "; set control.metrics to another address");
    }
    if (evhttp_bind_listener(http.get(), made) == nullptr) {
        evconnlistener_free(made);
        return fail("metrics: out of memory");
    }
    listener = made;
    evconnlistener_set_error_cb(listener, on_accept_error);
    sweep();
    return {};
}

bufferevent* MetricsServer::Impl::on_connection(event_base* loop, void* self) {
    auto& server = *static_cast<Impl*>(self);
    bufferevent* bev = bufferevent_socket_new(loop, -1, BEV_OPT_CLOSE_ON_FREE);
    if (bev == nullptr) return nullptr;
    try {
        server.carriers.reserve(server.carriers.size() + 1);
    } catch (const std::bad_alloc&) {
        return bev;
    }
    bufferevent_incref(bev);
    server.carriers.push_back(
        Carrier{.bev = std::unique_ptr<bufferevent, Carrier::Release>(bev), .since = Clock::now()});
    if (server.carriers.size() >= server.limits.connections)
        evconnlistener_disable(server.listener);
    return bev;
}

/// Forgets what evhttp has let go of, ends what lives too long, and accepts
/// again when there is room.
void MetricsServer::Impl::sweep() {
    tick.arm(std::min<std::chrono::milliseconds>(std::chrono::seconds(1), limits.lifetime));
    const auto now = Clock::now();
    std::erase_if(carriers, [](const Carrier& carrier) { return carrier.released(); });
    for (const Carrier& carrier : carriers) {
        if (now - carrier.since > limits.lifetime) {
            ::shutdown(bufferevent_getfd(carrier.bev.get()), SHUT_RDWR);
        }
    }
    if (carriers.size() < limits.connections) evconnlistener_enable(listener);
}

/// Out of descriptors, most likely; the next sweep accepts again.
void MetricsServer::Impl::on_accept_error(evconnlistener* paused, void*) {
    spdlog::warn("metrics: accept: {}", evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
    evconnlistener_disable(paused);
}

void MetricsServer::Impl::on_request(evhttp_request* request, void* self) {
    evkeyvalq* headers = evhttp_request_get_output_headers(request);
    evhttp_add_header(headers, "Connection", "close");
    const evhttp_uri* uri = evhttp_request_get_evhttp_uri(request);
    const char* path = uri == nullptr ? nullptr : evhttp_uri_get_path(uri);
    if (path == nullptr || std::string_view(path) != "/metrics") {
        return evhttp_send_error(request, HTTP_NOTFOUND, "the metrics are at /metrics");
    }
    if (evhttp_request_get_command(request) != EVHTTP_REQ_GET) {
        evhttp_add_header(headers, "Allow", "GET");
        return evhttp_send_error(request, HTTP_BADMETHOD, "only GET");
    }
    try {
        const std::string text = static_cast<Impl*>(self)->render();
        evhttp_add_header(headers, "Content-Type", "text/plain; version=0.0.4; charset=utf-8");
        evbuffer_add(evhttp_request_get_output_buffer(request), text.data(), text.size());
    } catch (const std::exception& error) {
        spdlog::error("metrics: {}", error.what());
        return evhttp_send_error(request, HTTP_INTERNAL, "the metrics could not be rendered");
    }
    evhttp_send_reply(request, HTTP_OK, "OK", nullptr);
}

Result<std::unique_ptr<MetricsServer>> MetricsServer::listen(event_base* base,
                                                             const std::string& where,
                                                             std::function<std::string()> render,
                                                             const MetricsLimits& limits) {
    std::signal(SIGPIPE, SIG_IGN);
    auto impl = std::make_unique<Impl>(base, std::move(render), limits);
    if (auto started = impl->start(where); !started) return std::unexpected(started.error());
    return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(impl)));
}

MetricsServer::MetricsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MetricsServer::~MetricsServer() = default;

std::uint16_t MetricsServer::port() const {
    sockaddr_storage bound{};
    socklen_t length = sizeof bound;
    if (::getsockname(evconnlistener_get_fd(impl_->listener), reinterpret_cast<sockaddr*>(&bound),
                      &length) != 0) {
        return 0;
    }
    // The port is at the same place in both families (RFC 3493 §3.3 and POSIX).
    sockaddr_in v4{};
    std::memcpy(&v4, &bound, sizeof v4);
    return ntohs(v4.sin_port);
}

}  // namespace apex::control
