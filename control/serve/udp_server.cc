// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/serve/udp_server.hh"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>

#include <spdlog/spdlog.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>

#include "control/config/fd.hh"
#include "control/config/socket_address.hh"
#include "control/serve/bound_socket.hh"
#include "control/serve/wakeup.hh"
#include "dataplane/answer/query.hh"
#include "dataplane/answer/response.hh"

namespace apex::control {

namespace {

using answer::Verdict;

constexpr std::size_t batch = 32;
constexpr std::size_t max_query = 4096;  // longer ones are dropped
constexpr std::size_t capacity = max_query + answer::padding;
constexpr int receive_buffer = 4 << 20;  // or what the kernel grants

/// A port of 0 is nobody's.
bool has_port(const sockaddr_storage& from) {
    in_port_t port = 0;  // at the same place in both families
    std::memcpy(&port, reinterpret_cast<const char*>(&from) + offsetof(sockaddr_in, sin_port),
                sizeof port);
    return port != 0;
}

/// One thread with a socket for each address.
class Worker {
  public:
    Worker(table::Table& table, unsigned id, const answer::Server& server)
        : table_(table), reader_(table, id) {
        query_.server = &server;
        for (std::size_t n = 0; n < batch; ++n) {
            pieces_[n] = {buffers_[n].data(), max_query};
            msghdr& header = messages_[n].msg_hdr;
            header.msg_name = &clients_[n];
            header.msg_iov = &pieces_[n];
            header.msg_iovlen = 1;
        }
    }
    ~Worker() {
        if (!thread_.joinable()) return;
        stop_.raise();
        thread_.join();
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    Result<void> bind(const wire::IpAddress& address, std::uint16_t port) {
        if (stop_.fd() < 0) return fail(std::string("UDP: eventfd: ") + std::strerror(errno));
        auto socket = bound_socket(Transport::udp, address, port, true);
        if (!socket) {
            return std::unexpected(bind_error(Transport::udp, address, port, socket.error()));
        }
        set_option(socket->get(), SOL_SOCKET, SO_RCVBUF, receive_buffer);
        // What an ICMP says of a path's MTU may be made up; replies are small enough for any.
        if (address.is_v4()) {
            set_option(socket->get(), IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
        } else {
            set_option(socket->get(), IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT);
        }
        sockets_.push_back(std::move(*socket));
        return {};
    }

    void start(std::optional<unsigned> cpu) {
        thread_ = std::thread([this] { run(); });
        const std::string name = cpu ? "udp-" + std::to_string(*cpu) : "udp";
        pthread_setname_np(thread_.native_handle(), name.c_str());
        if (!cpu) return;
        cpu_set_t cpus;
        CPU_ZERO(&cpus);
        CPU_SET(*cpu, &cpus);
        pthread_setaffinity_np(thread_.native_handle(), sizeof cpus, &cpus);
    }

    const answer::Counters& counters() const { return counters_; }

  private:
    void run() noexcept;
    void serve(int socket, const table::Snapshot& snapshot) noexcept;
    std::size_t answer_one(mmsghdr& message, const table::Snapshot& snapshot) noexcept;
    void send(int socket, std::size_t count) noexcept;

    table::Table& table_;
    table::Reader reader_;
    Wakeup stop_;
    std::vector<Fd> sockets_;
    answer::Query query_;
    answer::Counters counters_;
    std::array<std::array<std::uint8_t, capacity>, batch> buffers_;
    std::array<sockaddr_storage, batch> clients_{};
    std::array<iovec, batch> pieces_{};
    std::array<mmsghdr, batch> messages_{};
    std::thread thread_;
};

void Worker::run() noexcept {
    std::vector<pollfd> waiting;
    for (const Fd& socket : sockets_) waiting.push_back({socket.get(), POLLIN, 0});
    waiting.push_back({stop_.fd(), POLLIN, 0});
    while (true) {
        if (poll(waiting.data(), waiting.size(), -1) < 0) continue;  // a signal
        if (waiting.back().revents != 0) return;
        reader_.online();
        for (const pollfd& one : waiting) {
            if (one.revents != 0) serve(one.fd, table_.snapshot());
        }
        reader_.offline();
    }
}

void Worker::serve(int socket, const table::Snapshot& snapshot) noexcept {
    for (std::size_t n = 0; n < batch; ++n) {
        messages_[n].msg_hdr.msg_namelen = sizeof clients_[n];
        pieces_[n].iov_len = max_query;
    }
    const int count = recvmmsg(socket, messages_.data(), batch, MSG_DONTWAIT, nullptr);
    std::size_t replies = 0;
    for (int n = 0; n < count; ++n) {
        mmsghdr& message = messages_[static_cast<std::size_t>(n)];
        const std::size_t length = answer_one(message, snapshot);
        if (length == 0) continue;
        message.msg_hdr.msg_iov->iov_len = length;
        std::swap(message, messages_[replies++]);
    }
    send(socket, replies);
}

/// The length of the reply, which is where the query was; 0: none.
std::size_t Worker::answer_one(mmsghdr& message, const table::Snapshot& snapshot) noexcept {
    const msghdr& header = message.msg_hdr;
    const bool is_whole = (header.msg_flags & MSG_TRUNC) == 0;
    if (!is_whole || !has_port(*static_cast<const sockaddr_storage*>(header.msg_name))) {
        counters_.add(is_whole ? Verdict::drop_source_port_zero : Verdict::drop_bad_length);
        return 0;
    }
    answer::parse_query(static_cast<std::uint8_t*>(header.msg_iov->iov_base), message.msg_len,
                        capacity, snapshot.hash_key(), query_);
    const answer::Reply reply = answer::respond(query_, snapshot);
    counters_.add(reply.verdict);
    return reply.length;
}

/// What the kernel does not take is counted and left out.
void Worker::send(int socket, std::size_t count) noexcept {
    for (std::size_t sent = 0; sent < count;) {
        const int done =
            sendmmsg(socket, &messages_[sent], static_cast<unsigned>(count - sent), MSG_DONTWAIT);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) counters_.add(Verdict::tx_full);
        sent += done > 0 ? static_cast<std::size_t>(done) : 1;
    }
}

}  // namespace

struct UdpServer::Impl {
    answer::Server server;
    std::deque<Worker> workers;

    Result<void> add(table::Table& table, unsigned reader,
                     std::span<const wire::IpAddress> addresses, std::uint16_t port) {
        Worker& worker = workers.emplace_back(table, reader, server);
        for (const wire::IpAddress& address : addresses) {
            if (auto bound = worker.bind(address, port); !bound) return bound;
        }
        return {};
    }
};

namespace {

/// What is left of them without those that the kernel refuses. Of another server's the first is an
/// error, or with `may_be_taken` left out too.
Result<std::vector<wire::IpAddress>> bindable(std::vector<wire::IpAddress> addresses,
                                              std::uint16_t port, bool may_be_taken) {
    std::optional<Error> taken;
    std::erase_if(addresses, [&](const wire::IpAddress& address) {
        // Alone, and closed again: another server that shares its sockets would share ours.
        const auto alone = bound_socket(Transport::udp, address, port);
        if (alone) return false;
        const int code = alone.error();
        const Error error = bind_error(Transport::udp, address, port, code);
        if (may_be_taken || (code != EADDRINUSE && code != EACCES)) {
            spdlog::warn("{}; the kernel hands us no queries there", error.message);
        } else if (!taken) {
            taken = error;
        }
        return true;
    });
    if (taken) return std::unexpected(*taken);
    if (addresses.empty()) return fail("UDP: no address is left for the kernel's sockets");
    return addresses;
}

/// This thread, and those that it starts, leave these CPUs alone where there are others: as EAL
/// does beside DPDK ports.
void keep_off(const std::vector<unsigned>& workers) {
    cpu_set_t cpus;
    if (sched_getaffinity(0, sizeof cpus, &cpus) != 0) return;
    for (const unsigned worker : workers) CPU_CLR(worker, &cpus);
    if (CPU_COUNT(&cpus) != 0) sched_setaffinity(0, sizeof cpus, &cpus);
}

}  // namespace

Result<std::unique_ptr<UdpServer>> UdpServer::start_alone(
    const std::vector<wire::IpAddress>& addresses, std::uint16_t port, const answer::Server& server,
    table::Table& table, const std::vector<unsigned>& workers) {
    const auto left = bindable(addresses, port, false);
    if (!left) return std::unexpected(left.error());
    for (const wire::IpAddress& address : *left) {
        if (is_at_host(address)) continue;
        spdlog::warn(
            "address {}: this host does not have it, so nobody reaches it; \"ip address add\"",
            address.to_text());
    }
    auto impl = std::make_unique<Impl>(server);
    for (unsigned reader = 0; reader < workers.size(); ++reader) {
        if (auto added = impl->add(table, reader, *left, port); !added)
            return std::unexpected(added.error());
    }
    keep_off(workers);
    for (std::size_t n = 0; n < workers.size(); ++n) impl->workers[n].start(workers[n]);
    return std::unique_ptr<UdpServer>(new UdpServer(std::move(impl)));
}

Result<std::unique_ptr<UdpServer>> UdpServer::start_beside(
    const std::vector<wire::IpAddress>& addresses, std::uint16_t port, const answer::Server& server,
    table::Table& table, unsigned reader) {
    const auto left = bindable(addresses, port, true);
    if (!left) return std::unexpected(left.error());
    auto impl = std::make_unique<Impl>(server);
    if (auto added = impl->add(table, reader, *left, port); !added)
        return std::unexpected(added.error());
    impl->workers.front().start(std::nullopt);
    return std::unique_ptr<UdpServer>(new UdpServer(std::move(impl)));
}

UdpServer::UdpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
UdpServer::~UdpServer() = default;

const answer::Counters& UdpServer::counters(std::size_t thread) const {
    return impl_->workers[thread].counters();
}

}  // namespace apex::control
