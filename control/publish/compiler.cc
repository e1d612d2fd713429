// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/publish/compiler.hh"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "control/publish/body_writer.hh"
#include "control/zone/name_text.hh"

namespace apex::control {

namespace {

using table::BodyImage;
using wire::RrType;

constexpr std::size_t max_chain = 16;
constexpr std::array address_types{RrType::a, RrType::aaaa};

/// Where a CNAME leads.
wire::Name cname_target(const Rrset& cname) {
    return wire::Name::from_wire(cname.rdata.front()).value_or(wire::Name());
}

BodyImage finish(BodyWriter& writer, RrType type, std::size_t ancount, std::size_t nscount) {
    BodyImage body;
    body.type = type;
    body.bytes = writer.take_bytes();
    body.ancount = static_cast<std::uint16_t>(ancount);
    body.nscount = static_cast<std::uint16_t>(nscount);
    return body;
}

}  // namespace

/// The RRsets that an owner answers with, ALIAS flattened.
struct Compiler::Answers {
    struct Set {
        RrType type{};
        std::uint32_t ttl = 0;
        // Into the zone or into `flattened`, whose elements stay where they are when
        // it moves. None: not ready, SERVFAIL.
        std::optional<std::span<const std::string>> rdata;
    };
    std::vector<Set> sets;
    std::array<FlattenedSet, address_types.size()> flattened;
};

Compiler::Compiler(const Zone& zone, table::ZoneId id, RrType alias_type)
    : zone_(zone), id_(id), zone_labels_(zone.apex.label_count()), alias_type_(alias_type) {
    for (const auto& [name, records] : zone.owners) {
        if (has_alias(records)) {
            dependents_[name].push_back(name);
        } else if (records.find(RrType::cname) != nullptr) {
            const Chain chain = follow(name, records);
            if (chain.end_records == nullptr || !has_alias(*chain.end_records)) continue;
            dependents_[chain.end].push_back(name);
        } else {
            continue;
        }
        dependent_.push_back(name);
    }
}

std::vector<wire::Name> Compiler::dependents_of(const wire::Name& owner) const {
    const auto found = dependents_.find(owner);
    return found != dependents_.end() ? found->second : std::vector<wire::Name>{};
}

Compiler::Chain Compiler::follow(const wire::Name& owner, const Owner& records) const {
    Chain chain;
    const auto* at = &*zone_.owners.find(owner);
    const Rrset* cname = records.find(RrType::cname);
    while (cname != nullptr) {
        if (chain.passed.size() == max_chain ||
            std::find(chain.passed.begin(), chain.passed.end(), &at->first) != chain.passed.end()) {
            chain.open = true;
            return chain;
        }
        chain.passed.push_back(&at->first);
        chain.end = cname_target(*cname);
        if (!chain.end.is_at_or_below(zone_.apex)) {
            chain.open = true;
            return chain;
        }
        const auto next = zone_.owners.find(chain.end);
        if (next == zone_.owners.end()) return chain;
        at = &*next;
        cname = at->second.find(RrType::cname);
    }
    chain.end_records = &at->second;
    return chain;
}

Compiler::Answers Compiler::answers_at(const wire::Name& owner, const Owner& records,
                                       const FlattenOwner& flatten) const {
    Answers answers;
    const bool alias = has_alias(records);
    for (std::size_t n = 0; alias && n < address_types.size(); ++n) {
        if (records.find(address_types[n]) != nullptr) continue;  // the owner's own records win
        answers.flattened[n] = flatten(owner, records, address_types[n]);
    }
    // Addresses first: they are what is asked for most.
    for (std::size_t n = 0; n < address_types.size(); ++n) {
        if (const Rrset* own = records.find(address_types[n]); own != nullptr) {
            answers.sets.push_back({own->type, own->ttl, own->rdata});
        } else if (alias && !answers.flattened[n].ready) {
            answers.sets.push_back({address_types[n], 0, std::nullopt});
        } else if (alias && !answers.flattened[n].addresses.empty()) {
            answers.sets.push_back(
                {address_types[n], answers.flattened[n].ttl, answers.flattened[n].addresses});
        }
    }
    for (const Rrset& set : records.rrsets) {
        if (set.type != RrType::a && set.type != RrType::aaaa) {
            answers.sets.push_back({set.type, set.ttl, set.rdata});
        }
    }
    // A query for ANY gets what stands first: something, if there is anything.
    std::stable_partition(answers.sets.begin(), answers.sets.end(),
                          [](const Answers::Set& set) { return set.rdata.has_value(); });
    return answers;
}

namespace {

BodyImage not_ready(RrType type) {
    BodyImage body;
    body.type = type;
    body.rcode = wire::Rcode::servfail;
    body.authoritative = false;
    body.ede = wire::Ede::not_ready;
    return body;
}

}  // namespace

std::vector<BodyImage> Compiler::plain_bodies(const wire::Name& owner,
                                              const Answers& answers) const {
    std::vector<BodyImage> bodies;
    bodies.reserve(answers.sets.size());
    for (const auto& set : answers.sets) {
        if (!set.rdata) {
            bodies.push_back(not_ready(set.type));
            continue;
        }
        BodyWriter writer(owner);
        for (const std::string& rdata : *set.rdata) writer.add(owner, set.type, set.ttl, rdata);
        bodies.push_back(finish(writer, set.type, set.rdata->size(), 0));
    }
    return bodies;
}

/// CNAME owner: the chain as far as the zone knows it, then what stands at its
/// end (RFC 1034 §4.3.2 step 3a), or why nothing does (RFC 2308 §2.1, §2.2).
std::vector<BodyImage> Compiler::chain_bodies(const wire::Name& owner, const Owner& records,
                                              const FlattenOwner& flatten) const {
    const Chain chain = follow(owner, records);
    const auto add_chain = [&](BodyWriter& writer, std::size_t hops) {
        for (std::size_t n = 0; n < hops; ++n) {
            const Rrset& cname = *zone_.owners.at(*chain.passed[n]).find(RrType::cname);
            writer.add(*chain.passed[n], RrType::cname, cname.ttl, cname.rdata.front());
        }
        return hops;
    };
    std::vector<BodyImage> bodies;
    {
        BodyWriter writer(owner);
        const std::size_t hops = add_chain(writer, 1);
        bodies.push_back(finish(writer, RrType::cname, hops, 0));
    }
    Answers answers;
    if (chain.end_records != nullptr) {
        answers = answers_at(chain.end, *chain.end_records, flatten);
    }
    for (const auto& set : answers.sets) {
        if (!set.rdata) {
            bodies.push_back(not_ready(set.type));
            continue;
        }
        BodyWriter writer(owner);
        const std::size_t hops = add_chain(writer, chain.passed.size());
        for (const std::string& rdata : *set.rdata) {
            writer.add(chain.end, set.type, set.ttl, rdata);
        }
        bodies.push_back(finish(writer, set.type, hops + set.rdata->size(), 0));
    }
    BodyWriter writer(owner);
    const std::size_t hops = add_chain(writer, chain.passed.size());
    if (!chain.open) {
        writer.add(zone_.apex, RrType::soa, zone_.negative_ttl(),
                   zone_.apex_owner().find(RrType::soa)->rdata.front());
    }
    bodies.push_back(finish(writer, table::Node::any_other_type, hops, chain.open ? 0 : 1));
    if (!chain.open && chain.end_records == nullptr) bodies.back().rcode = wire::Rcode::nxdomain;
    return bodies;
}

Result<void> Compiler::compile_owner(const wire::Name& owner, const FlattenOwner& flatten,
                                     table::NodeBatch& batch) const {
    const Owner& records = zone_.owners.at(owner);
    const std::vector<BodyImage> bodies =
        records.find(RrType::cname) != nullptr
            ? chain_bodies(owner, records, flatten)
            : plain_bodies(owner, answers_at(owner, records, flatten));
    if (!batch.append(id_, zone_labels_, owner, bodies)) {
        return fail("the records of \"" + to_text(owner) + "\" are too many: an RRset can have " +
                        "65535 octets, all RRsets of one name together " +
                        std::to_string(table::NodeBatch::max_node_size),
                    zone_.file.string());
    }
    return {};
}

Result<table::NodeBatch> Compiler::compile_static() const {
    table::NodeBatch batch;
    const auto has_no_alias = [](const wire::Name&, const Owner&, RrType) {
        return FlattenedSet{};
    };
    std::vector<const wire::Name*> skip;
    for (const auto& [alias, names] : dependents_) {
        for (const wire::Name& name : names) skip.push_back(&zone_.owners.find(name)->first);
    }
    std::sort(skip.begin(), skip.end());
    for (const auto& [name, records] : zone_.owners) {
        if (std::binary_search(skip.begin(), skip.end(), &name)) continue;
        if (auto done = compile_owner(name, has_no_alias, batch); !done) {
            return std::unexpected(done.error());
        }
    }
    return batch;
}

table::NodeBatch Compiler::compile_negative() const {
    BodyWriter writer(zone_.apex);
    writer.add(zone_.apex, RrType::soa, zone_.negative_ttl(),
               zone_.apex_owner().find(RrType::soa)->rdata.front());
    BodyImage body = finish(writer, table::Node::any_other_type, 0, 1);
    body.fixups = writer.take_pointers();
    table::NodeBatch batch;
    batch.append(id_, zone_labels_, zone_.apex, std::span(&body, 1));
    return batch;
}

}  // namespace apex::control
