// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "dataplane/io/worker.hh"

#include <array>
#include <ctime>
#include <span>

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_pause.h>
#include <rte_prefetch.h>

#include "dataplane/answer/query.hh"

namespace apex::io {

namespace {

/// The mbuf's frame in place: what it holds and what it could hold.
void fill(Frame& frame, rte_mbuf* mbuf) noexcept {
    frame.data = rte_pktmbuf_mtod(mbuf, std::uint8_t*);
    frame.length = rte_pktmbuf_data_len(mbuf);
    frame.capacity = static_cast<std::uint16_t>(mbuf->buf_len - mbuf->data_off);
}

/// False for what Burst cannot take: several segments, or no room to write behind.
bool is_usable(const rte_mbuf* mbuf, const Frame& frame) noexcept {
    return (mbuf->nb_segs == 1) & (frame.capacity - frame.length >= answer::padding);
}

}  // namespace

void Worker::run() noexcept {
    table::Reader reader{table_, reader_};
    interrupts_.start();
    reader.online();
    while (!stop_.load(std::memory_order_relaxed)) {
        const bool busy = poll_all();
        reader.quiescent();
        if (busy) {
            in_vain_ = 0;
        } else {
            rest(reader);
        }
    }
    reader.offline();
    interrupts_.stop();
}

bool Worker::poll_all() noexcept {
    bool busy = false;
    for (auto& source : sources_) busy |= poll(source);
    return busy;
}

/// After a look at all ports in vain.
void Worker::rest(table::Reader& reader) noexcept {
    if (idle_.sleep.count() != 0 && ++in_vain_ > Idle::looks) {
        sleep(reader);
    } else if (idle_.pause) {
        rte_pause();
    }
}

void Worker::sleep(table::Reader& reader) noexcept {
    if (!interrupts_.usable()) {
        const timespec time{0, static_cast<long>(idle_.sleep.count())};
        nanosleep(&time, nullptr);
        return;
    }
    interrupts_.enable();
    if (poll_all()) {
        in_vain_ = 0;
    } else {
        reader.offline();  // who replaces something does not have to wait
        interrupts_.wait();
        reader.online();
    }
    interrupts_.disable();
}

bool Worker::poll(Source& source) noexcept {
    const auto queue = static_cast<std::uint16_t>(reader_);
    std::array<rte_mbuf*, burst_size> received;
    std::uint16_t count = rte_eth_rx_burst(source.port, queue, received.data(), burst_size);
    if (count == 0) return false;

    std::array<Frame, burst_size>& frames = source.frames;
    bool all_usable = true;
    for (std::uint16_t n = 0; n < count; ++n) {
        rte_prefetch0(rte_pktmbuf_mtod(received[n], const void*));
        fill(frames[n], received[n]);
        all_usable &= is_usable(received[n], frames[n]);
    }
    if (!all_usable) [[unlikely]]
        count = drop_unusable(source, received.data(), count);

    source.burst.run(std::span{frames.data(), count}, table_.snapshot(), counters_);

    std::array<rte_mbuf*, burst_size> done;
    std::uint16_t replies = 0;
    std::uint16_t others = 0;
    for (std::uint16_t n = 0; n < count; ++n) {
        rte_mbuf* mbuf = received[n];
        if (const std::uint16_t length = frames[n].reply_length; length != 0) [[likely]] {
            mbuf->data_len = length;
            mbuf->pkt_len = length;
            received[replies++] = mbuf;
        } else {
            done[others++] = mbuf;
        }
    }
    if (others != 0) rte_pktmbuf_free_bulk(done.data(), others);
    if (replies == 0) return true;
    const std::uint16_t sent = rte_eth_tx_burst(source.port, queue, received.data(), replies);
    if (sent < replies) {
        counters_.add(answer::Verdict::tx_full, static_cast<std::uint64_t>(replies - sent));
        rte_pktmbuf_free_bulk(received.data() + sent, static_cast<unsigned>(replies - sent));
    }
    return true;
}

std::uint16_t Worker::drop_unusable(Source& source, rte_mbuf** mbufs,
                                    std::uint16_t count) noexcept {
    std::uint16_t kept = 0;
    for (std::uint16_t n = 0; n < count; ++n) {
        if (is_usable(mbufs[n], source.frames[n])) {
            source.frames[kept] = source.frames[n];
            mbufs[kept++] = mbufs[n];
        } else {
            counters_.add(answer::Verdict::multi_segment);
            rte_pktmbuf_free(mbufs[n]);
        }
    }
    return kept;
}

}  // namespace apex::io
