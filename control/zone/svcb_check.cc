// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "control/zone/svcb_check.hh"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/wire/name.hh"

namespace apex::control {

namespace {

/// Keys of RFC 9460 §14.3.2.
enum Key : std::uint16_t { mandatory, alpn, no_default_alpn, port, ipv4hint, ech, ipv6hint };

std::uint16_t read_16_bits(std::string_view octets, std::size_t at) {
    return static_cast<std::uint16_t>(static_cast<unsigned char>(octets[at]) << 8 |
                                      static_cast<unsigned char>(octets[at + 1]));
}

/// Protocol names, each with a length before it and none empty.
bool is_list_of_names(std::string_view value) {
    if (value.empty()) return false;
    while (!value.empty()) {
        const std::size_t size = static_cast<unsigned char>(value[0]);
        if (size == 0 || size > value.size() - 1) return false;
        value.remove_prefix(1 + size);
    }
    return true;
}

bool is_list_of(std::size_t octets, std::string_view value) {
    return !value.empty() && value.size() % octets == 0;
}

bool is_well_formed(std::uint16_t key, std::string_view value) {
    switch (key) {
        case mandatory:
            return is_list_of(2, value);
        case alpn:
            return is_list_of_names(value);
        case no_default_alpn:
            return value.empty();
        case port:
            return value.size() == 2;
        case ipv4hint:
            return is_list_of(4, value);
        case ipv6hint:
            return is_list_of(16, value);
        default:
            return true;
    }
}

/// RFC 9460 §8: ascending, each of them there, itself not among them.
bool is_good_mandatory(std::string_view value, const std::vector<std::uint16_t>& keys) {
    std::uint16_t last = mandatory;
    for (std::size_t i = 0; i < value.size(); i += 2) {
        const std::uint16_t key = read_16_bits(value, i);
        if (key <= last || !std::ranges::binary_search(keys, key)) return false;
        last = key;
    }
    return true;
}

}  // namespace

Result<void> check_svcb(std::string_view rdata) {
    const auto malformed = [] { return fail("the parameters are not those of an SVCB record"); };
    if (rdata.size() < 3) return malformed();
    rdata.remove_prefix(2);  // SvcPriority
    const std::size_t name = wire::name_length(rdata);
    if (name == 0) return malformed();
    rdata.remove_prefix(name);

    std::vector<std::uint16_t> keys;
    std::string_view mandatory_keys;
    while (!rdata.empty()) {
        if (rdata.size() < 4) return malformed();
        const std::uint16_t key = read_16_bits(rdata, 0);
        const std::size_t size = read_16_bits(rdata, 2);
        if (size > rdata.size() - 4) return malformed();
        const std::string_view value = rdata.substr(4, size);
        rdata.remove_prefix(4 + size);
        const std::string name_of_key = "key" + std::to_string(key);
        if (!keys.empty() && key <= keys.back()) {
            return fail("parameter " + name_of_key +
                        " stands twice or behind a higher one; "
                        "expected each once, ascending (RFC 9460 2.2)");
        }
        if (!is_well_formed(key, value)) {
            return fail("the value of parameter " + name_of_key + " is malformed (RFC 9460 7, 8)");
        }
        if (key == mandatory) mandatory_keys = value;
        keys.push_back(key);
    }
    if (!is_good_mandatory(mandatory_keys, keys)) {
        return fail(
            "\"mandatory\" names a parameter that is not there, itself, or one twice (RFC "
            "9460 8)");
    }
    if (std::ranges::binary_search(keys, no_default_alpn) &&
        !std::ranges::binary_search(keys, alpn)) {
        return fail("\"no-default-alpn\" without \"alpn\"; expected both (RFC 9460 7.1.1)");
    }
    return {};
}

}  // namespace apex::control
