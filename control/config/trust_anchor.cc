// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// Implements trust_anchor.hh with ldns.
#include "control/config/trust_anchor.hh"

#include <ldns/ldns.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "control/config/ldns_handle.hh"
#include "control/config/read_file.hh"

namespace apex::control {
namespace {

constexpr std::size_t most = 100;
constexpr std::size_t max_file_size = 1U << 20;

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

/// Empty for what is neither DS nor DNSKEY, or would not stay within quotes.
std::string anchor_text(const ldns_rr* record) {
    const ldns_rr_type type = ldns_rr_get_type(record);
    if (type != LDNS_RR_TYPE_DS && type != LDNS_RR_TYPE_DNSKEY) return {};
    const LdnsPtr<char> made(ldns_rr2str(record));
    std::string text = made ? made.get() : "";
    text.resize(std::min(text.find('\n'), text.size()));  // a comment may follow
    text.resize(std::min(text.find(';'), text.size()));
    return text.find('"') == std::string::npos ? text : "";
}

}  // namespace

Result<std::vector<std::string>> read_trust_anchors(const std::filesystem::path& file) {
    auto octets = read_file(file, max_file_size);
    if (!octets) return std::unexpected(octets.error());
    octets->push_back('\n');  // a stream of no octets cannot be opened
    const std::unique_ptr<std::FILE, CloseFile> stream(
        fmemopen(octets->data(), octets->size(), "r"));
    if (!stream) return fail(std::string("cannot read: ") + std::strerror(errno), file.string());
    std::vector<std::string> anchors;
    int line = 1;
    while (std::feof(stream.get()) == 0 && std::ferror(stream.get()) == 0) {
        const int start = line;
        ldns_rr* parsed = nullptr;
        const ldns_status status =
            ldns_rr_new_frm_fp_l(&parsed, stream.get(), nullptr, nullptr, nullptr, &line);
        const LdnsPtr<ldns_rr> record(parsed);
        if (status == LDNS_STATUS_SYNTAX_EMPTY) continue;
        std::string text = status == LDNS_STATUS_OK ? anchor_text(parsed) : "";
        if (text.empty()) {
            return fail("this is no DS or DNSKEY record", file.string(),
                        static_cast<unsigned>(start));
        }
        if (anchors.size() == most) {
            return fail("more than " + std::to_string(most) +
                            " records; expected those of the "
                            "zones that validation starts at",
                        file.string());
        }
        anchors.push_back(std::move(text));
    }
    if (anchors.empty()) {
        return fail("has no record; expected DS or DNSKEY records, as in /usr/share/dns/root.key",
                    file.string());
    }
    return anchors;
}

}  // namespace apex::control
