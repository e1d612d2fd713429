// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/publish/compiler.hh"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "control/publish/additional_names.hh"
#include "control/publish/body_writer.hh"
#include "control/zone/name_text.hh"
#include "dataplane/wire/edns.hh"

namespace apex::control {

namespace {

using table::BodyImage;
using wire::RrType;

constexpr std::size_t max_chain = 16;

/// Where a CNAME leads.
wire::Name cname_target(const Rrset& cname) {
    return wire::Name::from_wire(cname.rdata.front()).value_or(wire::Name());
}

/// Ends a body of `ancount` and `nscount` records, additional ones not yet among them.
BodyImage begin_body(RrType type, std::size_t ancount, std::size_t nscount) {
    BodyImage body;
    body.type = type;
    body.ancount = static_cast<std::uint16_t>(ancount);
    body.nscount = static_cast<std::uint16_t>(nscount);
    return body;
}

/// `moves`: the body will also stand behind names longer than the writer's question.
BodyImage finish(BodyWriter& writer, BodyImage body, bool moves) {
    body.bytes = writer.take_bytes();
    if (moves) body.fixups = writer.take_pointers();
    return body;
}

// More of them, 16 octets each at least, fit no reply over UDP, and sets of MX could ask
// for thousands.
constexpr unsigned max_additional = wire::max_udp_payload / 16;

// EXTRA-TEXT is for people, and takes room from the answer.
constexpr std::size_t max_ede_text = 120;

/// INFO-CODE and EXTRA-TEXT (RFC 8914 §2) of a set that is stale or not ready.
std::string ede_octets(const FlattenedSet& set) {
    if (set.ede == wire::Ede::none) return {};
    std::string octets{'\0', static_cast<char>(wire::to_int(set.ede))};
    return octets + set.reason.substr(0, max_ede_text);
}

}  // namespace

/// An RRset that an owner answers with.
struct Compiler::AnswerSet {
    RrType type{};
    std::uint32_t ttl = 0;
    // Into the zone or into Answers::flattened. None: SERVFAIL, for the reason given.
    std::optional<std::span<const std::string>> rdata{};
    std::string ede{};  // BodyImage::ede
};

/// All of them, ALIAS flattened.
struct Compiler::Answers {
    std::vector<AnswerSet> sets;
    // Elements stay where they are when it moves.
    std::array<FlattenedSet, address_types.size()> flattened;
};

Compiler::Compiler(const Zone& zone, table::ZoneId id, RrType alias_type)
    : zone_(zone),
      tree_(zone),
      id_(id),
      zone_labels_(zone.apex.label_count()),
      alias_type_(alias_type) {
    for (const auto& [name, records] : zone.owners) {
        if (!has_alias(records) && records.find(RrType::cname) == nullptr) continue;
        if (!is_published(name)) continue;
        if (has_alias(records)) {
            alias_owners_.push_back(name);
        } else {
            const Chain chain = follow(name, records);
            if (chain.end != Chain::End::here || !has_alias(*chain.records)) continue;
            dependents_[*chain.owner].push_back(name);
        }
        dependent_.push_back(name);
    }
}

const std::vector<wire::Name>& Compiler::dependents_of(const wire::Name& owner) const {
    static const std::vector<wire::Name> none;
    const auto found = dependents_.find(owner);
    return found != dependents_.end() ? found->second : none;
}

Compiler::Chain Compiler::follow(const wire::Name& owner, const Owner& records) const {
    Chain chain;
    chain.name = owner;
    chain.owner = &owner;
    chain.records = &records;
    while (const Rrset* cname = chain.records->find(RrType::cname)) {
        const auto is_here = [&chain](const Chain::Hop& hop) { return hop.owner == chain.name; };
        if (chain.hops.size() == max_chain || std::ranges::any_of(chain.hops, is_here)) {
            chain.end = Chain::End::loop;
            return chain;
        }
        chain.hops.push_back({chain.name, cname});
        chain.name = cname_target(*cname);
        const Location place = tree_.locate(chain.name);
        chain.owner = place.owner;
        chain.records = place.records;
        switch (place.kind) {
            case Location::Kind::exists:
            case Location::Kind::expanded:
                continue;
            case Location::Kind::missing:
                chain.end = Chain::End::missing;
                return chain;
            case Location::Kind::delegated:
            case Location::Kind::redirected:
            case Location::Kind::outside:
                chain.end = Chain::End::open;
                return chain;
        }
    }
    return chain;
}

/// `set`, which must outlive it, as the answer for its type; empty: what the zone says of
/// types that a name does not have is the answer.
std::optional<Compiler::AnswerSet> Compiler::flattened_answer(RrType type,
                                                              const FlattenedSet& set) {
    if (!set.ready) return AnswerSet{.type = type, .ede = ede_octets(set)};
    if (set.addresses.empty() && set.ede == wire::Ede::none) return std::nullopt;
    return AnswerSet{type, set.ttl, set.addresses, ede_octets(set)};
}

Compiler::Answers Compiler::answers_at(const wire::Name& owner, const Owner& records,
                                       const FlattenOwner& flatten) const {
    Answers answers;
    const bool alias = has_alias(records);
    // Addresses first: they are what is asked for most.
    for (std::size_t n = 0; n < address_types.size(); ++n) {
        const RrType type = address_types[n];
        if (!alias) {
            const Rrset* own = records.find(type);
            if (own != nullptr) answers.sets.push_back({type, own->ttl, own->rdata});
            continue;
        }
        FlattenedSet& set = answers.flattened[n] = flatten(owner, records, type);
        if (auto answer = flattened_answer(type, set)) answers.sets.push_back(std::move(*answer));
    }
    for (const Rrset& set : records.rrsets) {
        if (set.type != RrType::a && set.type != RrType::aaaa) {
            answers.sets.push_back({set.type, set.ttl, set.rdata});
        }
    }
    std::ranges::stable_sort(answers.sets, {}, [](const AnswerSet& set) {
        return table::rank(set.type, set.rdata && !set.rdata->empty());
    });
    return answers;
}

namespace {

BodyImage failure(RrType type, const std::string& ede) {
    BodyImage body;
    body.type = type;
    body.rcode = wire::Rcode::servfail;
    body.authoritative = false;
    body.ede = ede;
    return body;
}

}  // namespace

unsigned Compiler::add_soa(BodyWriter& writer) const {
    writer.add(zone_.apex, RrType::soa, zone_.negative_ttl(),
               zone_.apex_owner().find(RrType::soa)->rdata.front());
    return 1;
}

/// What the name answers with is not what the zone has, and may change any time.
bool Compiler::is_flattened(const wire::Name& name, const Owner& records) const {
    return has_alias(records) && tree_.locate(name).kind != Location::Kind::delegated;
}

/// Addresses that the zone has for `names`, as records that a reply may lack unless
/// essential_length says otherwise; once each. Not those beside an ALIAS.
void Compiler::add_additional(BodyWriter& writer, const std::vector<wire::Name>& names,
                              std::size_t most, BodyImage& body) const {
    std::vector<const wire::Name*> added;
    for (const wire::Name& name : names) {
        const Owner* records = tree_.data_of(name);
        if (records == nullptr || is_flattened(name, *records)) continue;
        const auto is_name = [&name](const wire::Name* other) { return *other == name; };
        if (std::ranges::any_of(added, is_name)) continue;
        added.push_back(&name);
        for (const RrType type : address_types) {
            const Rrset* set = records->find(type);
            if (set == nullptr || body.arcount + set->rdata.size() > most) continue;
            for (const std::string& rdata : set->rdata) {
                writer.add(name, type, set->ttl, rdata);
                ++body.arcount;
            }
        }
    }
}

/// Addresses that the zone has, as data or as glue, for what the records in the body
/// point at.
void Compiler::add_targets(BodyWriter& writer, const wire::Name& owner,
                           std::span<const std::string> rdata, BodyImage& body) const {
    const std::size_t answer_size = writer.size();
    add_additional(writer, additional_names(body.type, rdata, owner), max_additional, body);
    if (body.arcount > 0) body.essential_length = answer_size;
}

BodyImage Compiler::plain_body(const wire::Name& owner, const AnswerSet& set) const {
    if (!set.rdata) return failure(set.type, set.ede);
    BodyWriter writer(owner);
    for (const std::string& rdata : *set.rdata) writer.add(owner, set.type, set.ttl, rdata);
    const unsigned denial = set.rdata->empty() ? add_soa(writer) : 0;
    BodyImage body = begin_body(set.type, set.rdata->size(), denial);
    body.ede = set.ede;
    add_targets(writer, owner, *set.rdata, body);
    return finish(writer, std::move(body), owner.is_wildcard());
}

std::vector<BodyImage> Compiler::plain_bodies(const wire::Name& owner,
                                              const Answers& answers) const {
    std::vector<BodyImage> bodies;
    bodies.reserve(answers.sets.size());
    for (const AnswerSet& set : answers.sets) bodies.push_back(plain_body(owner, set));
    return bodies;
}

FlattenedBody Compiler::flattened_body(const wire::Name& owner, RrType type,
                                       const FlattenedSet& set) const {
    const auto answer = flattened_answer(type, set);
    if (!answer) return {.is_shared = true, .image = {}};
    // A denial has the SOA, whose owner is a part of this one's name.
    const bool is_denial = answer->rdata && answer->rdata->empty();
    return {.is_shared = !is_denial, .image = plain_body(owner, *answer)};
}

BodyImage Compiler::no_data_body(const wire::Name& owner, RrType type) const {
    BodyWriter writer(owner);
    return finish(writer, begin_body(type, 0, add_soa(writer)), false);
}

/// A zone cut: the referral for all types, with the addresses without which nobody
/// could follow it (RFC 9471 §3.1), then others that the zone knows (§3.2); but DS,
/// which is the parent's (RFC 4035 §3.1.4.1).
std::vector<BodyImage> Compiler::cut_bodies(const wire::Name& owner, const Owner& records) const {
    std::vector<BodyImage> bodies;
    if (const Rrset* ds = records.find(RrType::ds); ds != nullptr) {
        BodyWriter writer(owner);
        for (const std::string& rdata : ds->rdata) writer.add(owner, RrType::ds, ds->ttl, rdata);
        bodies.push_back(finish(writer, begin_body(RrType::ds, ds->rdata.size(), 0), false));
    } else {
        bodies.push_back(no_data_body(owner, RrType::ds));
    }
    const Rrset& servers = *records.find(RrType::ns);
    BodyWriter writer(owner);
    for (const std::string& rdata : servers.rdata) {
        writer.add(owner, RrType::ns, servers.ttl, rdata);
    }
    BodyImage body = begin_body(table::Node::any_other_type, 0, servers.rdata.size());
    body.authoritative = false;
    std::vector<wire::Name> names = additional_names(RrType::ns, servers.rdata, owner);
    const auto others = std::stable_partition(
        names.begin(), names.end(),
        [&owner](const wire::Name& name) { return name.is_at_or_below(owner); });
    add_additional(writer, {names.begin(), others}, table::Body::max_arcount, body);
    const std::size_t essential = writer.size();
    const std::uint16_t essential_arcount = body.arcount;
    add_additional(writer, {others, names.end()}, max_additional, body);
    if (body.arcount > essential_arcount) {
        body.essential_length = essential;
        body.essential_arcount = essential_arcount;
    }
    bodies.push_back(finish(writer, std::move(body), true));
    return bodies;
}

/// CNAME owner: the chain as far as the zone knows it, then what stands at its
/// end (RFC 1034 §4.3.2 step 3a), or why nothing does (RFC 2308 §2.1, §2.2).
std::vector<BodyImage> Compiler::chain_bodies(const wire::Name& owner, const Owner& records,
                                              const FlattenOwner& flatten) const {
    const Chain chain = follow(owner, records);
    const bool moves = owner.is_wildcard();
    const auto add_chain = [&](BodyWriter& writer, std::size_t hops) {
        for (const Chain::Hop& hop : std::span(chain.hops).first(hops)) {
            writer.add(hop.owner, RrType::cname, hop.cname->ttl, hop.cname->rdata.front());
        }
        return hops;
    };
    std::vector<BodyImage> bodies;
    {
        BodyWriter writer(owner);
        const std::size_t hops = add_chain(writer, 1);
        bodies.push_back(finish(writer, begin_body(RrType::cname, hops, 0), moves));
    }
    for (const Rrset& set : records.rrsets) {
        if (!table::stands_beside_cname(set.type)) continue;
        BodyWriter writer(owner);
        for (const std::string& rdata : set.rdata) writer.add(owner, set.type, set.ttl, rdata);
        bodies.push_back(finish(writer, begin_body(set.type, set.rdata.size(), 0), moves));
    }
    Answers answers;
    if (chain.end == Chain::End::here) {
        answers = answers_at(*chain.owner, *chain.records, flatten);
    }
    for (const auto& set : answers.sets) {
        if (!set.rdata) {
            bodies.push_back(failure(set.type, set.ede));
            continue;
        }
        BodyWriter writer(owner);
        const std::size_t hops = add_chain(writer, chain.hops.size());
        for (const std::string& rdata : *set.rdata) {
            writer.add(chain.name, set.type, set.ttl, rdata);
        }
        const unsigned denial = set.rdata->empty() ? add_soa(writer) : 0;
        BodyImage body = begin_body(set.type, hops + set.rdata->size(), denial);
        body.ede = set.ede;
        add_targets(writer, chain.name, *set.rdata, body);
        bodies.push_back(finish(writer, std::move(body), moves));
    }
    BodyWriter writer(owner);
    BodyImage body = begin_body(table::Node::any_other_type, 0, 0);
    body.ancount = static_cast<std::uint16_t>(add_chain(writer, chain.hops.size()));
    body.open = chain.end == Chain::End::open;
    if (chain.end == Chain::End::here || chain.end == Chain::End::missing) {
        body.nscount = static_cast<std::uint16_t>(add_soa(writer));
    }
    if (chain.end == Chain::End::missing) body.rcode = wire::Rcode::nxdomain;
    bodies.push_back(finish(writer, std::move(body), moves));
    return bodies;
}

Result<void> Compiler::compile_owner(const wire::Name& owner, const FlattenOwner& flatten,
                                     table::NodeBatch& batch) const {
    if (!is_published(owner)) return {};
    const Owner& records = zone_.owners.at(owner);
    const table::Traits traits{.cut = tree_.is_cut(owner, records),
                               .dname = records.find(RrType::dname) != nullptr,
                               .wildcard = tree_.has_wildcard_below(owner),
                               .cname = records.find(RrType::cname) != nullptr};
    std::vector<BodyImage> bodies;
    if (traits.cut) {
        bodies = cut_bodies(owner, records);
    } else if (records.find(RrType::cname) != nullptr) {
        bodies = chain_bodies(owner, records, flatten);
    } else {
        bodies = plain_bodies(owner, answers_at(owner, records, flatten));
    }
    if (!batch.append(id_, zone_labels_, owner, bodies, traits)) {
        return fail("the records of \"" + to_text(owner) + "\" are too many: an RRset can have " +
                        "64500 octets, all RRsets of one name together " +
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
    skip.reserve(dependent_.size());
    for (const wire::Name& name : dependent_) skip.push_back(&zone_.owners.find(name)->first);
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
    const BodyImage body =
        finish(writer, begin_body(table::Node::any_other_type, 0, add_soa(writer)), true);
    table::NodeBatch batch;
    batch.append(id_, zone_labels_, zone_.apex, std::span(&body, 1));
    return batch;
}

}  // namespace apex::control
