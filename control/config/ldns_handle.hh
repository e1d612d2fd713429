// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// ldns as C++ can include it, and owners of what it allocates. No state.
#pragma once

#include <ldns/ldns.h>

// ldns defines these as macros where it does not find <stdbool.h>; operators of
// the standard library then stop compiling.
#undef bool
#undef false
#undef true

#include <cstdlib>
#include <memory>

namespace apex::control {

struct LdnsFree {
    void operator()(ldns_rdf* field) const { ldns_rdf_deep_free(field); }
    void operator()(ldns_rr* record) const { ldns_rr_free(record); }
    void operator()(ldns_pkt* packet) const { ldns_pkt_free(packet); }
    void operator()(char* text) const { std::free(text); }
};
template <typename T>
using LdnsPtr = std::unique_ptr<T, LdnsFree>;

}  // namespace apex::control
