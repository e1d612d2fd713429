// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Implements answer_reader.hh with ldns.
#include "control/alias/answer_reader.hh"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "control/alias/address_policy.hh"
#include "control/alias/sort_unique.hh"
#include "control/config/ldns_handle.hh"
#include "control/zone/name_text.hh"

namespace apex::control {
namespace {

std::string rcode_text(ldns_pkt_rcode rcode) {
    const LdnsPtr<char> text(ldns_pkt_rcode2str(rcode));
    return text ? text.get() : "RCODE " + std::to_string(static_cast<int>(rcode));
}

/// TTLs with the top bit set count as zero (RFC 2181 §8).
std::uint32_t ttl_of(const ldns_rr* record) {
    const std::uint32_t ttl = ldns_rr_ttl(record);
    return ttl > 0x7fffffff ? 0 : ttl;
}

std::optional<wire::Name> name_of(const ldns_rdf* rdf) {
    if (rdf == nullptr || ldns_rdf_get_type(rdf) != LDNS_RDF_TYPE_DNAME) return std::nullopt;
    return wire::Name::from_wire(
        {reinterpret_cast<const char*>(ldns_rdf_data(rdf)), ldns_rdf_size(rdf)});
}

struct Record {
    wire::Name owner;
    const ldns_rr* rr;
};

/// The records of the answer section that a chain can be made of.
std::vector<Record> chain_records(const ldns_pkt* packet, wire::RrType type) {
    std::vector<Record> records;
    const ldns_rr_list* section = ldns_pkt_answer(packet);
    for (std::size_t i = 0; i < ldns_rr_list_rr_count(section); ++i) {
        const ldns_rr* rr = ldns_rr_list_rr(section, i);
        const auto rr_type = static_cast<wire::RrType>(ldns_rr_get_type(rr));
        if (ldns_rr_get_class(rr) != LDNS_RR_CLASS_IN) continue;
        if (rr_type != type && rr_type != wire::RrType::cname) continue;
        if (auto owner = name_of(ldns_rr_owner(rr))) records.push_back({std::move(*owner), rr});
    }
    return records;
}

/// The first SOA in the authority section that is at `name` or above it; null: none is.
const ldns_rr* soa_above(const ldns_pkt* packet, const wire::Name& name) {
    const ldns_rr_list* section = ldns_pkt_authority(packet);
    for (std::size_t i = 0; i < ldns_rr_list_rr_count(section); ++i) {
        const ldns_rr* rr = ldns_rr_list_rr(section, i);
        const bool is_soa =
            ldns_rr_get_type(rr) == LDNS_RR_TYPE_SOA && ldns_rr_get_class(rr) == LDNS_RR_CLASS_IN;
        if (!is_soa) continue;
        const auto owner = name_of(ldns_rr_owner(rr));
        if (owner && name.is_at_or_below(*owner)) return rr;
    }
    return nullptr;
}

/// min(SOA TTL, MINIMUM) of a denial's SOA (RFC 2308 §5); zero without one, since such an
/// answer must not be kept.
std::uint32_t negative_ttl(const ldns_rr* soa) {
    if (soa == nullptr || ldns_rr_rd_count(soa) != 7) return 0;
    const std::uint32_t minimum = ldns_rdf2native_int32(ldns_rr_rdf(soa, 6));
    return std::min({ttl_of(soa), minimum, max_negative_ttl});
}

/// Follows one answer from the target to its addresses.
class ChainReader {
  public:
    ChainReader(const TargetKey& key, const ldns_pkt* packet, const AddressLimits& limits)
        : key_(key),
          packet_(packet),
          limits_(limits),
          records_(chain_records(packet, key.type)),
          at_(key.target) {}

    Result<ResolvedSet> read() {
        for (;;) {
            const bool has_addresses =
                std::any_of(records_.begin(), records_.end(), [this](const Record& record) {
                    return record.owner == at_ && type_of(record) == key_.type;
                });
            if (has_addresses) return collect_addresses();
            auto moved = follow_cname();
            if (!moved) return std::unexpected(moved.error());
            if (!*moved) return end_without_addresses();
        }
    }

  private:
    static wire::RrType type_of(const Record& record) {
        return static_cast<wire::RrType>(ldns_rr_get_type(record.rr));
    }

    /// One hop on; false when there is no CNAME at this name.
    Result<bool> follow_cname() {
        Hop hop{.owner = at_, .type = wire::RrType::cname, .ttl = 0, .next = {}};
        bool found = false;
        for (const Record& record : records_) {
            if (record.owner != at_ || type_of(record) != wire::RrType::cname) continue;
            auto next = name_of(ldns_rr_rdf(record.rr, 0));
            if (!next) return fail("malformed answer: a CNAME without a name at " + to_text(at_));
            if (found && *next != hop.next) {
                return fail("malformed answer: two different CNAMEs at " + to_text(at_));
            }
            hop.next = std::move(*next);
            hop.ttl = ttl_of(record.rr);
            found = true;
        }
        if (!found) return false;
        at_ = hop.next;
        set_.chain.push_back(std::move(hop));
        return check_chain();
    }

    Result<bool> check_chain() const {
        const auto back = std::find_if(set_.chain.begin(), set_.chain.end(),
                                       [this](const Hop& hop) { return hop.owner == at_; });
        if (back != set_.chain.end()) {
            std::string members;
            for (auto hop = back; hop != set_.chain.end(); ++hop) {
                members += to_text(hop->owner) + " -> ";
            }
            return fail("CNAME loop: " + members + to_text(at_));
        }
        if (set_.chain.size() > max_chain_hops) {
            return fail("CNAME chain longer than " + std::to_string(max_chain_hops) + " hops, at " +
                        to_text(set_.chain.back().owner));
        }
        return true;
    }

    Result<ResolvedSet> collect_addresses() {
        const std::size_t size = key_.type == wire::RrType::aaaa ? 16 : 4;
        Hop last{.owner = at_, .type = key_.type, .ttl = UINT32_MAX, .next = {}};
        for (const Record& record : records_) {
            if (record.owner != at_ || type_of(record) != key_.type) continue;
            const ldns_rdf* rdf = ldns_rr_rdf(record.rr, 0);
            if (rdf == nullptr || ldns_rdf_size(rdf) != size) {
                return fail("malformed answer: an address that is not " + std::to_string(size) +
                            " octets at " + to_text(at_));
            }
            std::string address(reinterpret_cast<const char*>(ldns_rdf_data(rdf)), size);
            last.ttl = std::min(last.ttl, ttl_of(record.rr));
            if (const char* why = refused_address(address, limits_.private_allowed)) {
                set_.refused.push_back({std::move(address), why});
            } else {
                set_.addresses.push_back(std::move(address));
            }
        }
        set_.chain.push_back(std::move(last));
        return finish_addresses();
    }

    Result<ResolvedSet> finish_addresses() {
        auto& addresses = set_.addresses;
        sort_unique(addresses);
        if (addresses.empty()) {
            const std::string why(set_.refused.back().why);
            return fail("every address of " + to_text(at_) + " is refused: " + why +
                        (why == "private" ? "; \"alias.private: allow\" takes such ones" : ""));
        }
        if (addresses.size() > limits_.most) {
            return fail(std::to_string(addresses.size()) + " addresses at " + to_text(at_) +
                        ", at most " + std::to_string(limits_.most) +
                        " are taken (alias.max-addresses)");
        }
        return finish(UINT32_MAX);
    }

    Result<ResolvedSet> end_without_addresses() {
        set_.nxdomain = ldns_pkt_get_rcode(packet_) == LDNS_RCODE_NXDOMAIN;
        const ldns_rr* soa = soa_above(packet_, at_);
        if (soa != nullptr) set_.zone = name_of(ldns_rr_owner(soa));
        return finish(negative_ttl(soa));
    }

    ResolvedSet finish(std::uint32_t ttl) {
        for (const Hop& hop : set_.chain) ttl = std::min(ttl, hop.ttl);
        set_.ttl = ttl;
        return std::move(set_);
    }

    const TargetKey& key_;
    const ldns_pkt* packet_;
    const AddressLimits& limits_;
    std::vector<Record> records_;
    wire::Name at_;  ///< where the chain has led so far
    ResolvedSet set_;
};

}  // namespace

Result<ResolvedSet> read_answer(const TargetKey& key, std::span<const std::uint8_t> message,
                                const AddressLimits& limits) {
    ldns_pkt* parsed = nullptr;
    const ldns_status status = ldns_wire2pkt(&parsed, message.data(), message.size());
    const LdnsPtr<ldns_pkt> packet(status == LDNS_STATUS_OK ? parsed : nullptr);
    if (!packet) {
        return fail("malformed answer of " + std::to_string(message.size()) +
                    " octets: " + ldns_get_errorstr_by_id(status));
    }
    if (!ldns_pkt_qr(packet.get())) return fail("malformed answer: a query came back");
    if (ldns_pkt_tc(packet.get())) return fail("truncated answer");
    const ldns_pkt_rcode rcode = ldns_pkt_get_rcode(packet.get());
    if (rcode != LDNS_RCODE_NOERROR && rcode != LDNS_RCODE_NXDOMAIN) {
        return fail(rcode_text(rcode));
    }
    return ChainReader(key, packet.get(), limits).read();
}

}  // namespace apex::control
