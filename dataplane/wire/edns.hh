// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The OPT pseudo-RR of a query (RFC 6891 §6). Packet path.
#pragma once

#include <cstdint>

#include "dataplane/wire/bytes.hh"
#include "dataplane/wire/checksum.hh"
#include "dataplane/wire/types.hh"

namespace apex::wire {

inline constexpr std::uint16_t min_udp_payload = 512;   ///< RFC 6891 §6.2.3
inline constexpr std::uint16_t max_udp_payload = 1232;  ///< what crosses IPv6 unfragmented
inline constexpr std::size_t opt_size = 11;             ///< an OPT without options, octets
inline constexpr std::uint16_t nsid_option = 3;         ///< RFC 5001 §2.3
inline constexpr std::uint16_t keepalive_option = 11;   ///< RFC 7828 §3.1

/// What an OPT says, kept as it came: few queries need more than that there is one. Where
/// its owner lay, which is always the root, marks say which options it asks for.
class Edns {
  public:
    /// Options that a reply answers with one.
    static constexpr std::uint64_t ask_nsid = 1;       ///< RFC 5001
    static constexpr std::uint64_t ask_keepalive = 2;  ///< RFC 7828; means nothing over UDP

    Edns() = default;  ///< no OPT
    /// From the first eight octets of an OPT, as load64 reads them; `asks`: of the above.
    explicit Edns(std::uint64_t octets, std::uint64_t asks = 0) noexcept : octets_(octets | asks) {}

    bool present() const noexcept { return octets_ != 0; }
    /// All ones when there is an OPT, else zero.
    std::uint64_t if_present() const noexcept { return present() ? ~std::uint64_t{0} : 0; }
    bool asks_any() const noexcept { return (octets_ & (ask_nsid | ask_keepalive)) != 0; }
    bool asks(std::uint64_t option) const noexcept { return (octets_ & option) != 0; }
    void forget(std::uint64_t option) noexcept { octets_ &= ~option; }
    bool dnssec_ok() const noexcept { return octets_ >> 63 != 0; }  ///< RFC 3225
    std::uint8_t version() const noexcept { return static_cast<std::uint8_t>(octets_ >> 48); }
    /// As the client sent it; 0 without an OPT.
    std::uint16_t udp_payload() const noexcept {
        return wire16(static_cast<std::uint16_t>(octets_ >> 24));
    }

  private:
    std::uint64_t octets_ = 0;
};

/// Walks the `count` additional RRs of a query, which come in `records` behind `others`
/// RRs of other sections, and takes the OPT from among them. Octets behind the last RR
/// are ignored. False when an RR runs past the end, an OPT has an owner or comes twice, or its
/// options do not fill its RDATA exactly (RFC 6891 §6.1.1, §6.1.2).
bool parse_additional(Bytes records, std::size_t others, std::uint16_t count, Edns& edns) noexcept;

/// The same for what nearly all queries have: no additional RR, or an OPT without
/// options or flags but DO, and nothing behind it. False, with nothing told, when the
/// `size` octets at `records` are neither; opt_size octets are read in any case. `sum`: the one's
/// complement sum of the octets, as if at an even offset. Which of the two it is
/// decides no branch, for that no processor could predict.
inline bool parse_plain_additional(const std::uint8_t* records, std::size_t size,
                                   std::uint16_t count, Edns& edns, std::uint64_t& sum) noexcept {
    const std::uint64_t first = load64(records);     // owner, TYPE, payload, RCODE, version, flags
    const std::uint32_t last = load32(records + 7);  // flags, RDLENGTH
    constexpr std::uint64_t root_and_opt = std::uint64_t{wire16(to_int(RrType::opt))} << 8;
    const std::uint64_t if_present = 0 - std::uint64_t{count};
    const std::uint64_t odd = ((first ^ root_and_opt) & 0xffffff) | last >> 8;
    if (count > 1 || size != count * opt_size || (odd & if_present) != 0) return false;
    edns = Edns(first & if_present);
    sum = sum_of(first & if_present);
    return true;
}

}  // namespace apex::wire
