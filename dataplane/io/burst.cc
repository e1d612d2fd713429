// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/io/burst.hh"

#include "dataplane/answer/response.hh"
#include "dataplane/io/classify.hh"
#include "dataplane/io/frame_layout.hh"
#include "dataplane/io/reply_frame.hh"

namespace apex::io {

using answer::Verdict;

namespace {

/// By how many queries the look into the index is ahead of the answer.
constexpr std::size_t probe_distance = 12;
/// By how many it is ahead of the look for the parent of a name that is not there.
constexpr std::size_t parent_distance = 6;

}  // namespace

/// The reply, or the reason that there is none, to a query that was taken apart.
inline void Burst::finish(Slot& slot, const table::Snapshot& snapshot,
                          answer::Counters& counters) noexcept {
    Frame& frame = *slot.frame;
    const answer::Reply reply = answer::respond(slot.query, snapshot, slot.probe);
    frame.verdict = reply.verdict;
    counters.add(reply.verdict);
    frame.reply_length = 0;
    if (reply.length > 0) [[likely]] {
        frame.reply_length =
            write_reply_frame(frame.data, slot.layers, reply, served_.partial_checksums);
    }
}

[[gnu::flatten]] void Burst::run(std::span<Frame> frames, const table::Snapshot& snapshot,
                                 answer::Counters& counters) noexcept {
    Slot* end = slots_.data();
    for (Frame& frame : frames) {
        end->frame = &frame;
        const Verdict verdict = classify({frame.data, frame.length}, served_, end->layers);
        if (verdict != Verdict::answer) [[unlikely]] {
            frame.verdict = verdict;
            frame.reply_length = 0;
            counters.add(verdict);
            continue;
        }
        const std::size_t dns = end->layers.udp + udp_size;
        answer::parse_query(frame.data + dns, end->layers.dns_length, frame.capacity - dns,
                            snapshot.hash_key(), end->query);
        if (end->query.verdict == Verdict::answer) [[likely]] {
            snapshot.prefetch_bucket(end->query.name);
            ++end;
        } else {
            finish(*end, snapshot, counters);
        }
    }
    // Not all at once: a core has only so many cache misses under way, and what it
    // is asked for beyond them it forgets.
    const std::size_t count = static_cast<std::size_t>(end - slots_.data());
    for (std::size_t step = 0; step < count + probe_distance; ++step) {
        if (step < count) slots_[step].probe = snapshot.probe(slots_[step].query.name);
        const std::size_t followed = step - parent_distance;
        if (followed < count && slots_[followed].probe.is_miss) [[unlikely]]
            snapshot.probe_parent(slots_[followed].probe);
        const std::size_t finished = step - probe_distance;
        if (finished < count) finish(slots_[finished], snapshot, counters);
    }
}

}  // namespace apex::io
