// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// One client of the control socket: cuts its bytes into lines, runs the
// commands, sends the answers in the order they come, and keeps to the limits.
// Made by the server; control thread only.
#pragma once

#include <event2/bufferevent.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "control/config/fd.hh"
#include "control/ctl/handlers.hh"
#include "control/ctl/message.hh"
#include "control/ctl/peer.hh"
#include "control/ctl/server.hh"

namespace apex::control {

class Connection : public std::enable_shared_from_this<Connection> {
  public:
    /// Called once, when the connection has ended by itself.
    using Gone = std::function<void(Connection*)>;

    /// Sends the greeting and starts reading. `handlers` and `limits` must
    /// outlive the connection; null when memory has run out.
    static std::shared_ptr<Connection> start(event_base* base, Fd fd, const Peer& peer,
                                             const Handlers& handlers, const ControlLimits& limits,
                                             Gone gone);

    /// What is pending gets one last chance to leave: the answer to `stop` is
    /// written in the loop's last turn.
    ~Connection();

    /// Answers one request. The connection ends here when its client has let too
    /// many answers pile up.
    void finish(const nlohmann::json& id, Result<nlohmann::json> result);

    /// The client has asked to be told what happens.
    bool is_watching() const { return watching_; }
    /// Tells it. One that has more than limits.watched bytes to read already is told so, in
    /// a last line, and disconnected when it has read it or has stalled.
    void notify(const std::string& line);

  private:
    struct FreeBufferevent {
        void operator()(bufferevent* bev) const { bufferevent_free(bev); }
    };

    Connection(const Peer& peer, const Handlers& handlers, const ControlLimits& limits, Gone gone);

    static void on_readable(bufferevent* bev, void* self);
    static void on_drained(bufferevent* bev, void* self);
    static void on_event(bufferevent* bev, short what, void* self);

    void take_lines();
    bool may_take() const;
    std::optional<std::string> next_line();
    void take(const std::string& line);
    void run(LineVerdict request);
    void send(const std::string& line);
    void end_of_input();
    void settle();
    void warn_of_slow_watcher() const;
    void close(const char* why);
    std::size_t unread() const;

    Peer peer_;
    const Handlers& handlers_;
    const ControlLimits& limits_;
    Gone gone_;
    std::unique_ptr<bufferevent, FreeBufferevent> bev_;  ///< null: the connection has ended
    std::size_t scanned_ = 0;    ///< bytes of input known to hold no newline
    std::size_t under_way_ = 0;  ///< handlers that have not answered
    bool greeted_ = false;
    bool watching_ = false;
    bool taking_ = false;      ///< take_lines() is on the stack
    bool leaving_ = false;     ///< reads no more; closes when the output has drained
    bool input_over_ = false;  ///< the client has shut down its sending half
};

}  // namespace apex::control
