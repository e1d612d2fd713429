// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/io/burst.hh"

#include <algorithm>

#include "dataplane/answer/response.hh"
#include "dataplane/io/classify.hh"
#include "dataplane/io/frame_layout.hh"
#include "dataplane/io/reply_frame.hh"

namespace apex::io {

using answer::Verdict;

/// Takes a frame apart that is not what nearly all are.
[[gnu::noinline, gnu::flatten]] bool Burst::read_any(Slot& slot, const table::Snapshot& snapshot,
                                                     answer::Counters& counters) noexcept {
    Frame& frame = *slot.frame;
    const Verdict verdict = classify({frame.data, frame.length}, served_, slot.layers);
    if (verdict != Verdict::answer) {
        frame.verdict = verdict;
        frame.reply_length = 0;
        counters.add(verdict);
        return false;
    }
    const std::size_t dns = slot.layers.udp + udp_size;
    slot.is_plain = false;
    answer::parse_query(frame.data + dns, slot.layers.dns_length, frame.capacity - dns,
                        snapshot.hash_key(), slot.query);
    return true;
}

/// True when the frame's query is to be looked up, else its fate is decided.
inline bool Burst::read(Slot& slot, const table::Snapshot& snapshot, answer::Counters& counters,
                        wire::Vectors vectors) noexcept {
    Frame& frame = *slot.frame;
    const std::size_t length = plain_v4_query({frame.data, frame.length}, served_, vectors);
    if (length != 0) [[likely]] {
        slot.is_plain =
            answer::parse_usual_query(frame.data + plain_dns, length, frame.capacity - plain_dns,
                                      snapshot.hash_key(), slot.query, vectors);
        if (slot.is_plain) [[likely]]
            return true;
        slot.layers = plain_layers;
    } else if (!read_any(slot, snapshot, counters)) {
        return false;
    }
    if (slot.query.verdict == Verdict::answer) return true;
    finish_any(slot, snapshot, counters);
    return false;
}

/// The reply, or the reason that there is none, to a query that was taken apart.
[[gnu::noinline, gnu::flatten]] void Burst::finish_any(Slot& slot, const table::Snapshot& snapshot,
                                                       answer::Counters& counters) noexcept {
    Frame& frame = *slot.frame;
    const answer::Reply reply = answer::respond(slot.query, snapshot, slot.probe);
    frame.verdict = reply.verdict;
    counters.add(reply.verdict);
    frame.reply_length = 0;
    if (reply.length > 0) {
        frame.reply_length =
            write_reply_frame(frame.data, slot.is_plain ? plain_layers : slot.layers, reply,
                              served_.partial_checksums);
    }
}

/// The same for a query of which all is plain, but that no node has its name.
[[gnu::noinline, gnu::flatten]] void Burst::finish_miss(Slot& slot, const table::Snapshot& snapshot,
                                                        answer::Counters& counters) noexcept {
    const answer::Reply reply = answer::respond_plainly_to_miss(slot.query, snapshot, slot.probe);
    if (reply.length == 0) [[unlikely]]
        return finish_any(slot, snapshot, counters);
    Frame& frame = *slot.frame;
    frame.verdict = reply.verdict;
    counters.add(reply.verdict);
    frame.reply_length = write_plain_reply_frame(frame.data, reply, served_.partial_checksums);
}

/// How many plain answers it was.
inline unsigned Burst::finish(Slot& slot, const table::Snapshot& snapshot,
                              answer::Counters& counters) noexcept {
    if (!slot.is_plain) [[unlikely]]
        return finish_any(slot, snapshot, counters), 0;
    if (slot.probe.is_miss) [[unlikely]]
        return finish_miss(slot, snapshot, counters), 0;
    const answer::Reply reply = answer::respond_plainly(slot.query, snapshot, slot.probe);
    if (reply.length == 0) [[unlikely]]
        return finish_any(slot, snapshot, counters), 0;
    Frame& frame = *slot.frame;
    frame.verdict = Verdict::answer;
    frame.reply_length = write_plain_reply_frame(frame.data, reply, served_.partial_checksums);
    return 1;
}

inline void Burst::run_by(wire::Vectors vectors, std::span<Frame> frames,
                          const table::Snapshot& snapshot, answer::Counters& counters) noexcept {
    Slot* end = slots_.data();
    for (Frame& frame : frames) {
        end->frame = &frame;
        if (!read(*end, snapshot, counters, vectors)) [[unlikely]]
            continue;
        snapshot.prefetch_bucket(end->query.name);
        ++end;
    }
    // One thing at a time for the whole burst: what each asks memory for is there for the next.
    const std::span<Slot> slots{slots_.data(), end};
    bool is_any_miss = false;
    for (Slot& slot : slots) {
        snapshot.probe(slot.query.name, slot.probe, vectors);
        is_any_miss |= slot.probe.is_miss;
    }
    if (is_any_miss) [[unlikely]] {
        for (Slot& slot : slots) {
            if (slot.probe.is_miss) snapshot.probe_parent(slot.probe);
        }
    }
    for (const Slot& slot : slots.first(std::min(rest_distance, slots.size())))
        table::Snapshot::prefetch_rest(slot.probe);
    unsigned answers = 0;
    for (std::size_t n = 0; n < slots.size(); ++n) {
        if (const std::size_t later = n + rest_distance; later < slots.size())
            table::Snapshot::prefetch_rest(slots[later].probe);
        answers += finish(slots[n], snapshot, counters);
    }
    counters.add(Verdict::answer, answers);
}

// The whole of it twice, so that nothing in it has to ask what the machine has.

[[gnu::flatten]] void Burst::run_blocks(std::span<Frame> frames, const table::Snapshot& snapshot,
                                        answer::Counters& counters) noexcept {
    run_by(wire::Vectors::blocks, frames, snapshot, counters);
}

#ifdef APEX_LINES
APEX_LINES [[gnu::flatten]] void Burst::run_lines(std::span<Frame> frames,
                                                  const table::Snapshot& snapshot,
                                                  answer::Counters& counters) noexcept {
    run_by(wire::Vectors::lines, frames, snapshot, counters);
}
#endif

void Burst::run(std::span<Frame> frames, const table::Snapshot& snapshot,
                answer::Counters& counters) noexcept {
#ifdef APEX_LINES
    if (vectors_ == wire::Vectors::lines) return run_lines(frames, snapshot, counters);
#endif
    run_blocks(frames, snapshot, counters);
}

}  // namespace apex::io
