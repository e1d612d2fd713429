// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "dataplane/table/publisher.hh"

#include <rte_pause.h>
#include <rte_rcu_qsbr.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <utility>

namespace apex::table {

namespace {

constexpr std::uint64_t min_buckets = 64;

/// `like` has the octets of `node`, whose own may not be near.
std::uint64_t word_of(std::uint64_t hash, const Node* node, const Node& like,
                      std::uint64_t visibility) {
    const std::size_t usual = like.usual_size();
    return entry::tag_of_hash(hash) << 48 | reinterpret_cast<std::uint64_t>(node) | visibility |
           (usual > 64 ? entry::second_line : 0) | (usual > 128 ? entry::third_line : 0) |
           (usual > 192 ? entry::fourth_line : 0);
}

bool same_bytes(const Node& a, const Node& b) {
    return a.size() == b.size() && std::memcmp(&a, &b, a.size()) == 0;
}

void mark_visible(std::atomic<std::uint64_t>& slot, std::uint64_t visibility) {
    const std::uint64_t word = slot.load(std::memory_order_relaxed);
    slot.store((word & ~entry::visible_both) | visibility, std::memory_order_release);
}

wire::Bytes octets(const wire::Name& name) {
    return {reinterpret_cast<const std::uint8_t*>(name.wire().data()), name.size()};
}

bool holds_node(std::uint64_t word) {
    return (word & entry::visible_both) != 0;
}

}  // namespace

Publisher::Publisher(Table& table) : table_(table), depth_counts_(wire::max_label_count + 1) {
    rebuild(min_buckets);
}

Publisher::~Publisher() {
    table_.index_.store(nullptr, std::memory_order_release);
}

ZoneId Publisher::new_zone() {
    if (!free_zones_.empty()) {
        const ZoneId zone = free_zones_.back();
        free_zones_.pop_back();
        return zone;
    }
    if (next_zone_ == Table::max_zones) throw std::length_error("the table is full of zones");
    return next_zone_++;
}

void Publisher::release_zone(ZoneId zone) {
    free_zones_.push_back(zone);
}

std::uint64_t Publisher::hash(wire::Bytes name) const {
    std::array<std::uint8_t, wire::max_name_size + wire::hash_block> padded{};
    std::memcpy(padded.data(), name.data(), name.size());
    return wire::hash_name(padded.data(), name.size(), table_.key_);
}

/// The slot of a node that is visible now, or null.
Publisher::Slot* Publisher::find(std::uint64_t hash, wire::Bytes name, ZoneId zone) const {
    const auto parity =
        static_cast<unsigned>(table_.generation_.load(std::memory_order_relaxed) & 1);
    for (std::uint64_t at = hash & index_->mask;; at = (at + 1) & index_->mask) {
        bool has_empty = false;
        for (Slot& slot : index_->buckets[at].entries) {
            const std::uint64_t word = slot.load(std::memory_order_relaxed);
            if (word == entry::empty) has_empty = true;
            if (!entry::visible(word, parity) || entry::tag(word) != entry::tag_of_hash(hash)) {
                continue;
            }
            const Node* node = entry::node(word);
            if (node->zone() == zone && std::ranges::equal(node->name(), name)) return &slot;
        }
        if (has_empty) return nullptr;
    }
}

Publisher::Slot* Publisher::insert(std::uint64_t hash, std::uint64_t word) noexcept {
    for (std::uint64_t at = hash & index_->mask;; at = (at + 1) & index_->mask) {
        for (Slot& slot : index_->buckets[at].entries) {
            const std::uint64_t old = slot.load(std::memory_order_relaxed);
            if (old != entry::empty && old != entry::tombstone) continue;
            if (old == entry::empty) ++used_;
            ++names_;
            slot.store(word, std::memory_order_release);
            return &slot;
        }
    }
}

void Publisher::erase(Slot* slot) noexcept {
    --names_;
    // A bucket that had no empty slot may have sent names on to the next one, so it
    // must go on looking full. One that still has one can have another.
    const auto address = reinterpret_cast<std::uintptr_t>(slot) & ~(sizeof(Bucket) - 1);
    // NOLINTNEXTLINE(performance-no-int-to-ptr): slots do not know their bucket
    for (const Slot& other : reinterpret_cast<const Bucket*>(address)->entries) {
        if (other.load(std::memory_order_relaxed) != entry::empty) continue;
        slot->store(entry::empty, std::memory_order_release);
        --used_;
        return;
    }
    slot->store(entry::tombstone, std::memory_order_release);
}

/// Room for `more` further entries at a load under which chains stay short. A new
/// index is not filled up to that, or the next few entries would need another.
void Publisher::reserve(std::size_t more) {
    const std::uint64_t slots = (index_->mask + 1) * Bucket::slots;
    if ((used_ + more) * 2 <= slots) return;
    std::uint64_t buckets = min_buckets;
    while ((names_ + more) * 8 > buckets * Bucket::slots * 3) buckets *= 2;
    rebuild(buckets);
}

void Publisher::rebuild(std::uint64_t buckets) {
    // What may throw comes before anything is changed.
    auto fresh = std::make_unique<Index>();
    fresh->buckets = static_cast<Bucket*>(arena_.allocate(buckets * sizeof(Bucket)));
    fresh->mask = buckets - 1;
    std::memset(static_cast<void*>(fresh->buckets), 0, buckets * sizeof(Bucket));
    const std::unique_ptr<Index> old = std::exchange(index_, std::move(fresh));
    used_ = names_ = 0;
    if (old != nullptr) {
        for (std::uint64_t at = 0; at <= old->mask; ++at) {
            for (const Slot& slot : old->buckets[at].entries) {
                const std::uint64_t word = slot.load(std::memory_order_relaxed);
                if (holds_node(word)) insert(hash(entry::node(word)->name()), word);
            }
        }
    }
    table_.index_.store(index_.get(), std::memory_order_release);
    if (old == nullptr) return;
    synchronize();
    arena_.release(old->buckets, (old->mask + 1) * sizeof(Bucket));
}

const Node* Publisher::copy_in(const Node& node) {
    void* memory = arena_.allocate(node.size());
    std::memcpy(memory, &node, node.size());
    return static_cast<const Node*>(memory);
}

void Publisher::free_node(const Node* node) noexcept {
    if (node != nullptr) arena_.release(const_cast<Node*>(node), node->size());
}

void Publisher::synchronize() {
    // As rte_rcu_qsbr_synchronize() does, but all of it inline, so that ThreadSanitizer
    // sees the readers' reports being waited for.
    rte_rcu_qsbr* qsbr = table_.qsbr_.get();
    const std::uint64_t token = rte_rcu_qsbr_start(qsbr);
    constexpr unsigned spins = 1000;
    for (unsigned spin = 0; rte_rcu_qsbr_check(qsbr, token, false) == 0; ++spin) {
        // A reader that is no worker may want this very CPU.
        spin % spins == spins - 1 ? std::this_thread::yield() : rte_pause();
    }
}

/// Frees what no reader can see any more, without waiting.
void Publisher::reclaim() {
    while (!retired_.empty() &&
           rte_rcu_qsbr_check(table_.qsbr_.get(), retired_.front().token, false) == 1) {
        free_node(retired_.front().node);
        retired_.pop_front();
    }
}

/// While it lives nodes are replaced; then their grace period begins. Once for many: to ask
/// how far a reader is takes the line that it writes to after each burst.
class Publisher::Replacing {
  public:
    explicit Replacing(Publisher& publisher) : publisher_(publisher) {
        publisher.reclaim();
        first_ = publisher.retired_.size();
    }
    ~Replacing() {
        std::deque<Retired>& retired = publisher_.retired_;
        if (first_ == retired.size()) return;
        const std::uint64_t token = rte_rcu_qsbr_start(publisher_.table_.qsbr_.get());
        for (std::size_t n = first_; n < retired.size(); ++n) retired[n].token = token;
    }
    Replacing(const Replacing&) = delete;
    Replacing& operator=(const Replacing&) = delete;

  private:
    Publisher& publisher_;
    std::size_t first_;
};

bool Publisher::replace(const Node& node) {
    const std::uint64_t name_hash = hash(node.name());
    Slot* slot = find(name_hash, node.name(), node.zone());
    if (slot == nullptr) return false;
    const Replacing replacing(*this);
    return swap_in(*slot, name_hash, node);
}

/// Brings near what find() will most probably look at.
void Publisher::prefetch_node(std::uint64_t hash) const {
    for (const Slot& slot : index_->buckets[hash & index_->mask].entries) {
        const std::uint64_t word = slot.load(std::memory_order_relaxed);
        if (!holds_node(word) || entry::tag(word) != entry::tag_of_hash(hash)) continue;
        const auto* node = reinterpret_cast<const std::uint8_t*>(entry::node(word));
        // All of it is copied; few have more lines than these.
        for (unsigned line = 0; line < 4; ++line) __builtin_prefetch(node + line * 64);
    }
}

// The lookups of many names wait for memory: some of them at once wait hardly longer than one.
void Publisher::replace_bodies(std::span<BodyChange> changes) {
    constexpr std::size_t at_once = 16;
    std::array<std::uint64_t, at_once> hashes;
    const Replacing replacing(*this);
    while (!changes.empty()) {
        const std::span<BodyChange> some = changes.first(std::min(at_once, changes.size()));
        changes = changes.subspan(some.size());
        for (const BodyChange& change : some) __builtin_prefetch(change.name->wire().data());
        for (std::size_t n = 0; n < some.size(); ++n) {
            hashes[n] = hash(octets(*some[n].name));
            __builtin_prefetch(&index_->buckets[hashes[n] & index_->mask]);
        }
        for (std::size_t n = 0; n < some.size(); ++n) prefetch_node(hashes[n]);
        for (std::size_t n = 0; n < some.size(); ++n) {
            some[n].is_done = replace_body(some[n], hashes[n]);
        }
    }
}

bool Publisher::replace_body(const BodyChange& change, std::uint64_t name_hash) {
    Slot* slot = find(name_hash, octets(*change.name), change.zone);
    if (slot == nullptr) return false;
    changed_.clear();
    const Node& old = *entry::node(slot->load(std::memory_order_relaxed));
    const BodyImage* body = change.body;
    if (change.is_behind_chain && body != nullptr) {
        if (!put_behind_chain(old, *body, behind_chain_)) return false;
        body = &behind_chain_;
    }
    if (!changed_.append_changed(old, change.type, body)) return false;
    swap_in(*slot, name_hash, changed_[0]);
    return true;
}

/// Puts a copy of `node` in the slot of its name, while Replacing. False: it is there already,
/// byte for byte.
bool Publisher::swap_in(Slot& slot, std::uint64_t name_hash, const Node& node) {
    const Node* old = entry::node(slot.load(std::memory_order_relaxed));
    if (same_bytes(*old, node)) return false;
    // What may throw comes before the store; an entry of no node is freed like any other.
    Retired& retired = retired_.emplace_back();
    const Node* fresh = copy_in(node);
    slot.store(word_of(name_hash, fresh, node, entry::visible_both), std::memory_order_release);
    retired.node = old;
    return true;
}

/// Finds out what changes and copies it in, all that can fail; the table stays as it is.
void Publisher::plan(ZoneChange& change, Transition& transition) {
    change.changed_names = 0;
    const std::size_t count = change.put != nullptr ? change.put->count() : 0;
    for (std::size_t n = 0; n < count; ++n) {
        const Node& node = (*change.put)[n];
        const std::uint64_t name_hash = hash(node.name());
        Slot* old = find(name_hash, node.name(), change.zone);
        if (old != nullptr &&
            same_bytes(*entry::node(old->load(std::memory_order_relaxed)), node)) {
            continue;
        }
        Coming& coming = transition.coming.emplace_back(Coming{name_hash, nullptr, nullptr, old});
        coming.node = copy_in(node);
        ++change.changed_names;
    }
    for (const wire::Name& name : change.remove) {
        const wire::Bytes bytes = octets(name);
        Slot* old = find(hash(bytes), bytes, change.zone);
        if (old == nullptr) continue;
        transition.going.push_back(old);
        ++change.changed_names;
    }
    const Node*& negative = transition.negatives.emplace_back(nullptr);
    if (change.negative != nullptr) negative = copy_in((*change.negative)[0]);
}

void Publisher::free_copies(const Transition& transition) noexcept {
    for (const Coming& coming : transition.coming) free_node(coming.node);
    for (const Node* negative : transition.negatives) free_node(negative);
}

/// Enters what comes and marks what goes, all still invisible.
void Publisher::mark(std::span<const ZoneChange> changes, Transition& transition) noexcept {
    const std::uint64_t only_new = std::uint64_t{1} << transition.parity;
    const std::uint64_t only_old = entry::visible_both ^ only_new;
    // True for what goes already: then it was named twice.
    const auto goes_already = [only_old](Slot* slot) {
        if ((slot->load(std::memory_order_relaxed) & entry::visible_both) == only_old) return true;
        mark_visible(*slot, only_old);
        return false;
    };
    for (Coming& coming : transition.coming) {
        if (coming.old != nullptr && goes_already(coming.old)) {
            free_node(std::exchange(coming.node, nullptr));
        } else {
            coming.slot =
                insert(coming.hash, word_of(coming.hash, coming.node, *coming.node, only_new));
        }
    }
    std::erase_if(transition.going, goes_already);

    for (std::size_t n = 0; n < changes.size(); ++n) {
        if (transition.negatives[n] == nullptr) continue;
        ZoneSlot& zone = table_.zones_[changes[n].zone];
        if (zone.negative[0].load(std::memory_order_relaxed) == nullptr) {
            count_depth(changes[n].apex.label_count(), true);
            ++zones_;
        }
        zone.negative[transition.parity].store(transition.negatives[n], std::memory_order_release);
    }
}

void Publisher::take_out(Slot* slot) noexcept {
    const Node* node = entry::node(slot->load(std::memory_order_relaxed));
    erase(slot);
    free_node(node);
}

/// After the switch: nobody sees the old state, so it goes, and the new one
/// becomes what both parities show.
void Publisher::finish(std::span<const ZoneChange> changes, const Transition& transition) noexcept {
    for (const Coming& coming : transition.coming) {
        if (coming.slot == nullptr) continue;
        if (coming.old != nullptr) take_out(coming.old);
        mark_visible(*coming.slot, entry::visible_both);
    }
    for (Slot* slot : transition.going) take_out(slot);
    for (std::size_t n = 0; n < changes.size(); ++n) {
        ZoneSlot& zone = table_.zones_[changes[n].zone];
        const Node* fresh = transition.negatives[n];
        const Node* old = zone.negative[transition.parity ^ 1].load(std::memory_order_relaxed);
        for (auto& negative : zone.negative) negative.store(fresh, std::memory_order_release);
        if (fresh == nullptr && old != nullptr) {
            count_depth(changes[n].apex.label_count(), false);
            --zones_;
        }
        free_node(old);
    }
}

void Publisher::apply(std::span<ZoneChange> changes) {
    reclaim();
    std::size_t puts = 0;
    for (const ZoneChange& change : changes) {
        if (change.put != nullptr) puts += change.put->count();
    }
    reserve(puts);

    const std::uint64_t next = table_.generation_.load(std::memory_order_relaxed) + 1;
    Transition transition;
    transition.parity = static_cast<unsigned>(next & 1);
    try {
        for (ZoneChange& change : changes) plan(change, transition);
    } catch (...) {
        free_copies(transition);
        throw;
    }
    mark(changes, transition);
    // Whoever reads the new generation sees all marks; to the old one they say nothing.
    table_.generation_.store(next, std::memory_order_release);
    synchronize();  // a burst that looks at the old generation has ended
    finish(changes, transition);
}

/// Before a zone comes and after it went, so that the set never misses an apex.
void Publisher::count_depth(unsigned labels, bool add) noexcept {
    std::uint32_t& count = depth_counts_[labels];
    count += add ? 1 : -1U;
    auto& word = table_.depths_[labels / 64];
    const std::uint64_t bit = std::uint64_t{1} << (labels % 64);
    const std::uint64_t old = word.load(std::memory_order_relaxed);
    word.store(count > 0 ? old | bit : old & ~bit, std::memory_order_relaxed);
}

TableSize Publisher::size() const {
    return {names_, zones_, arena_.allocated(), arena_.mapped(), arena_.huge()};
}

}  // namespace apex::table
