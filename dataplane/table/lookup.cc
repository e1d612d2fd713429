// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Reading the record table. Packet path: wait-free, writes nothing shared.
#include "dataplane/table/table.hh"

#include <cstring>

namespace apex::table {

namespace {

#ifdef APEX_BLOCKS_AVX2
/// A bit for each slot whose word, shifted up and then down, equals `wanted`. Words found are
/// loaded again, atomically, before use: this only says where to look.
template <int Up, int Down>
unsigned match_words(const Bucket& bucket, std::uint64_t wanted) noexcept {
    const auto* words = reinterpret_cast<const __m256i*>(&bucket.entries);
    const __m256i all = _mm256_set1_epi64x(static_cast<long long>(wanted));
    const auto bits = [&](__m256i lanes) {
        lanes = _mm256_srli_epi64(_mm256_slli_epi64(lanes, Up), Down);
        return static_cast<unsigned>(
            _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(lanes, all))));
    };
    return bits(_mm256_load_si256(words)) | bits(_mm256_load_si256(words + 1)) << 4;
}
#endif

#ifdef APEX_LINES
APEX_LINES inline unsigned match_line_of_tags(const Bucket& bucket, std::uint64_t tag) noexcept {
    const __m512i words = _mm512_load_si512(&bucket.entries);
    const __m512i tags = _mm512_maskz_srli_epi64(0xff, words, 48);
    return _mm512_cmpeq_epi64_mask(tags, _mm512_set1_epi64(static_cast<long long>(tag)));
}
#endif

/// A bit for each slot whose word carries `tag`.
unsigned match_tags(const Bucket& bucket, std::uint64_t tag,
                    [[maybe_unused]] wire::Vectors vectors = wire::Vectors::blocks) noexcept {
#ifdef APEX_LINES
    if (vectors == wire::Vectors::lines) return match_line_of_tags(bucket, tag);
#endif
#ifdef APEX_BLOCKS_AVX2
    return match_words<0, 48>(bucket, tag);
#else
    unsigned matches = 0;
    for (unsigned slot = 0; slot < Bucket::slots; ++slot) {
        const std::uint64_t word = bucket.entries[slot].load(std::memory_order_relaxed);
        if (entry::tag(word) == tag) matches |= 1U << slot;
    }
    return matches;
#endif
}

/// The same for `tag` or that of the wildcard below the name, from which it differs in one bit.
unsigned match_family(const Bucket& bucket, std::uint64_t tag) noexcept {
    static_assert(wire::wildcard_hash(0) == std::uint64_t{1} << 63);
#ifdef APEX_BLOCKS_AVX2
    return match_words<1, 49>(bucket, tag & 0x7fff);
#else
    return match_tags(bucket, tag) | match_tags(bucket, tag ^ 0x8000);
#endif
}

/// The chain ends in this bucket.
bool has_empty(const Bucket& bucket) noexcept {
#ifdef APEX_BLOCKS_AVX2
    return match_words<0, 0>(bucket, entry::empty) != 0;
#else
    bool found = false;
    for (const auto& word : bucket.entries) {
        found |= word.load(std::memory_order_relaxed) == entry::empty;
    }
    return found;
#endif
}

/// So many more labels than the apex has hardly a name that somebody means.
constexpr unsigned many_labels = 8;

void prefetch(const void* at) noexcept {
    __builtin_prefetch(at);
}

/// Brings near what the node of an entry will be asked for, but for what is behind its second
/// line: `rest` is marks of that.
const Node* prefetch_node(std::uint64_t word, std::uint8_t& rest) noexcept {
    const Node* node = entry::node(word);
    const char* at = reinterpret_cast<const char*>(node);
    prefetch(at);
    // Whether there is a second line decides no branch: in most zones it is as good as random.
    static_assert(entry::second_line * 8 == 64);
    prefetch(at + (word & entry::second_line) * 8);
    rest = static_cast<std::uint8_t>(word & (entry::third_line | entry::fourth_line));
    return node;
}

/// The depths of the set from `from` up to, not including, `to`.
DepthSet between(const DepthSet& set, unsigned from, unsigned to) noexcept {
    DepthSet result{};
    for (unsigned word = 0; word < 2; ++word) {
        const unsigned base = word * 64;
        const auto below = [base](unsigned depth) -> std::uint64_t {
            if (depth <= base) return 0;
            if (depth >= base + 64) return ~std::uint64_t{0};
            return (std::uint64_t{1} << (depth - base)) - 1;
        };
        result[word] = set[word] & below(to) & ~below(from);
    }
    return result;
}

/// Takes the greatest depth out of the set; false when it is empty.
bool take_deepest(DepthSet& set, unsigned& depth) noexcept {
    for (unsigned word = 2; word-- > 0;) {
        if (set[word] == 0) continue;
        const auto bit = 63U - static_cast<unsigned>(__builtin_clzll(set[word]));
        set[word] &= ~(std::uint64_t{1} << bit);
        depth = word * 64 + bit;
        return true;
    }
    return false;
}

}  // namespace

Snapshot Table::snapshot() const noexcept {
    Snapshot snapshot;
    // The generation first: an index or a depth set newer than it is harmless
    // (both only ever show more than the generation makes visible).
    snapshot.parity_ = generation_.load(std::memory_order_acquire) & 1;
    const Index* index = index_.load(std::memory_order_acquire);
    snapshot.index_ = *index;
    snapshot.depths_ = {depths_[0].load(std::memory_order_relaxed),
                        depths_[1].load(std::memory_order_relaxed)};
    DepthSet depths = snapshot.depths_;
    take_deepest(depths, snapshot.deepest_);
    snapshot.zones_ = zones_.get();
    snapshot.key_ = &key_;
    return snapshot;
}

void Snapshot::prefetch_bucket(const wire::QueryName& name) const noexcept {
    prefetch(&index_.buckets[name.hash() & index_.mask]);
}

/// Of the slots in `matches` the first word of that tag that is visible; 0: none. While a zone is
/// switched its names have two.
[[gnu::noinline]] static std::uint64_t first_of(const Bucket& bucket, unsigned matches,
                                                std::uint64_t tag, unsigned parity) noexcept {
    for (; matches != 0; matches &= matches - 1) {
        const auto slot = static_cast<unsigned>(__builtin_ctz(matches));
        const std::uint64_t word = bucket.entries[slot].load(std::memory_order_acquire);
        if (entry::tag(word) == tag && entry::visible(word, parity)) return word;
    }
    return 0;
}

/// The first entry whose name may have that hash, in its bucket or, if that is full, the next.
inline Snapshot::Match Snapshot::first_match(std::uint64_t hash,
                                             wire::Vectors vectors) const noexcept {
    const std::uint64_t tag = entry::tag_of_hash(hash);
    std::uint64_t at = hash & index_.mask;
    for (unsigned left = 2; left > 0; --left, at = (at + 1) & index_.mask) {
        const Bucket& bucket = index_.buckets[at];
        if (const unsigned matches = match_tags(bucket, tag, vectors); matches != 0) {
            const auto slot = static_cast<unsigned>(__builtin_ctz(matches));
            const std::uint64_t word = bucket.entries[slot].load(std::memory_order_acquire);
            if (entry::tag(word) == tag && entry::visible(word, parity_)) [[likely]]
                return {word, false};
            const std::uint64_t other = first_of(bucket, matches & (matches - 1), tag, parity_);
            if (other != 0) return {other, false};
        }
        if (has_empty(bucket)) [[likely]]
            return {0, true};
    }
    return {0, false};
}

void Snapshot::probe(const wire::QueryName& name, Probe& probe,
                     wire::Vectors vectors) const noexcept {
    const Match match = first_match(name.hash(), vectors);
    probe.is_miss = false;
    if (match.word != 0) [[likely]] {
        probe.candidate = prefetch_node(match.word, probe.rest);
        return;
    }
    probe = {};
    probe.is_miss = match.is_none;
    if (probe.is_miss) find_parent(name, probe);
}

inline void Snapshot::find_parent(const wire::QueryName& name, Probe& probe) const noexcept {
    // Not split: if a node has the name behind the first label, that is one, and so is this.
    const unsigned behind_label = name.data()[0] + 1U;
    if (behind_label > wire::max_label_size + 1 || behind_label >= name.size()) return;
    if (name.size() > wire::hash_block && find_ancestor(name, probe)) [[unlikely]]
        return;
    const auto parent = wire::Bytes{name.data(), name.size()}.subspan(behind_label);
    probe.parent_at = static_cast<std::uint8_t>(behind_label);
    probe.parent_hash = wire::hash_name(parent.data(), parent.size(), *key_);
    prefetch(&index_.buckets[probe.parent_hash & index_.mask]);
}

/// What has many labels more than any apex is in a flood, most likely: nothing is there below
/// the apex. False for another name.
[[gnu::noinline]] bool Snapshot::find_ancestor(const wire::QueryName& name,
                                               Probe& probe) const noexcept {
    if (!name.split() || name.label_count() - 1 <= deepest_ + many_labels) return false;
    probe.ancestor_labels = deepest_ + 1;
    probe.parent_hash = name.hash(probe.ancestor_labels, *key_);
    prefetch(&index_.buckets[probe.parent_hash & index_.mask]);
    return true;
}

void Snapshot::prefetch_lines(const Probe& probe) noexcept {
    const Node* node = probe.candidate;
    if (probe.is_miss) node = probe.wildcard != nullptr ? probe.wildcard : probe.parent;
    const char* at = reinterpret_cast<const char*>(node) + 2 * wire::line_size;
    prefetch(at);
    static_assert(entry::fourth_line * 2 == 64);
    prefetch(at + (probe.rest & entry::fourth_line) * 2);
}

void Snapshot::probe_parent(Probe& probe) const noexcept {
    if (probe.parent_hash == 0) return;
    if (probe.ancestor_labels != 0) [[unlikely]] {
        if (first_match(probe.parent_hash, wire::Vectors::blocks).is_none)
            probe.missing_labels = probe.ancestor_labels;
        return;
    }
    const std::uint64_t tag = entry::tag_of_hash(probe.parent_hash);
    std::uint64_t parent = 0;
    std::uint64_t wildcard = 0;
    std::uint64_t at = probe.parent_hash & index_.mask;
    for (unsigned left = 2; left > 0; --left, at = (at + 1) & index_.mask) {
        const Bucket& bucket = index_.buckets[at];
        for (unsigned matches = match_family(bucket, tag); matches != 0; matches &= matches - 1) {
            const auto slot = static_cast<unsigned>(__builtin_ctz(matches));
            const std::uint64_t word = bucket.entries[slot].load(std::memory_order_acquire);
            if (!entry::visible(word, parity_)) continue;
            (entry::tag(word) == tag ? parent : wildcard) = word;
        }
        if (parent != 0 || has_empty(bucket)) break;
    }
    if (parent == 0) return;
    probe.parent = entry::node(parent);
    if (wildcard == 0) {
        prefetch_node(parent, probe.rest);
    } else {  // the parent need not be looked at
        probe.wildcard = prefetch_node(wildcard, probe.rest);
    }
}

/// Calls accept(node) for each visible node whose name may have that hash, until it
/// returns true.
template <typename Accept>
void Snapshot::for_matches(std::uint64_t hash, Accept accept) const noexcept {
    const std::uint64_t tag = entry::tag_of_hash(hash);
    for (std::uint64_t at = hash & index_.mask;; at = (at + 1) & index_.mask) {
        const Bucket& bucket = index_.buckets[at];
        unsigned matches = match_tags(bucket, tag);
        for (; matches != 0; matches &= matches - 1) {
            const auto slot = static_cast<unsigned>(__builtin_ctz(matches));
            const std::uint64_t word = bucket.entries[slot].load(std::memory_order_acquire);
            if (!entry::visible(word, parity_) || entry::tag(word) != tag) continue;
            if (accept(entry::node(word))) return;
        }
        if (has_empty(bucket)) return;
    }
}

/// Of the nodes of exactly that name, the one in the deepest zone; null: none.
const Node* Snapshot::find_deepest(std::uint64_t hash, wire::Bytes name) const noexcept {
    const Node* best = nullptr;
    for_matches(hash, [&best, name](const Node* node) {
        const bool is_deeper = best == nullptr || node->zone_labels() > best->zone_labels();
        if (is_deeper && node->has_name(name)) best = node;
        return false;
    });
    return best;
}

const Node* Snapshot::find_apex(const wire::QueryName& name, unsigned labels) const noexcept {
    const Node* apex = nullptr;
    const wire::Bytes suffix = name.suffix(labels);
    for_matches(name.hash(labels, *key_), [&apex, suffix, labels](const Node* node) {
        if (node->zone_labels() == labels && node->has_name(suffix)) apex = node;
        return apex != nullptr;
    });
    return apex;
}

const Node* Snapshot::find_in_zone(std::uint64_t hash, wire::Bytes name,
                                   ZoneId zone) const noexcept {
    const Node* found = nullptr;
    for_matches(hash, [&found, name, zone](const Node* node) {
        if (node->zone() == zone && node->has_name(name)) found = node;
        return found != nullptr;
    });
    return found;
}

Lookup Snapshot::parent_side(const wire::QueryName& name, const Node& apex) const noexcept {
    if (!name.split()) return {Outcome::no_name, nullptr};
    DepthSet depths = between(depths_, 0, apex.zone_labels());
    for (unsigned depth = 0; take_deepest(depths, depth);) {
        const Node* above = find_apex(name, depth);
        if (above == nullptr) continue;
        const Node* node = find_in_zone(name.hash(), {name.data(), name.size()}, above->zone());
        if (node != nullptr) return {Outcome::found, node};
        return find_in(name, *above, name.label_count());
    }
    return {};
}

const Node& Snapshot::negative(ZoneId zone) const noexcept {
    return *zones_[zone].negative[parity_].load(std::memory_order_acquire);
}

/// The deepest ancestor of a name that does not exist (RFC 4592 §3.3.1), nor its suffix
/// of `missing` labels. Every name between an existing one and the apex exists, so halving
/// finds it, in seven steps at most however many labels a flood of queries has.
const Node& Snapshot::closest_encloser(const wire::QueryName& name, const Node& apex,
                                       unsigned missing) const noexcept {
    const Node* closest = &apex;
    unsigned exists = apex.labels();
    while (missing - exists > 1) {
        const unsigned middle = (exists + missing) / 2;
        const Node* node = find_in_zone(name.hash(middle, *key_), name.suffix(middle), apex.zone());
        if (node != nullptr) {
            closest = node;
            exists = middle;
        } else {
            missing = middle;
        }
    }
    return *closest;
}

const Node* Snapshot::wildcard_below(wire::Bytes encloser, ZoneId zone) const noexcept {
    const Node* found = nullptr;
    const std::uint64_t hash = wire::hash_wildcard_below(encloser.data(), encloser.size(), *key_);
    for_matches(hash, [&found, encloser, zone](const Node* node) {
        if (node->zone() == zone && node->is_wildcard_below(encloser)) found = node;
        return found != nullptr;
    });
    return found;
}

/// A name that has no node, below the closest encloser (RFC 1034 §4.3.2 step 3).
Lookup Snapshot::find_below(const wire::QueryName& name, const Node& closest) const noexcept {
    if (closest.is_cut()) return {Outcome::delegated, &closest};
    if (closest.has_dname()) return {Outcome::redirected, &closest};
    if (closest.has_wildcard()) {
        // Its name as the query has it, which need not be split.
        const std::size_t size = closest.name().size();
        const Node* wildcard =
            wildcard_below({name.data() + name.size() - size, size}, closest.zone());
        if (wildcard != nullptr) return {Outcome::expanded, wildcard};
    }
    return {Outcome::name_error, &negative(closest.zone())};
}

/// A name that is in the zone of `apex` but has no node.
Lookup Snapshot::find_in(const wire::QueryName& name, const Node& apex,
                         unsigned missing) const noexcept {
    return find_below(name, closest_encloser(name, apex, missing));
}

/// As it is for most names that are asked for and do not exist.
Lookup Snapshot::find_by_parent(const wire::QueryName& name, const Probe& probe) const noexcept {
    if (probe.parent == nullptr) return {};
    const auto parent = wire::Bytes{name.data(), name.size()}.subspan(probe.parent_at);
    const auto is_in_nearest_zone = [&](const Node& node) {
        if (node.zone_labels() >= deepest_) return true;
        // The wildcard has as many labels as the name.
        const unsigned labels = node.labels() + (&node == probe.wildcard ? 0 : 1);
        const DepthSet nearer = between(depths_, node.zone_labels() + 1, labels);
        return (nearer[0] | nearer[1]) == 0;
    };
    // A zone with a wildcard has its parent, which is neither a cut nor a DNAME's owner:
    // below those nothing is published.
    if (probe.wildcard != nullptr && probe.wildcard->is_wildcard_below(parent) &&
        is_in_nearest_zone(*probe.wildcard)) {
        return {Outcome::expanded, probe.wildcard};
    }
    if (probe.parent->has_name(parent) && is_in_nearest_zone(*probe.parent)) {
        return find_below(name, *probe.parent);
    }
    return {};
}

/// True when at most one node can have a name of that hash.
bool Snapshot::is_alone(std::uint64_t hash) const noexcept {
    const Bucket& bucket = index_.buckets[hash & index_.mask];
    const unsigned matches = match_tags(bucket, entry::tag_of_hash(hash));
    return (matches & (matches - 1)) == 0 && has_empty(bucket);
}

/// The nearest zone above the name decides, unless the name's own node is in a nearer one.
[[gnu::noinline]] Lookup Snapshot::find_nearest(const wire::QueryName& name,
                                                const Probe& probe) const noexcept {
    if (!name.split()) return {Outcome::no_name, nullptr};
    const Node* node = nullptr;
    unsigned missing = name.label_count();
    if (probe.is_miss) {
        const Lookup by_parent = find_by_parent(name, probe);
        if (by_parent.outcome != Outcome::no_zone) return by_parent;
        if (probe.missing_labels != 0) missing = probe.missing_labels;
    } else {
        node = find_deepest(name.hash(), {name.data(), name.size()});
    }
    const unsigned from = node != nullptr ? node->zone_labels() + 1 : 0;
    DepthSet depths = between(depths_, from, name.label_count());
    for (unsigned depth = 0; take_deepest(depths, depth);) {
        const Node* apex = find_apex(name, depth);
        if (apex != nullptr) return find_in(name, *apex, missing);
    }
    if (node != nullptr) return {Outcome::found, node};
    return {};
}

/// Most names exist, and their node names their zone. Only an apex between that zone's and
/// the name, or at the name, could be nearer: a zone that is served here and lies inside the
/// other one.
[[gnu::noinline]] bool Snapshot::is_nearest(const Node& node,
                                            const wire::QueryName& name) const noexcept {
    const unsigned own = node.labels();
    const DepthSet nearer = between(depths_, node.zone_labels() + 1, own);
    if ((nearer[0] | nearer[1]) != 0) return false;
    // At the name itself a zone would have a second node of that name.
    const bool may_be_apex = (depths_[own / 64] >> (own % 64) & 1) != 0;
    return !may_be_apex || is_alone(name.hash());
}

Lookup Snapshot::find(const wire::QueryName& name, const Probe& probe) const noexcept {
    if (const Node* node = find_surely(name, probe)) [[likely]]
        return {Outcome::found, node};
    return find_nearest(name, probe);
}

}  // namespace apex::table
