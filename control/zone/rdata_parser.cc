// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/zone/rdata_parser.hh"

#include <optional>

#include "control/config/dname_text.hh"
#include "control/config/in_quotes.hh"
#include "control/config/period.hh"
#include "control/zone/ascii.hh"
#include "control/zone/name_text.hh"
#include "control/zone/rr_layout.hh"
#include "control/zone/svcb_check.hh"
#include "dataplane/wire/name.hh"

namespace apex::control {

namespace {

constexpr std::size_t max_rdata_text = LDNS_MAX_PACKETLEN - 1;  // ldns drops the rest silently

/// `rdata`, unless it is an SVCB or HTTPS record that clients ignore.
Result<std::string> checked(wire::RrType type, Result<std::string> rdata) {
    const auto number = wire::to_int(type);
    const bool is_svcb = number == LDNS_RR_TYPE_SVCB || number == LDNS_RR_TYPE_HTTPS;
    if (!rdata || !is_svcb) return rdata;
    if (auto good = check_svcb(*rdata); !good) return std::unexpected(std::move(good.error()));
    return rdata;
}

/// True when a quote that no "\\" takes as it is stands in the token.
bool has_quote(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') return true;
        if (text[i] == '\\') ++i;
    }
    return false;
}

void append_octet(std::string& out, unsigned octet) {
    out += '\\';
    out += static_cast<char>('0' + octet / 100);
    out += static_cast<char>('0' + octet / 10 % 10);
    out += static_cast<char>('0' + octet % 10);
}

/// Appends a token with every escape and control octet as \DDD: the one form that
/// all of ldns's readers treat alike.
Result<void> append_escaped(std::string& out, std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto octet = static_cast<unsigned char>(text[i]);
        if (octet != '\\') {
            if (octet < 0x20 || octet == 0x7f) {
                append_octet(out, octet);
            } else {
                out += text[i];
            }
            continue;
        }
        const std::string_view rest = text.substr(i + 1);
        if (!is_digit(rest.front())) {
            append_octet(out, static_cast<unsigned char>(rest.front()));
            i += 1;
            continue;
        }
        const auto value = parse_number(rest.substr(0, 3), 255);
        if (rest.size() < 3 || !value) {
            return fail(in_quotes(text) + " has a bad escape; expected \\000 to \\255");
        }
        append_octet(out, *value);
        i += 3;
    }
    return {};
}

/// A number that the field can hold; ldns would cut a larger one silently.
Result<std::uint32_t> read_number(ldns_rdf_type field, std::string_view text) {
    if (field == LDNS_RDF_TYPE_PERIOD) {
        if (const auto seconds = parse_period(text)) return *seconds;
        return fail(in_quotes(text) + " is not a time; expected seconds or one such as 1h30m");
    }
    const auto largest =
        static_cast<std::uint32_t>((std::uint64_t{1} << 8 * number_octets(field)) - 1);
    if (const auto number = parse_number(text, largest)) return *number;
    return fail(in_quotes(text) + " is not a number from 0 to " + std::to_string(largest));
}

std::string expected_in(ldns_rdf_type field) {
    switch (field) {
        case LDNS_RDF_TYPE_A:
            return "an IPv4 address";
        case LDNS_RDF_TYPE_AAAA:
            return "an IPv6 address";
        case LDNS_RDF_TYPE_STR:
            return "a string of at most 255 octets";
        case LDNS_RDF_TYPE_TYPE:
            return "a record type";
        case LDNS_RDF_TYPE_TIME:
            return "a time as YYYYMMDDHHMMSS";
        case LDNS_RDF_TYPE_TAG:
            return "a tag of letters and digits";
        case LDNS_RDF_TYPE_B64:
            return "base64";
        case LDNS_RDF_TYPE_HEX:
            return "hexadecimal";
        default:
            return "an algorithm";
    }
}

}  // namespace

RdataParser::RdataParser(std::string_view origin, wire::RrType alias_type)
    : alias_type_(alias_type) {
    set_origin(origin);
}

void RdataParser::set_origin(std::string_view origin) {
    origin_ = origin;
    origin_field_.reset(ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, origin_.size(), origin_.data()));
}

Result<std::string> RdataParser::parse_name(const Token& token) {
    if (token.quoted || has_quote(token.text)) {
        return fail(in_quotes(token.text) + " is in quotes; expected a domain name without them");
    }
    if (token.text == "@") return origin_;
    text_.clear();
    if (auto appended = append_escaped(text_, token.text); !appended) {
        return std::unexpected(appended.error());
    }
    return dname_wire(text_, origin_);
}

Result<wire::RrType> RdataParser::parse_type(const Token& token) {
    if (equals_ignoring_case(token.text, "ALIAS") || equals_ignoring_case(token.text, "ANAME")) {
        return alias_type_;
    }
    std::uint32_t number = 0;
    if (equals_ignoring_case(token.text.substr(0, 4), "TYPE")) {
        number = parse_number(token.text.substr(4), 65535).value_or(0);
    } else {
        text_ = token.text;
        number = static_cast<std::uint32_t>(ldns_get_rr_type_by_name(text_.c_str()));
    }
    if (number == 0 || token.quoted) {
        return fail(in_quotes(token.text) +
                    " is not a record type; expected one such as A or TYPE" +
                    std::to_string(wire::to_int(alias_type_)));
    }
    const auto type = static_cast<wire::RrType>(number);
    if (type == wire::RrType::opt || (number >= 128 && number <= 255)) {
        return fail(in_quotes(token.text) + " is a type for queries; it cannot stand in a zone");
    }
    return type;
}

Result<std::string> RdataParser::parse_rdata(wire::RrType type, const Token& type_token,
                                             std::span<const Token> tokens) {
    if (tokens.empty()) return fail(std::string(type_token.text) + " has no data after it");
    if (tokens[0].text == "\\#" && !tokens[0].quoted) {
        return checked(type, parse_generic(type, tokens));
    }
    const bool by_number = equals_ignoring_case(type_token.text.substr(0, 4), "TYPE");
    if (type == alias_type_ && !by_number) {
        if (tokens.size() == 1) return parse_name(tokens[0]);
        return fail(std::string(type_token.text) + " has " + std::to_string(tokens.size()) +
                    " fields; expected one domain name");
    }
    const ldns_rr_descriptor* descriptor = type == alias_type_ ? nullptr : describe(type);
    if (descriptor != nullptr) return checked(type, parse_known(descriptor, type_token, tokens));
    return fail(std::string(type_token.text) + " has " + in_quotes(tokens[0].text) +
                "; expected RFC 3597 data: \\# LENGTH HEX");
}

Result<std::string> RdataParser::parse_generic(wire::RrType type,
                                               std::span<const Token> tokens) const {
    const auto length =
        tokens.size() > 1 ? parse_number(tokens[1].text, 65535) : std::optional<std::uint32_t>();
    if (!length) return fail("\"\\#\" without a length; expected \\# LENGTH HEX");

    std::string digits;
    for (const Token& token : tokens.subspan(2)) digits += token.text;
    std::string octets;
    octets.reserve(digits.size() / 2);
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        const int high = ldns_hexdigit_to_int(digits[i]);
        const int low = ldns_hexdigit_to_int(digits[i + 1]);
        if (high < 0 || low < 0) {
            return fail(in_quotes(std::string_view(digits).substr(i, 2)) + " is not hexadecimal");
        }
        octets += static_cast<char>(high * 16 + low);
    }
    if (digits.size() != std::size_t{2} * *length) {
        return fail("\"\\# " + std::to_string(*length) + "\" has " + std::to_string(digits.size()) +
                    " hexadecimal digits; expected " + std::to_string(2 * *length));
    }
    if (type == alias_type_) {
        if (wire::name_length(octets) == octets.size() && !octets.empty()) return octets;
        return fail("ALIAS data is not one name; expected exactly one uncompressed name");
    }
    if (describe(type) != nullptr && read_rdata(type, octets) == nullptr) {
        return fail("the octets after \\# are not " + type_text(type, alias_type_) + " data");
    }
    return octets;
}

Result<std::string> RdataParser::parse_known(const ldns_rr_descriptor* descriptor,
                                             const Token& type_token,
                                             std::span<const Token> tokens) {
    if (!is_field_by_field(descriptor)) return parse_through_ldns(descriptor, type_token, tokens);

    std::string rdata;
    std::size_t index = 0;
    while (!tokens.empty()) {
        const ldns_rdf_type field = field_at(descriptor, index);
        if (field == LDNS_RDF_TYPE_NONE) {
            return fail(in_quotes(tokens[0].text) + " is more than " +
                        std::string(type_token.text) + " takes");
        }
        std::size_t used = 1;
        if (is_tail(descriptor, index)) used = tokens.size();
        if (auto read = append_field(rdata, field, tokens.first(used)); !read) {
            return std::unexpected(std::move(read.error()));
        }
        tokens = tokens.subspan(used);
        ++index;
    }
    const std::size_t fewest = ldns_rr_descriptor_minimum(descriptor);
    if (index >= fewest) return rdata;
    return fail(std::string(type_token.text) + " has " + std::to_string(index) +
                (index == 1 ? " field" : " fields") + "; expected " + std::to_string(fewest));
}

Result<void> RdataParser::append_field(std::string& rdata, ldns_rdf_type field,
                                       std::span<const Token> tokens) {
    if (field == LDNS_RDF_TYPE_DNAME) {
        const auto name = parse_name(tokens[0]);
        if (!name) return std::unexpected(name.error());
        rdata += *name;
        return {};
    }
    text_.clear();
    for (const Token& token : tokens) {
        const bool quote_inside = !token.quoted && has_quote(token.text);
        if (quote_inside || (token.quoted && !is_string(field))) {
            return fail(in_quotes(token.text) +
                        (quote_inside ? " has a quote inside" : " is in quotes") +
                        "; expected it without");
        }
        if (auto appended = append_escaped(text_, token.text); !appended) return appended;
    }
    if (const std::size_t octets = number_octets(field); octets > 0) {
        const auto number = read_number(field, text_);
        if (!number) return std::unexpected(number.error());
        for (std::size_t i = octets; i-- > 0;) rdata += static_cast<char>(*number >> 8 * i);
        return {};
    }
    const LdnsPtr<ldns_rdf> read(ldns_rdf_new_frm_str(field, text_.c_str()));
    const bool half_octet = field == LDNS_RDF_TYPE_HEX && text_.size() % 2 != 0;
    if (read == nullptr || half_octet)
        return fail(in_quotes(text_) + " is not " + expected_in(field));
    rdata += field_octets(read.get());
    return {};
}

Result<std::string> RdataParser::parse_through_ldns(const ldns_rr_descriptor* descriptor,
                                                    const Token& type_token,
                                                    std::span<const Token> tokens) {
    text_ = ". 0 IN ";
    text_ += type_token.text;
    const std::size_t rdata_at = text_.size() + 1;
    const bool quotes_inside =
        descriptor->_type == LDNS_RR_TYPE_SVCB || descriptor->_type == LDNS_RR_TYPE_HTTPS;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const Token& token = tokens[i];
        if (token.quoted || (!quotes_inside && has_quote(token.text))) {
            return fail(in_quotes(token.text) + " is in quotes; expected it without");
        }
        if (const ldns_rdf_type field = field_at(descriptor, i); number_octets(field) > 0) {
            const auto number = read_number(field, token.text);
            if (!number) return std::unexpected(number.error());
        }
        text_ += ' ';
        if (auto appended = append_escaped(text_, token.text); !appended) {
            return std::unexpected(appended.error());
        }
    }
    const std::string type(type_token.text);
    if (text_.size() - rdata_at > max_rdata_text) {
        return fail(type + " data is " + std::to_string(text_.size() - rdata_at) +
                    " characters long; at most " + std::to_string(max_rdata_text) + " can be read");
    }

    ldns_rr* raw = nullptr;
    const ldns_status status =
        ldns_rr_new_frm_str(&raw, text_.c_str(), 0, origin_field_.get(), nullptr);
    const LdnsPtr<ldns_rr> record(raw);
    if (status != LDNS_STATUS_OK) {
        return fail(type + " data " + in_quotes(std::string_view(text_).substr(rdata_at)) + ": " +
                    ldns_get_errorstr_by_id(status));
    }
    // Names are read again: ldns makes some too long with the origin, and takes each whose
    // first label is "@" for the origin. Only in front of names that end a HIP is a field
    // of more than one token.
    const std::size_t count = ldns_rr_rd_count(record.get());
    const bool names_end = descriptor->_variable == LDNS_RDF_TYPE_DNAME;
    std::string rdata;
    for (std::size_t i = 0; i < count; ++i) {
        const ldns_rdf* field = ldns_rr_rdf(record.get(), i);
        if (ldns_rdf_get_type(field) != LDNS_RDF_TYPE_DNAME) {
            rdata += field_octets(field);
            continue;
        }
        const auto name = parse_name(tokens[names_end ? i + tokens.size() - count : i]);
        if (!name) return std::unexpected(name.error());
        rdata += *name;
    }
    return rdata;
}

}  // namespace apex::control
