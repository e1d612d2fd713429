// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// The table that packet tests, answer tests and the frame fuzzer ask: one zone
// with every kind of answer, one zone inside it. The calling thread is its reader.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "dataplane/table/publisher.hh"
#include "dataplane/table/table.hh"
#include "tests/packet/table_content.hh"

namespace apex::test {

/// What is served; serials 1 (example.com) and 2 (inner.example.com).
///   example.com        A (two), AAAA, and TXT of odd length
///   www                A
///   ent                exists, without any type
///   down               A: SERVFAIL, EDE 14
///   stale              A with EDE 3 and stale_text()
///   cname              every type: a CNAME out of the zone
///   broken             every type: a CNAME in the zone, then NXDOMAIN with SOA
///   empty              every type: NOERROR with SOA, no answer
///   <61 × x>.<61 × x>.<61 × x>   A
///   sized_name(n, odd) TXT: a body of n octets, 0 to max_sized_body
class SampleTable {
  public:
    SampleTable();

    table::Snapshot snapshot() const { return table_.snapshot(); }

  private:
    table::Table table_{1};
    table::Publisher publisher_{table_};
    table::Reader reader_{table_, 0};
};

inline constexpr std::size_t max_sized_body = 1232;

/// "l0042.example.com", or with one octet more, so that bodies start at even
/// and at odd offsets.
std::string sized_name(std::size_t body_octets, bool longer);
std::string sized_body(std::size_t octets);

/// Bodies of the names above that tests compare with.
std::string apex_a();
std::string apex_aaaa();
std::string apex_txt();
std::string stale_text();
std::string cname_body();
/// broken.example.com's; its SOA owner and names point at the question.
std::string broken_body();
/// The referral of cut.example.com: one name server below it, with its address.
std::string referral_body();
/// The name that a DNAME at dn.example.com leads to, 205 octets.
std::string dname_target();
std::string dname_body();

}  // namespace apex::test
