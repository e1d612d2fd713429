// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/table/arena.hh"

#include <sys/mman.h>

#include <new>
#include <utility>

namespace apex::table {

namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr std::size_t max_block = std::size_t{64} << 20;
// Larger pieces (bucket arrays) get a mapping of their own and give it back.
constexpr std::size_t max_pooled = std::size_t{1} << 20;

// Readers work in whole blocks and may read past the last piece (wire/blocks.hh).
constexpr std::size_t guard = Arena::unit;

constexpr std::size_t round_up(std::size_t value, std::size_t to) {
    return (value + to - 1) / to * to;
}

}  // namespace

Arena::~Arena() {
    for (const Block& block : blocks_) munmap(block.memory, block.size);
}

void* Arena::map(std::size_t size) {
    blocks_.push_back({nullptr, 0, false});  // may throw, so before there is something to lose
    Block& block = blocks_.back();
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
    const bool huge = memory != MAP_FAILED;
    if (huge) {
        huge_ += size;
    } else {
        memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) {
            blocks_.pop_back();
            throw std::bad_alloc();
        }
        madvise(memory, size, MADV_HUGEPAGE);  // a wish: transparent ones may be off
    }
    mapped_ += size;
    block = {memory, size, huge};
    return memory;
}

void* Arena::allocate(std::size_t size) {
    void* memory = size > max_pooled ? map(round_up(size, huge_page)) : take(size);
    allocated_ += size;
    return memory;
}

void* Arena::take(std::size_t size) {
    // Here, not in release(), which must not fail.
    const std::size_t units = size / unit;
    if (free_.size() <= units) free_.resize(units + 1);
    if (Free*& first = free_[units]; first != nullptr) {
        Free* taken = std::exchange(first, first->next);
        __builtin_prefetch(first, 1);  // for the next one
        return taken;
    }
    if (left_ < size + guard) {
        // Blocks grow with what is there, so that a small server stays small. What
        // is left of the old block is under one pooled piece and is given up.
        const std::size_t wanted = mapped_ < max_block ? mapped_ : max_block;
        const std::size_t block = round_up(wanted > 0 ? wanted : 1, huge_page);
        next_ = static_cast<std::byte*>(map(block));  // may throw, so before left_ says so
        left_ = block;
    }
    void* memory = next_;
    next_ += size;
    left_ -= size;
    return memory;
}

void Arena::release(void* memory, std::size_t size) noexcept {
    allocated_ -= size;
    if (size > max_pooled) return unmap(memory);
    Free*& first = free_[size / unit];
    first = new (memory) Free{first};
}

void Arena::unmap(void* memory) noexcept {
    for (Block& block : blocks_) {
        if (block.memory != memory) continue;
        munmap(block.memory, block.size);
        mapped_ -= block.size;
        if (block.huge) huge_ -= block.size;
        block = blocks_.back();
        blocks_.pop_back();
        return;
    }
}

}  // namespace apex::table
