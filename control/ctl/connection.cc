// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "control/ctl/connection.hh"

#include <event2/buffer.h>
#include <event2/event.h>
#include <poll.h>
#include <spdlog/spdlog.h>

#include <exception>
#include <utility>

namespace apex::control {
namespace {

using nlohmann::json;

/// Lines of one client before the others get their turn of the loop.
constexpr int lines_a_turn = 16;

timeval to_timeval(std::chrono::milliseconds time) {
    return {.tv_sec = time.count() / 1000, .tv_usec = time.count() % 1000 * 1000};
}

/// One request that a handler has. A handler that drops its Reply without a
/// word still ends the request, or the client would wait and hold its place.
class Pending {
  public:
    Pending(std::weak_ptr<Connection> client, json id)
        : client_(std::move(client)), id_(std::move(id)) {}
    Pending(const Pending&) = delete;
    Pending& operator=(const Pending&) = delete;
    ~Pending() {
        try {
            answer(fail("the command ended without an answer"));
        } catch (const std::exception& error) {
            spdlog::error("control: an answer was lost: {}", error.what());
        }
    }

    void answer(Result<json> result) {
        if (std::exchange(answered_, true)) return;
        if (const auto client = client_.lock()) client->finish(id_, std::move(result));
    }

  private:
    std::weak_ptr<Connection> client_;
    json id_;
    bool answered_ = false;
};

}  // namespace

std::shared_ptr<Connection> Connection::start(event_base* base, Fd fd, const Peer& peer,
                                              const Handlers& handlers, const ControlLimits& limits,
                                              Gone gone) {
    std::shared_ptr<Connection> made(new Connection(peer, handlers, limits, std::move(gone)));
    made->bev_.reset(bufferevent_socket_new(base, fd.get(), BEV_OPT_CLOSE_ON_FREE));
    if (!made->bev_) return nullptr;
    fd.release();
    bufferevent* bev = made->bev_.get();
    const timeval greeting = to_timeval(limits.greeting), stalled = to_timeval(limits.stalled);
    bufferevent_setcb(bev, on_readable, on_drained, on_event, made.get());
    bufferevent_set_timeouts(bev, &greeting, &stalled);
    // Room for the longest line, its newline, and one byte that proves it too long.
    bufferevent_setwatermark(bev, EV_READ, 0, limits.line + 2);
    made->send(hello_line());
    if (!made->bev_) return nullptr;
    bufferevent_enable(bev, EV_READ | EV_WRITE);
    return made;
}

Connection::Connection(const Peer& peer, const Handlers& handlers, const ControlLimits& limits,
                       Gone gone)
    : peer_(peer), handlers_(handlers), limits_(limits), gone_(std::move(gone)) {}

Connection::~Connection() {
    if (!bev_) return;
    evbuffer* output = bufferevent_get_output(bev_.get());
    evbuffer_unfreeze(output, 1);
    evbuffer_write(output, bufferevent_getfd(bev_.get()));
}

void Connection::on_readable(bufferevent*, void* self) {
    static_cast<Connection*>(self)->take_lines();
}

void Connection::on_drained(bufferevent*, void* self) {
    static_cast<Connection*>(self)->take_lines();
}

void Connection::on_event(bufferevent*, short what, void* self) {
    auto* connection = static_cast<Connection*>(self);
    if ((what & BEV_EVENT_TIMEOUT) != 0) {
        if (connection->watching_) connection->warn_of_slow_watcher();
        connection->close((what & BEV_EVENT_WRITING) != 0 ? "does not read its answers"
                                                          : "said no hello");
    } else if ((what & BEV_EVENT_ERROR) != 0) {
        connection->close("connection lost");
    } else if ((what & BEV_EVENT_EOF) != 0) {
        connection->end_of_input();
    }
}

/// A client that only shut down its sending half still waits for answers.
void Connection::end_of_input() {
    pollfd both{.fd = bufferevent_getfd(bev_.get()), .events = 0, .revents = 0};
    if (::poll(&both, 1, 0) == 1 && (both.revents & (POLLHUP | POLLERR)) != 0) {
        return close("closed");
    }
    input_over_ = true;
    take_lines();
}

/// Every way on for a client that has lines waiting leads through here.
void Connection::take_lines() {
    if (taking_) return;
    const auto alive = shared_from_this();
    taking_ = true;
    try {
        int left = lines_a_turn;
        while (may_take()) {
            if (left-- == 0) {
                bufferevent_trigger(bev_.get(), EV_READ,
                                    BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
                break;
            }
            const auto line = next_line();
            if (!line) break;
            take(*line);
        }
    } catch (const std::exception& error) {
        // What is thrown must not cross libevent's C frames.
        spdlog::error("control: pid {}: {}", peer_.pid, error.what());
        close("failed");
    }
    taking_ = false;
    settle();
}

bool Connection::may_take() const {
    return bev_ && !leaving_ && under_way_ < limits_.under_way && unread() < limits_.unread;
}

std::size_t Connection::unread() const {
    return evbuffer_get_length(bufferevent_get_output(bev_.get()));
}

/// The next complete line; a line over the limit ends the connection.
std::optional<std::string> Connection::next_line() {
    evbuffer* input = bufferevent_get_input(bev_.get());
    evbuffer_ptr from{}, newline{};
    newline.pos = -1;
    // Only new bytes are searched: a line that drips in costs no more than one that does not.
    if (evbuffer_ptr_set(input, &from, scanned_, EVBUFFER_PTR_SET) == 0) {
        newline = evbuffer_search_eol(input, &from, nullptr, EVBUFFER_EOL_LF);
    }
    scanned_ = newline.pos < 0 ? evbuffer_get_length(input) : static_cast<std::size_t>(newline.pos);
    if (scanned_ > limits_.line) {
        send(error_line(nullptr, RpcCode::invalid_request,
                        "a line longer than " + std::to_string(limits_.line) + " bytes"));
        leaving_ = true;
        return std::nullopt;
    }
    if (newline.pos < 0) return std::nullopt;
    std::string line(std::exchange(scanned_, 0), '\0');
    evbuffer_remove(input, line.data(), line.size());
    evbuffer_drain(input, 1);
    return line;
}

void Connection::take(const std::string& line) {
    LineVerdict verdict = judge_line(line, greeted_, handlers_);
    switch (verdict.kind) {
        case LineVerdict::Kind::ignore:
            return;
        case LineVerdict::Kind::greet:
            greeted_ = true;
            {
                const timeval stalled = to_timeval(limits_.stalled);
                bufferevent_set_timeouts(bev_.get(), nullptr, &stalled);
            }
            return send(verdict.line);
        case LineVerdict::Kind::watch:
            watching_ = true;
            return send(verdict.line);
        case LineVerdict::Kind::refuse:
            leaving_ = true;
            return send(verdict.line);
        case LineVerdict::Kind::answer:
            return send(verdict.line);
        case LineVerdict::Kind::run:
            return run(std::move(verdict));
    }
}

void Connection::run(LineVerdict request) {
    spdlog::debug("control: pid {} uid {} asks {}", peer_.pid, peer_.uid, request.method);
    ++under_way_;
    auto pending = std::make_shared<Pending>(weak_from_this(), std::move(request.id));
    try {
        handlers_.at(request.method)(
            request.params, [pending](Result<json> result) { pending->answer(std::move(result)); });
    } catch (const std::exception& error) {
        spdlog::error("control: {}: {}", request.method, error.what());
        pending->answer(fail(request.method + " failed inside: " + error.what()));
    }
}

void Connection::finish(const json& id, Result<json> result) {
    --under_way_;
    if (!bev_) return;
    const auto alive = shared_from_this();
    send(result ? result_line(id, std::move(*result))
                : error_line(id, RpcCode::command_failed, result.error().to_string()));
    // The next line is taken from the loop, never from inside the handler that
    // has just answered.
    if (bev_ && !taking_) {
        bufferevent_trigger(bev_.get(), EV_READ,
                            BEV_TRIG_IGNORE_WATERMARKS | BEV_TRIG_DEFER_CALLBACKS);
    }
}

void Connection::warn_of_slow_watcher() const {
    spdlog::warn("control: pid {} uid {} watches but does not read; it is disconnected", peer_.pid,
                 peer_.uid);
}

void Connection::notify(const std::string& line) {
    if (!bev_ || !watching_) return;
    if (unread() <= limits_.watched) return send(line);
    warn_of_slow_watcher();
    const auto alive = shared_from_this();
    watching_ = false;
    leaving_ = true;
    send(error_line(nullptr, RpcCode::too_slow,
                    "watch: there are more than " + std::to_string(limits_.watched) +
                        " bytes that were not read, what followed is lost; read faster, or have "
                        "\"alias list\" and \"status\" tell how things stand, then watch again"));
    settle();
}

void Connection::send(const std::string& line) {
    if (!bev_) return;
    if (bufferevent_write(bev_.get(), line.data(), line.size()) != 0) return close("out of memory");
    if (unread() > limits_.output) close("too many answers that it has not read");
}

/// Reads on, waits, or ends, as the state has it.
void Connection::settle() {
    if (!bev_) return;
    const bool nothing_to_send = unread() == 0;
    if (leaving_ && nothing_to_send) return close("refused");
    if (input_over_ && nothing_to_send && under_way_ == 0) {
        // Half a line that nothing will complete is left; whole ones come first.
        if (scanned_ == evbuffer_get_length(bufferevent_get_input(bev_.get())))
            return close("done");
    }
    if (may_take() && !input_over_) {
        bufferevent_enable(bev_.get(), EV_READ);
    } else {
        bufferevent_disable(bev_.get(), EV_READ);
    }
}

void Connection::close(const char* why) {
    if (!bev_) return;
    spdlog::debug("control: pid {} uid {}: {}", peer_.pid, peer_.uid, why);
    const auto alive = shared_from_this();
    bev_.reset();
    if (gone_) gone_(this);
}

}  // namespace apex::control
