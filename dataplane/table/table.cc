// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/table/table.hh"

#include <rte_rcu_qsbr.h>
#include <sys/mman.h>
#include <sys/random.h>

#include <cstdlib>
#include <new>

namespace apex::table {

namespace {

constexpr std::size_t zones_size = Table::max_zones * sizeof(ZoneSlot);

/// Address space only: pages come as zones are added. Zeroed, so every slot is null.
ZoneSlot* reserve_zones() {
    void* memory = mmap(nullptr, zones_size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    return static_cast<ZoneSlot*>(memory);
}

rte_rcu_qsbr* make_qsbr(unsigned max_readers) {
    const std::size_t size = rte_rcu_qsbr_get_memsize(max_readers);
    void* memory = std::aligned_alloc(RTE_CACHE_LINE_SIZE, size);
    if (memory == nullptr) throw std::bad_alloc();
    auto* qsbr = static_cast<rte_rcu_qsbr*>(memory);
    rte_rcu_qsbr_init(qsbr, max_readers);
    return qsbr;
}

wire::HashKey random_key() {
    wire::HashKey key;
    // Up to 256 octets never come in part (getrandom(2)).
    if (getrandom(&key.words, sizeof key.words, 0) != sizeof key.words ||
        getrandom(&key.mask, sizeof key.mask, 0) != sizeof key.mask ||
        getrandom(&key.multiplier, sizeof key.multiplier, 0) != sizeof key.multiplier) {
        std::abort();
    }
    key.multiplier |= 1;
    return key;
}

}  // namespace

void Table::QsbrDeleter::operator()(rte_rcu_qsbr* qsbr) const noexcept {
    std::free(qsbr);
}

void Table::ZonesDeleter::operator()(ZoneSlot* zones) const noexcept {
    munmap(zones, zones_size);
}

Table::Table(unsigned max_readers)
    : key_(random_key()), zones_(reserve_zones()), qsbr_(make_qsbr(max_readers)) {}

Table::~Table() = default;

Reader::Reader(Table& table, unsigned id) : qsbr_(table.qsbr_.get()), id_(id) {
    rte_rcu_qsbr_thread_register(qsbr_, id_);
}

Reader::~Reader() {
    rte_rcu_qsbr_thread_offline(qsbr_, id_);
    rte_rcu_qsbr_thread_unregister(qsbr_, id_);
}

void Reader::online() noexcept {
    rte_rcu_qsbr_thread_online(qsbr_, id_);
}

void Reader::offline() noexcept {
    rte_rcu_qsbr_thread_offline(qsbr_, id_);
}

void Reader::quiescent() noexcept {
    rte_rcu_qsbr_quiescent(qsbr_, id_);
}

}  // namespace apex::table
