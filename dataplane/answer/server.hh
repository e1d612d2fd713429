// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// What the operator has decided for all replies of this server, rendered. Made by the
// control plane before the workers start, immutable afterwards; every worker reads it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "dataplane/wire/bytes.hh"
#include "dataplane/wire/query_name.hh"

namespace apex::answer {

/// How a query for ANY is answered at a name without a CNAME.
enum class AnyPolicy : std::uint8_t {
    rrset,  ///< one RRset of the name (RFC 8482 §4.1)
    hinfo,  ///< a HINFO that says so (RFC 8482 §4.2)
};

class Server {
  public:
    /// Octets of a text: what fits any reply beside the longest question.
    static constexpr std::size_t max_text = 128;

    /// Says nothing of itself.
    constexpr Server() = default;
    /// `identity` and `version`: at most max_text octets of anything, beyond which they
    /// are cut; empty: not told.
    Server(std::string_view identity, std::string_view version, AnyPolicy any) noexcept;

    AnyPolicy any() const noexcept { return any_; }

    /// The NSID option with the identity (RFC 5001 §2.3); empty when that is not told.
    wire::Bytes nsid() const noexcept { return nsid_.bytes(); }

    /// The TXT RR for a name of class CH (RFC 4892 §3) whose owner is the question's
    /// name; empty when there is none.
    wire::Bytes chaos_record(const wire::QueryName& name) const noexcept;

    /// The HINFO RR of AnyPolicy::hinfo, likewise.
    static wire::Bytes any_record() noexcept;

  private:
    template <std::size_t Size>
    struct Rendered {
        std::array<std::uint8_t, Size> octets{};
        std::size_t size = 0;
        wire::Bytes bytes() const noexcept { return wire::Bytes(octets).first(size); }
    };
    using Record = Rendered<13 + max_text>;  // pointer, TYPE to RDLENGTH, length, text

    static Record txt_record(std::string_view text) noexcept;

    AnyPolicy any_ = AnyPolicy::rrset;
    Rendered<4 + max_text> nsid_;
    Record identity_;
    Record version_;
};

inline constexpr Server silent_server;

}  // namespace apex::answer
