// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors

#include "dataplane/io/worker.hh"

#include <array>
#include <span>

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_pause.h>
#include <rte_prefetch.h>

#include "dataplane/answer/query.hh"

namespace apex::io {

namespace {

/// Mbufs of one burst that go the same way, in the order they came.
class MbufList {
  public:
    void add(rte_mbuf* mbuf) noexcept { mbufs_[count_++] = mbuf; }
    rte_mbuf*& operator[](std::size_t i) noexcept { return mbufs_[i]; }
    rte_mbuf** data() noexcept { return mbufs_.data(); }
    std::uint16_t size() const noexcept { return count_; }

  private:
    std::array<rte_mbuf*, burst_size> mbufs_;
    std::uint16_t count_ = 0;
};

/// The mbuf's frame in place: what it holds and what it could hold.
Frame frame_of(rte_mbuf* mbuf) noexcept {
    Frame frame;
    frame.data = rte_pktmbuf_mtod(mbuf, std::uint8_t*);
    frame.length = rte_pktmbuf_data_len(mbuf);
    frame.capacity = static_cast<std::uint16_t>(mbuf->buf_len - mbuf->data_off);
    return frame;
}

/// False for what Burst cannot take: several segments, or no room to write behind.
bool is_usable(const rte_mbuf* mbuf) noexcept {
    const std::size_t length = rte_pktmbuf_data_len(mbuf);
    const std::size_t capacity = static_cast<std::size_t>(mbuf->buf_len) - mbuf->data_off;
    return mbuf->nb_segs == 1 && capacity - length >= answer::padding;
}

}  // namespace

Worker::Worker(table::Table& table, unsigned reader, const std::atomic<bool>& stop)
    : table_(table), stop_(stop), reader_(reader) {}

void Worker::add_port(std::uint16_t port, const Endpoint& endpoint) {
    sources_.push_back({port, Burst{endpoint}});
}

void Worker::run() noexcept {
    table::Reader reader{table_, reader_};
    reader.online();
    while (!stop_.load(std::memory_order_relaxed)) {
        bool busy = false;
        for (auto& source : sources_) busy |= poll(source);
        reader.quiescent();
        if (!busy) rte_pause();
    }
    reader.offline();
}

bool Worker::poll(Source& source) noexcept {
    const auto queue = static_cast<std::uint16_t>(reader_);
    std::array<rte_mbuf*, burst_size> received;
    const std::uint16_t count = rte_eth_rx_burst(source.port, queue, received.data(), burst_size);
    if (count == 0) return false;

    MbufList queries;
    MbufList done;
    std::array<Frame, burst_size> frames;
    for (std::uint16_t i = 0; i < count; ++i) {
        rte_mbuf* mbuf = received[i];
        rte_prefetch0(rte_pktmbuf_mtod(mbuf, const void*));
        if (!is_usable(mbuf)) {
            counters_.add(answer::Verdict::multi_segment);
            done.add(mbuf);
            continue;
        }
        frames[queries.size()] = frame_of(mbuf);
        queries.add(mbuf);
    }

    source.burst.run(std::span{frames.data(), queries.size()}, table_.snapshot(), counters_);

    MbufList replies;
    for (std::uint16_t i = 0; i < queries.size(); ++i) {
        rte_mbuf* mbuf = queries[i];
        if (const std::uint16_t length = frames[i].reply_length; length != 0) {
            mbuf->data_len = length;
            mbuf->pkt_len = length;
            replies.add(mbuf);
        } else {
            done.add(mbuf);
        }
    }

    const std::uint16_t sent =
        replies.size() == 0 ? std::uint16_t{0}
                            : rte_eth_tx_burst(source.port, queue, replies.data(), replies.size());
    if (sent < replies.size()) {
        counters_.add(answer::Verdict::tx_full, static_cast<std::uint64_t>(replies.size() - sent));
        for (std::uint16_t i = sent; i < replies.size(); ++i) done.add(replies[i]);
    }
    if (done.size() != 0) rte_pktmbuf_free_bulk(done.data(), done.size());
    return true;
}

}  // namespace apex::io
