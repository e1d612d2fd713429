// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "dataplane/io/worker.hh"

#include <array>
#include <cstring>
#include <ctime>
#include <span>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_pause.h>
#include <rte_prefetch.h>

#include "dataplane/answer/query.hh"
#include "dataplane/io/flow.hh"

namespace apex::io {

namespace {

/// The frame may come a moment after its interrupt: net_tap finds it when another thread was told
/// by a signal. So a worker does not wait for the next one at once.
constexpr unsigned naps_after_interrupt = 4;

/// The mbuf's frame in place: what it holds and what it could hold.
void fill(Frame& frame, rte_mbuf* mbuf) noexcept {
    frame.data = rte_pktmbuf_mtod(mbuf, std::uint8_t*);
    frame.length = rte_pktmbuf_data_len(mbuf);
    frame.capacity = static_cast<std::uint16_t>(mbuf->buf_len - mbuf->data_off);
}

constexpr std::uint64_t bad_checksum = RTE_MBUF_F_RX_IP_CKSUM_BAD | RTE_MBUF_F_RX_L4_CKSUM_BAD;

/// False for what Burst cannot take: several segments, or no room to write behind.
bool is_usable(const rte_mbuf* mbuf, const Frame& frame) noexcept {
    return (mbuf->nb_segs == 1) & (frame.capacity - frame.length >= answer::padding);
}

/// The flags alone may also mean a checksum that is left to its reader.
bool has_bad_checksum(const rte_mbuf* mbuf) noexcept {
    return (mbuf->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_BAD ||
           (mbuf->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_BAD;
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
            naps_ = 0;
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
    if (!interrupts_.usable() || naps_ != 0) {
        if (naps_ != 0) --naps_;
        const timespec time{0, static_cast<long>(idle_.sleep.count())};
        nanosleep(&time, nullptr);
        return;
    }
    interrupts_.enable();
    if (poll_all()) {
        in_vain_ = 0;
    } else {
        reader.offline();  // who replaces something does not have to wait
        if (interrupts_.wait()) naps_ = naps_after_interrupt;
        reader.online();
    }
    interrupts_.disable();
}

bool Worker::poll(Source& source) noexcept {
    const Access& access = source.access;
    bool sent_any = access.kernel != nullptr && send_for_kernel(access);
    if (access.is_lacp) [[unlikely]]  // its own frames go out when it is called
        rte_eth_tx_burst(access.port, 0, nullptr, 0);
    std::array<rte_mbuf*, burst_size> received;
    std::uint16_t count = 0;
    if (access.spread == nullptr) [[likely]] {
        count = rte_eth_rx_burst(access.port, static_cast<std::uint16_t>(reader_), received.data(),
                                 burst_size);
    } else {
        sent_any |= reader_ == 0 && send_for_others(access);
        count = receive_spread(access, received.data());
    }
    if (count == 0) return sent_any;

    std::array<Frame, burst_size>& frames = source.frames;
    bool all_usable = true;
    std::uint64_t flags = 0;
    for (std::uint16_t n = 0; n < count; ++n) {
        rte_prefetch0(rte_pktmbuf_mtod(received[n], const void*));
        fill(frames[n], received[n]);
        all_usable &= is_usable(received[n], frames[n]);
        flags |= received[n]->ol_flags;
    }
    if (!all_usable || (flags & bad_checksum) != 0) [[unlikely]]
        count = drop_unusable(source, received.data(), count);

    source.burst.run(std::span{frames.data(), count}, table_.snapshot(), counters_);

    std::array<rte_mbuf*, burst_size> done;  // whose frames are moved to the front
    std::uint16_t replies = 0;
    std::uint16_t others = 0;
    for (std::uint16_t n = 0; n < count; ++n) {
        rte_mbuf* mbuf = received[n];
        if (const std::uint16_t length = frames[n].reply_length; length != 0) [[likely]] {
            mbuf->data_len = length;
            mbuf->pkt_len = length;
            received[replies++] = mbuf;
        } else {
            frames[others] = frames[n];
            done[others++] = mbuf;
        }
    }
    if (others != 0) {
        if (access.kernel != nullptr) punt(source, others);
        rte_pktmbuf_free_bulk(done.data(), others);
    }
    if (replies != 0) send(access, received.data(), replies);
    return true;
}

/// Of the first `count` frames of the burst, what is the kernel's.
[[gnu::noinline]] void Worker::punt(const Source& source, std::uint16_t count) noexcept {
    // The clock once for all: it takes as long as all else of a frame here.
    const std::uint64_t now = rte_rdtsc();
    for (std::uint16_t n = 0; n < count; ++n) {
        const Frame& frame = source.frames[n];
        if (!answer::is_punt(frame.verdict)) continue;
        source.access.kernel->punt({frame.data, frame.length}, frame.verdict, now, counters_);
    }
}

/// The next burst for this worker, where one has the queue.
[[gnu::noinline]] std::uint16_t Worker::receive_spread(const Access& access,
                                                       rte_mbuf** mbufs) noexcept {
    if (reader_ != 0) return access.spread->take(reader_, mbufs, burst_size);
    return spread_out(access, mbufs, rte_eth_rx_burst(access.port, 0, mbufs, burst_size));
}

/// Hands to the others what is theirs; how many are left.
std::uint16_t Worker::spread_out(const Access& access, rte_mbuf** mbufs,
                                 std::uint16_t count) noexcept {
    std::uint16_t kept = 0;
    for (std::uint16_t n = 0; n < count; ++n) {
        rte_mbuf* mbuf = mbufs[n];
        const unsigned worker =
            worker_of({rte_pktmbuf_mtod(mbuf, const std::uint8_t*), rte_pktmbuf_data_len(mbuf)},
                      access.spread->workers());
        if (worker == reader_) {
            mbufs[kept++] = mbuf;
        } else if (!access.spread->hand_over(worker, mbuf)) {
            counters_.add(answer::Verdict::spread_full);
            rte_pktmbuf_free(mbuf);
        }
    }
    return kept;
}

void Worker::send(const Access& access, rte_mbuf** mbufs, std::uint16_t count) noexcept {
    const bool by_other = access.spread != nullptr && reader_ != 0;
    const std::uint16_t sent = by_other
                                   ? access.spread->give_back(reader_, mbufs, count)
                                   : rte_eth_tx_burst(access.port, queue_of(access), mbufs, count);
    if (sent < count) {
        counters_.add(answer::Verdict::tx_full, static_cast<std::uint64_t>(count - sent));
        rte_pktmbuf_free_bulk(mbufs + sent, static_cast<unsigned>(count - sent));
    }
}

/// The replies of the workers that have no queue. False when there are none.
[[gnu::noinline]] bool Worker::send_for_others(const Access& access) noexcept {
    bool any = false;
    std::array<rte_mbuf*, burst_size> mbufs;
    for (unsigned worker = 1; worker < access.spread->workers(); ++worker) {
        const std::uint16_t count = access.spread->take_back(worker, mbufs.data(), burst_size);
        if (count == 0) continue;
        send(access, mbufs.data(), count);
        any = true;
    }
    return any;
}

/// What the kernel sends by the port, a burst at most. False when there is nothing.
[[gnu::noinline]] bool Worker::send_for_kernel(const Access& access) noexcept {
    FrameRing& ring = access.kernel->from_kernel;
    std::array<rte_mbuf*, burst_size> mbufs;
    std::uint16_t count = 0;
    for (wire::Bytes frame = ring.front(); !frame.empty() && count < burst_size;
         frame = ring.front()) {
        // From the queue's own pool, as the port's settings have it (port.cc).
        rte_mbuf* mbuf = rte_pktmbuf_alloc(access.pool);
        if (mbuf == nullptr) break;
        std::memcpy(rte_pktmbuf_append(mbuf, static_cast<std::uint16_t>(frame.size())),
                    frame.data(), frame.size());
        ring.pop();
        mbufs[count++] = mbuf;
    }
    if (count == 0) return false;
    const std::uint16_t sent = rte_eth_tx_burst(access.port, queue_of(access), mbufs.data(), count);
    counters_.add(answer::Verdict::kernel_sent, sent);
    if (sent < count) {
        const auto left = static_cast<unsigned>(count - sent);
        counters_.add(answer::Verdict::kernel_tx_full, left);
        rte_pktmbuf_free_bulk(mbufs.data() + sent, left);
    }
    return true;
}

std::uint16_t Worker::drop_unusable(Source& source, rte_mbuf** mbufs,
                                    std::uint16_t count) noexcept {
    std::uint16_t kept = 0;
    for (std::uint16_t n = 0; n < count; ++n) {
        rte_mbuf* mbuf = mbufs[n];
        const bool is_bad = has_bad_checksum(mbuf);
        if (!is_bad && is_usable(mbuf, source.frames[n])) {
            source.frames[kept] = source.frames[n];
            mbufs[kept++] = mbuf;
        } else {
            counters_.add(is_bad ? answer::Verdict::drop_bad_checksum
                                 : answer::Verdict::multi_segment);
            rte_pktmbuf_free(mbuf);
        }
    }
    return kept;
}

}  // namespace apex::io
