// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Memory for nodes and buckets: large blocks from hugepages where the system has
// them free, from ordinary pages where not, cut into 64-byte units. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace apex::table {

class Arena {
  public:
    static constexpr std::size_t unit = 64;

    Arena() = default;
    ~Arena();
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    /// `size` octets, a multiple of `unit`, aligned to `unit`, contents undefined.
    /// Throws std::bad_alloc when the system has no more, and is then as it was.
    void* allocate(std::size_t size);
    /// Gives back what allocate() returned for the same size, for reuse by it.
    void release(void* memory, std::size_t size) noexcept;

    std::size_t allocated() const { return allocated_; }  ///< octets handed out
    std::size_t mapped() const { return mapped_; }        ///< octets taken from the system
    std::size_t huge() const { return huge_; }            ///< of these, on reserved hugepages

  private:
    struct Block {
        void* memory;
        std::size_t size;
        bool huge;
    };
    /// What is written into a piece that was given back.
    struct Free {
        Free* next;
    };
    void* take(std::size_t size);
    void* map(std::size_t size);
    void unmap(void* memory) noexcept;

    std::vector<Block> blocks_;
    std::vector<Free*> free_;    // by size in units
    std::byte* next_ = nullptr;  // rest of the newest block
    std::size_t left_ = 0;
    std::size_t allocated_ = 0;
    std::size_t mapped_ = 0;
    std::size_t huge_ = 0;
};

}  // namespace apex::table
