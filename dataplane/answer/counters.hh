// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The fate of every frame, by name, and one counter for each. A worker writes
// its own counters; anyone may read them meanwhile.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace apex::answer {

// name, what it counts. The name is the operator's: `apexctl stats`, metrics.
#define APEX_VERDICTS(X)                                                                \
    X(answer, "replies with data from a zone")                                          \
    X(stale, "replies with the last good set of an ALIAS, which is too old (EDE 3)")    \
    X(nodata, "replies NOERROR without data (RFC 2308 §2.2)")                           \
    X(nxdomain, "replies NXDOMAIN")                                                     \
    X(referral, "replies that name the servers of a delegated zone")                    \
    X(yxdomain, "replies YXDOMAIN, a DNAME makes the name too long")                    \
    X(chaos, "replies about the server itself (class CH)")                              \
    X(servfail, "replies SERVFAIL, an ALIAS without a usable set")                      \
    X(refused, "replies REFUSED, no zone here encloses the name")                       \
    X(formerr, "replies FORMERR")                                                       \
    X(notimp, "replies NOTIMP, an opcode other than QUERY")                             \
    X(badvers, "replies BADVERS, an EDNS version above 0")                              \
    X(truncated, "replies with TC, the answer did not fit")                             \
    X(punt_arp, "frames for the kernel: ARP")                                           \
    X(punt_ethertype, "frames for the kernel: other EtherTypes")                        \
    X(punt_nd, "frames for the kernel: neighbour discovery (RFC 4861)")                 \
    X(punt_icmp, "frames for the kernel: ICMP and ICMPv6")                              \
    X(punt_tcp, "frames for the kernel: TCP")                                           \
    X(punt_protocol, "frames for the kernel: other IP protocols")                       \
    X(punt_fragment, "frames for the kernel: IP fragments")                             \
    X(punt_options, "frames for the kernel: IPv4 options, IPv6 extension headers")      \
    X(punt_address, "frames for the kernel: UDP to an address not served")              \
    X(punt_port, "frames for the kernel: UDP to another port")                          \
    X(drop_runt, "frames shorter than their headers")                                   \
    X(drop_bad_length, "frames whose IP or UDP length contradicts their size")          \
    X(drop_bad_version, "frames whose IP version contradicts their EtherType")          \
    X(drop_bad_checksum, "frames whose IPv4, UDP or TCP checksum the port found wrong") \
    X(drop_no_checksum, "UDP over IPv6 without a checksum (RFC 8200 §8.1)")             \
    X(drop_source_port_zero, "queries from port 0, which nobody can be told about")     \
    X(drop_martian, "queries from an address that cannot be one host's")                \
    X(drop_group_mac, "queries to or from a broadcast or multicast MAC address")        \
    X(drop_short_message, "messages shorter than a DNS header")                         \
    X(drop_response, "messages with QR set (RFC 1035 §4.1.1)")                          \
    X(multi_segment, "frames in several buffers, larger than the MTU")                  \
    X(spread_full, "frames that found the queue of their worker full")                  \
    X(tx_full, "replies that the port did not take")                                    \
    X(punt_limited, "frames for the kernel beyond the rate that it is given")           \
    X(punt_full, "frames for the kernel that found its queue full, or beyond the MTU")  \
    X(kernel_sent, "frames of the kernel's that the port took")                         \
    X(kernel_tx_full, "frames of the kernel's that the port did not take")

enum class Verdict : std::uint8_t {
#define APEX_VERDICT_ENUM(name, help) name,
    APEX_VERDICTS(APEX_VERDICT_ENUM)
#undef APEX_VERDICT_ENUM
};

struct VerdictText {
    std::string_view name;
    std::string_view help;
};

inline constexpr std::array verdict_texts{
#define APEX_VERDICT_TEXT(name, help) VerdictText{#name, help},
    APEX_VERDICTS(APEX_VERDICT_TEXT)
#undef APEX_VERDICT_TEXT
};

inline constexpr std::size_t verdict_count = verdict_texts.size();

constexpr std::size_t index(Verdict verdict) {
    return static_cast<std::size_t>(verdict);
}

/// True for the fates that send a message back.
constexpr bool is_reply(Verdict verdict) {
    return verdict <= Verdict::truncated;
}

/// True for frames that are the kernel's.
constexpr bool is_punt(Verdict verdict) {
    return verdict >= Verdict::punt_arp && verdict <= Verdict::punt_port;
}

/// The kinds of such frames, counted from 0.
constexpr std::size_t punt_index(Verdict verdict) {
    return index(verdict) - index(Verdict::punt_arp);
}
inline constexpr std::size_t punt_count = punt_index(Verdict::punt_port) + 1;

/// One worker's counters, on cache lines of their own. One writer, so adding is
/// a plain load and store; readers see each counter whole, not all at one instant.
class alignas(64) Counters {
  public:
    void add(Verdict verdict, std::uint64_t count = 1) noexcept {
        auto& counter = counters_[index(verdict)];
        counter.store(counter.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
    }
    std::uint64_t get(Verdict verdict) const noexcept {
        return counters_[index(verdict)].load(std::memory_order_relaxed);
    }

  private:
    std::array<std::atomic<std::uint64_t>, verdict_count> counters_{};
};

}  // namespace apex::answer
