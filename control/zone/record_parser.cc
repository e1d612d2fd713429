// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/zone/record_parser.hh"

#include "control/config/in_quotes.hh"
#include "control/config/period.hh"
#include "control/zone/ascii.hh"

namespace apex::control {

namespace {

Result<std::uint32_t> parse_ttl(std::string_view text) {
    const auto ttl = parse_period(text);
    if (ttl && *ttl <= max_ttl) return *ttl;
    return fail(in_quotes(text) + " is not a TTL; expected seconds or one such as 1h30m, at most " +
                std::to_string(max_ttl) + " s");
}

/// MINIMUM is the last field of an SOA (RFC 1035 §3.3.13).
std::uint32_t last_32_bits(std::string_view rdata) {
    std::uint32_t value = 0;
    for (const char c : rdata.substr(rdata.size() - 4)) {
        value = value << 8 | static_cast<unsigned char>(c);
    }
    return value;
}

}  // namespace

bool is_class(std::string_view text) {
    for (const std::string_view name : {"IN", "CH", "HS", "CS"}) {
        if (equals_ignoring_case(text, name)) return true;
    }
    return equals_ignoring_case(text.substr(0, 5), "CLASS") &&
           parse_number(text.substr(5), 65535).has_value();
}

RecordParser::RecordParser(const wire::Name& apex, wire::RrType alias_type)
    : rdata_parser_(apex.wire(), alias_type) {}

Result<bool> RecordParser::parse(const Entry& entry, Record& record) {
    const bool is_directive =
        !entry.blank_start && !entry.tokens[0].quoted && entry.tokens[0].text.starts_with('$');
    if (is_directive) {
        if (auto done = parse_directive(entry); !done) return std::unexpected(done.error());
        return false;
    }
    if (auto done = parse_owner(entry, record); !done) return std::unexpected(done.error());

    std::span<const Token> rest = entry.tokens;
    if (!entry.blank_start) rest = rest.subspan(1);
    std::optional<std::uint32_t> ttl;
    bool has_class = false;
    for (; !rest.empty() && !rest[0].quoted; rest = rest.subspan(1)) {
        const std::string_view text = rest[0].text;
        if (!ttl && is_digit(text[0])) {
            const auto written = parse_ttl(text);
            if (!written) return std::unexpected(written.error());
            ttl = *written;
        } else if (!has_class && is_class(text)) {
            if (!equals_ignoring_case(text, "IN") && !equals_ignoring_case(text, "CLASS1")) {
                return fail("class " + in_quotes(text) + "; only class IN is served");
            }
            has_class = true;
        } else {
            break;
        }
    }
    if (rest.empty())
        return fail("the line has no record type; expected OWNER [TTL] [IN] TYPE DATA");

    const auto type = rdata_parser_.parse_type(rest[0]);
    if (!type) return std::unexpected(type.error());
    record.type = *type;
    auto rdata = rdata_parser_.parse_rdata(*type, rest[0], rest.subspan(1));
    if (!rdata) return std::unexpected(std::move(rdata.error()));
    record.rdata = std::move(*rdata);
    const auto chosen = choose_ttl(ttl, record);
    if (!chosen) return std::unexpected(chosen.error());
    record.ttl = *chosen;
    return true;
}

Result<void> RecordParser::parse_directive(const Entry& entry) {
    const std::string_view name = entry.tokens[0].text;
    const bool is_ttl = equals_ignoring_case(name, "$TTL");
    if (!is_ttl && !equals_ignoring_case(name, "$ORIGIN")) {
        return fail("directive " + in_quotes(name) +
                    " is not supported; known are $GENERATE, $INCLUDE, $ORIGIN and $TTL");
    }
    if (entry.tokens.size() != 2) {
        return fail(std::string(name) + " has " + std::to_string(entry.tokens.size() - 1) +
                    " values; expected one");
    }
    if (is_ttl) {
        const auto ttl = parse_ttl(entry.tokens[1].text);
        if (!ttl) return std::unexpected(ttl.error());
        default_ttl_ = *ttl;
        return {};
    }
    const auto origin = rdata_parser_.parse_name(entry.tokens[1]);
    if (!origin) return std::unexpected(origin.error());
    rdata_parser_.set_origin(*origin);
    owner_text_ = {};
    return {};
}

Result<RecordParser::Context> RecordParser::enter(const Token* origin, const Record& record) {
    Context before{rdata_parser_.origin(), record.owner, has_owner_};
    if (origin != nullptr) {
        const auto name = rdata_parser_.parse_name(*origin);
        if (!name) return std::unexpected(name.error());
        rdata_parser_.set_origin(*name);
    }
    forget_owner();
    return before;
}

void RecordParser::forget_owner() {
    owner_text_ = {};
    has_owner_ = false;
}

void RecordParser::leave(Context context, Record& record) {
    rdata_parser_.set_origin(context.origin);
    record.owner = std::move(context.owner);
    owner_text_ = {};
    has_owner_ = context.has_owner;
    owner_returned_ = true;
}

Result<void> RecordParser::parse_owner(const Entry& entry, Record& record) {
    if (entry.blank_start) {
        if (!has_owner_) {
            return fail("the first record has no owner; expected a name at the start of the line");
        }
        record.same_owner = !owner_returned_;
        owner_returned_ = false;
        return {};
    }
    const Token& token = entry.tokens[0];
    record.same_owner = !token.quoted && token.text == owner_text_ && has_owner_;
    if (record.same_owner) return {};
    owner_returned_ = false;
    const auto octets = rdata_parser_.parse_name(token);
    if (!octets) return std::unexpected(octets.error());
    auto owner = wire::Name::from_wire(*octets);
    if (!owner) return fail(in_quotes(token.text) + " is not a domain name");
    record.owner = std::move(*owner);
    owner_text_ = token.text;
    has_owner_ = true;
    return {};
}

/// A record without a TTL takes $TTL, else the last TTL written, else the SOA's
/// MINIMUM, which is what it meant before RFC 2308.
Result<std::uint32_t> RecordParser::choose_ttl(std::optional<std::uint32_t> written,
                                               const Record& record) {
    if (record.type == wire::RrType::soa && !soa_minimum_ && record.rdata.size() >= 4) {
        soa_minimum_ = last_32_bits(record.rdata);
    }
    if (written) {
        last_ttl_ = written;
        return *written;
    }
    if (default_ttl_) return *default_ttl_;
    if (last_ttl_) return *last_ttl_;
    if (soa_minimum_ && *soa_minimum_ <= max_ttl) return *soa_minimum_;
    return fail("the record has no TTL and none is known; expected $TTL before it");
}

}  // namespace apex::control
