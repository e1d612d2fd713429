// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Implements probe.hh with libevent. What it calls back with is only noted, and a timer
// hands it on, so that nothing of libevent's is freed from within a callback of it.
#include "control/alias/probe.hh"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

#include "control/alias/timer.hh"
#include "control/config/socket_address.hh"

namespace apex::control {
namespace {

using Kind = HealthCheck::Kind;

constexpr ev_ssize_t max_headers = 16 << 10;
constexpr ev_ssize_t max_body = 64 << 10;

struct Free {
    void operator()(bufferevent* stream) const { bufferevent_free(stream); }
    void operator()(evhttp_connection* connection) const { evhttp_connection_free(connection); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

std::string address_text(const std::string& rdata) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(rdata.size() == 4 ? AF_INET : AF_INET6, rdata.data(), text.data(), text.size());
    return text.data();
}

/// For all probes; null when OpenSSL has no memory.
SSL_CTX* tls_context() {
    static const std::unique_ptr<SSL_CTX, Free> context = [] {
        std::unique_ptr<SSL_CTX, Free> made(SSL_CTX_new(TLS_client_method()));
        if (made) SSL_CTX_set_verify(made.get(), SSL_VERIFY_NONE, nullptr);
        return made;
    }();
    return context.get();
}

/// What errno says of the last thing that the socket did.
std::string socket_error() {
    const int error = EVUTIL_SOCKET_ERROR();
    return error != 0 ? evutil_socket_error_to_string(error) : "the connection broke";
}

}  // namespace

struct Probe::Impl {
    Impl(event_base* loop, const HealthCheck& the_check, Done call)
        : base(loop),
          check(the_check),
          done(std::move(call)),
          turn(loop, [this] { finish(); }),
          deadline(loop,
                   [this] { end("no answer within " + std::to_string(check.timeout) + " s"); }) {}

    void start(const std::string& rdata);
    void connect(const std::string& rdata);
    void request(const std::string& address);
    std::unique_ptr<bufferevent, Free> open_stream() const;
    void end(std::string why);
    void finish();
    std::string connection_error() const;

    static void on_event(bufferevent* stream, short what, void* self);
    static int on_headers(evhttp_request* request, void* self);
    static void on_response(evhttp_request* request, void* self);
    static void on_error(evhttp_request_error error, void* self);

    event_base* base;
    HealthCheck check;
    Done done;
    std::optional<std::string> outcome;  ///< empty text: a success
    std::unique_ptr<bufferevent, Free> stream;
    std::unique_ptr<evhttp_connection, Free> connection;
    Timer turn;
    Timer deadline;
};

/// The first outcome counts.
void Probe::Impl::end(std::string why) {
    if (outcome) return;
    outcome = std::move(why);
    turn.arm({});
}

void Probe::Impl::finish() {
    deadline.disarm();
    done(*outcome);
}

void Probe::Impl::start(const std::string& rdata) {
    deadline.arm(std::chrono::seconds(check.timeout));
    if (check.kind == Kind::tcp) return connect(rdata);
    request(address_text(rdata));
}

void Probe::Impl::connect(const std::string& rdata) {
    stream.reset(bufferevent_socket_new(base, -1, BEV_OPT_CLOSE_ON_FREE));
    if (!stream) return end("out of memory");
    bufferevent_setcb(stream.get(), nullptr, nullptr, &Impl::on_event, this);
    SocketAddress to(wire::IpAddress::from_octets(rdata), check.port);
    if (bufferevent_socket_connect(stream.get(), to.get(), static_cast<int>(to.size())) != 0) {
        end(socket_error());
    }
}

void Probe::Impl::on_event(bufferevent* /*stream*/, short what, void* self) {
    auto& probe = *static_cast<Impl*>(self);
    if ((what & BEV_EVENT_CONNECTED) != 0) return probe.end("");
    if ((what & (BEV_EVENT_ERROR | BEV_EVENT_EOF)) != 0) probe.end(socket_error());
}

std::unique_ptr<bufferevent, Free> Probe::Impl::open_stream() const {
    constexpr int options = BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS;
    if (check.kind == Kind::http) {
        return std::unique_ptr<bufferevent, Free>(bufferevent_socket_new(base, -1, options));
    }
    SSL* tls = tls_context() != nullptr ? SSL_new(tls_context()) : nullptr;
    if (tls == nullptr) return nullptr;
    SSL_set_tlsext_host_name(tls, check.host.c_str());
    std::unique_ptr<bufferevent, Free> made(
        bufferevent_openssl_socket_new(base, -1, tls, BUFFEREVENT_SSL_CONNECTING, options));
    if (made) bufferevent_openssl_set_allow_dirty_shutdown(made.get(), 1);
    return made;
}

void Probe::Impl::request(const std::string& address) {
    auto opened = open_stream();
    if (!opened) return end("out of memory");
    // The connection owns the stream, also when it cannot be made.
    connection.reset(evhttp_connection_base_bufferevent_new(base, nullptr, opened.release(),
                                                            address.c_str(), check.port));
    if (!connection) return end("out of memory");
    evhttp_connection_set_max_headers_size(connection.get(), max_headers);
    evhttp_connection_set_max_body_size(connection.get(), max_body);
    evhttp_request* get = evhttp_request_new(&Impl::on_response, this);
    if (get == nullptr) return end("out of memory");
    evhttp_request_set_header_cb(get, &Impl::on_headers);
    evhttp_request_set_error_cb(get, &Impl::on_error);
    evkeyvalq* headers = evhttp_request_get_output_headers(get);
    evhttp_add_header(headers, "Host", check.host.c_str());
    evhttp_add_header(headers, "User-Agent", "apexdns");
    evhttp_add_header(headers, "Connection", "close");
    if (evhttp_make_request(connection.get(), get, EVHTTP_REQ_GET, check.path.c_str()) != 0) {
        end(socket_error());
    }
}

/// The status is all that counts: what comes behind the headers is not waited for.
int Probe::Impl::on_headers(evhttp_request* request, void* self) {
    on_response(request, self);
    return -1;
}

void Probe::Impl::on_response(evhttp_request* request, void* self) {
    auto& probe = *static_cast<Impl*>(self);
    const int status = request != nullptr ? evhttp_request_get_response_code(request) : 0;
    if (status == 0) return probe.end(probe.connection_error());
    const HealthCheck& check = probe.check;
    if (status >= check.least_status && status <= check.most_status) return probe.end("");
    probe.end("HTTP status " + std::to_string(status) + ", expected " +
              std::to_string(check.least_status) + " to " + std::to_string(check.most_status));
}

void Probe::Impl::on_error(evhttp_request_error error, void* self) {
    auto& probe = *static_cast<Impl*>(self);
    if (error == EVREQ_HTTP_INVALID_HEADER) return probe.end("what came back is not HTTP");
    if (error == EVREQ_HTTP_DATA_TOO_LONG) return probe.end("the headers are too long");
    probe.end(probe.connection_error());
}

std::string Probe::Impl::connection_error() const {
    bufferevent* http = evhttp_connection_get_bufferevent(connection.get());
    const unsigned long error = http != nullptr ? bufferevent_get_openssl_error(http) : 0;
    const char* reason = error != 0 ? ERR_reason_error_string(error) : nullptr;
    if (reason != nullptr) return std::string("TLS: ") + reason;
    // evhttp has closed the socket by now, and its error is gone with it.
    return "no HTTP answer: the connection was refused, unreachable or broke";
}

Probe::Probe(event_base* base, const HealthCheck& check, const std::string& rdata, Done done)
    : impl_(std::make_unique<Impl>(base, check, std::move(done))) {
    impl_->start(rdata);
}

Probe::~Probe() = default;

}  // namespace apex::control
