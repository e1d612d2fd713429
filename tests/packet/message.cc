// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
#include "tests/packet/message.hh"

#include <stdexcept>

#include "tests/packet/octets.hh"

namespace apex::test {

std::string wire_name(std::string_view dotted) {
    std::string name;
    while (!dotted.empty()) {
        const std::string_view label = dotted.substr(0, dotted.find('.'));
        name += octet(static_cast<unsigned>(label.size()));
        name += label;
        dotted.remove_prefix(label.size() < dotted.size() ? label.size() + 1 : label.size());
    }
    return name + octet(0);
}

wire::Name name_of(std::string_view dotted) {
    return wire::Name::from_wire(wire_name(dotted)).value();
}

std::string make_opt(const OptSpec& opt) {
    return octet(0) + be16(41) + be16(opt.udp_payload) + octet(0) + octet(opt.version) +
           be16(opt.dnssec_ok ? 0x8000 : 0) + be16(static_cast<unsigned>(opt.options.size())) +
           opt.options;
}

std::string make_query(const QuerySpec& spec) {
    return be16(spec.id) + be16(spec.flags) + be16(1) + be16(0) + be16(0) + be16(spec.opt ? 1 : 0) +
           spec.name + be16(wire::to_int(spec.type)) + be16(spec.qclass) +
           (spec.opt ? make_opt(*spec.opt) : "");
}

std::string make_query(std::string_view name, wire::RrType type, std::optional<OptSpec> opt) {
    return make_query(QuerySpec{.name = wire_name(name), .type = type, .opt = std::move(opt)});
}

namespace {

/// Reads with std::string_view::at, whose exception decode() turns into "no".
class Reader {
  public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    std::size_t at() const { return at_; }
    std::uint16_t u16() { return be16_at(bytes_, step(2)); }
    std::uint32_t u32() { return be32_at(bytes_, step(4)); }
    std::string octets(std::size_t count) {
        if (bytes_.size() - at_ < count) throw std::out_of_range("octets");
        return std::string(bytes_.substr(step(count), count));
    }

    std::string name() {
        std::string text;
        std::size_t at = at_;
        bool jumped = false;
        while (true) {
            const std::size_t length = octet_at(bytes_, at);
            if (length >= 0xc0) {
                const std::size_t target = be16_at(bytes_, at) & 0x3fffU;
                if (target >= at) throw std::out_of_range("forward pointer");
                if (!jumped) at_ = at + 2;
                jumped = true;
                at = target;
                continue;
            }
            if (length > 63) throw std::out_of_range("label type");
            ++at;
            if (length == 0) break;
            if (bytes_.size() - at < length) throw std::out_of_range("label");
            text += std::string(bytes_.substr(at, length)) + ".";
            at += length;
        }
        if (!jumped) at_ = at;
        return text.empty() ? "." : text;
    }

    Record record() {
        Record record;
        record.owner = name();
        record.type = u16();
        record.rr_class = u16();
        record.ttl = u32();
        const std::size_t length = u16();
        const std::size_t end = at_ + length;
        if (record.type == wire::to_int(wire::RrType::soa)) {
            record.rdata = name() + " ";
            record.rdata += name() + " ";
        }
        if (end < at_) throw std::out_of_range("rdata");
        record.rdata += octets(end - at_);
        return record;
    }

  private:
    std::size_t step(std::size_t count) {
        const std::size_t before = at_;
        at_ += count;
        return before;
    }

    std::string_view bytes_;
    std::size_t at_ = 0;
};

}  // namespace

std::optional<Message> decode(std::string_view bytes) {
    try {
        Reader reader(bytes);
        Message message;
        message.id = reader.u16();
        message.flags = reader.u16();
        const unsigned questions = reader.u16();
        unsigned counts[3];
        for (unsigned& count : counts) count = reader.u16();
        const std::size_t start = reader.at();
        for (unsigned n = 0; n < questions; ++n) {
            reader.name();
            reader.octets(4);
        }
        message.question = bytes.substr(start, reader.at() - start);
        std::vector<Record>* sections[] = {&message.answer, &message.authority,
                                           &message.additional};
        for (std::size_t section = 0; section < 3; ++section) {
            for (unsigned n = 0; n < counts[section]; ++n) {
                sections[section]->push_back(reader.record());
            }
        }
        if (reader.at() != bytes.size()) return std::nullopt;
        return message;
    } catch (const std::out_of_range&) {
        return std::nullopt;
    }
}

}  // namespace apex::test
