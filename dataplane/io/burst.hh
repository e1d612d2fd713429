// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The path of a burst without the driver under it: frames in, replies written
// in place or a named fate. Called by the worker's poll loop and by the packet
// tests; knows neither mbufs nor EAL.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dataplane/answer/counters.hh"
#include "dataplane/answer/query.hh"
#include "dataplane/answer/server.hh"
#include "dataplane/table/table.hh"
#include "dataplane/wire/address.hh"
#include "dataplane/wire/blocks.hh"

namespace apex::io {

inline constexpr std::size_t burst_size = 32;

/// One frame, owned by the caller. `run` reads data[0..length), and up to
/// answer::padding more that mean nothing, and may write data[0..capacity). A reply leaves its
/// length here; any other verdict leaves the frame as it came and sets reply_length to 0.
struct Frame {
    std::uint8_t* data;
    std::uint16_t length;
    std::uint16_t capacity;      ///< must exceed length by at least answer::padding
    std::uint16_t reply_length;  ///< out
    answer::Verdict verdict;     ///< out
};

/// Where queries are accepted; fixed for the life of a worker.
struct Endpoint {
    std::vector<wire::IpAddress> addresses;
    std::uint16_t udp_port = 53;
    /// Frames come from this host's own kernel, which leaves UDP checksums for
    /// the hardware to finish (veth, tap): recognise and complete them.
    bool partial_checksums = false;
};

/// Offsets into a frame that carries a query.
struct Layers {
    std::uint32_t ip;
    std::uint32_t udp;
    std::uint32_t dns_length;
    bool is_v6;
};

/// An Endpoint as the packet path compares it.
struct Served {
    explicit Served(const Endpoint& endpoint);

    /// What a frame with a plain query over IPv4, not tagged, looks like from its start on,
    /// for each address: in plain_v4_mask's bits.
    std::vector<wire::Line> plain_v4;
    std::vector<std::array<std::uint8_t, 4>> v4;
    std::vector<std::array<std::uint8_t, 16>> v6;
    std::uint16_t udp_port;
    bool partial_checksums;
};

/// Scratch memory of one worker, reused for every burst; tens of kilobytes. Not shared.
class Burst {
  public:
    /// `server` must outlive the object.
    /// `vectors`: not more than the machine has.
    explicit Burst(const Endpoint& endpoint, const answer::Server& server = answer::silent_server,
                   wire::Vectors vectors = wire::best_vectors())
        : served_(endpoint), vectors_(vectors) {
        for (Slot& slot : slots_) slot.query.server = &server;
    }

    /// Answers up to burst_size frames from one snapshot. The caller is a
    /// registered reader of the table (table::Reader) and reports quiescent
    /// after it, not before the replies' bytes are written.
    void run(std::span<Frame> frames, const table::Snapshot& snapshot,
             answer::Counters& counters) noexcept;

  private:
    /// By how many queries the rest of a large node is fetched before the answer. Not by a whole
    /// burst: a core has only so many cache misses under way, and forgets what it is asked for
    /// beyond them.
    static constexpr std::size_t rest_distance = 6;

    /// A frame whose query is to be looked up.
    struct Slot {
        Frame* frame;
        bool is_plain;  ///< plain_v4_query() and parse_usual_query() said so
        Layers layers;  ///< if it is not
        table::Probe probe;
        answer::Query query;
    };

    void run_blocks(std::span<Frame> frames, const table::Snapshot& snapshot,
                    answer::Counters& counters) noexcept;
    void run_lines(std::span<Frame> frames, const table::Snapshot& snapshot,
                   answer::Counters& counters) noexcept;
    void run_by(wire::Vectors vectors, std::span<Frame> frames, const table::Snapshot& snapshot,
                answer::Counters& counters) noexcept;
    bool read(Slot& slot, const table::Snapshot& snapshot, answer::Counters& counters,
              wire::Vectors vectors) noexcept;
    bool read_any(Slot& slot, const table::Snapshot& snapshot, answer::Counters& counters) noexcept;
    unsigned finish(Slot& slot, const table::Snapshot& snapshot,
                    answer::Counters& counters) noexcept;
    void finish_miss(Slot& slot, const table::Snapshot& snapshot,
                     answer::Counters& counters) noexcept;
    void finish_any(Slot& slot, const table::Snapshot& snapshot,
                    answer::Counters& counters) noexcept;

    Served served_;
    wire::Vectors vectors_;
    std::array<Slot, burst_size> slots_;
};

}  // namespace apex::io
