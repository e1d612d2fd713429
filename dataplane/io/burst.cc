// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/io/burst.hh"

#include "dataplane/answer/response.hh"
#include "dataplane/io/classify.hh"
#include "dataplane/io/reply_frame.hh"

namespace apex::io {

using answer::Verdict;

[[gnu::flatten]] void Burst::run(std::span<Frame> frames, const table::Snapshot& snapshot,
                answer::Counters& counters) noexcept {
    for (std::size_t n = 0; n < frames.size(); ++n) {
        Frame& frame = frames[n];
        frame.reply_length = 0;
        frame.verdict = classify({frame.data, frame.length}, served_, layers_[n]);
        if (frame.verdict != Verdict::answer) continue;
        answer::Query& query = queries_[n];
        answer::parse_query(frame.data + layers_[n].dns, layers_[n].dns_length,
                            static_cast<std::uint16_t>(frame.capacity - layers_[n].dns),
                            snapshot.hash_key(), query);
        if (query.verdict == Verdict::answer) snapshot.prefetch_bucket(query.name);
    }
    for (std::size_t n = 0; n < frames.size(); ++n) {
        if (frames[n].verdict == Verdict::answer && queries_[n].verdict == Verdict::answer) {
            probes_[n] = snapshot.probe(queries_[n].name);
        }
    }
    for (std::size_t n = 0; n < frames.size(); ++n) {
        Frame& frame = frames[n];
        if (frame.verdict == Verdict::answer) {
            const answer::Reply reply = answer::respond(queries_[n], snapshot, probes_[n]);
            frame.verdict = reply.verdict;
            if (reply.length > 0) {
                frame.reply_length = write_reply_frame(frame.data, layers_[n], reply,
                                                       served_.partial_checksums);
            }
        }
        counters.add(frame.verdict);
    }
}

}  // namespace apex::io
