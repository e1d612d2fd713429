// SPDX-License-Identifier: BSD-3-Clause
// Copyright (c) 2026, the apexdns authors
//
// From zone text to the reply a client reads: what the compiler prepared is
// published, asked for over the packet path, and parsed again by ldns.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>

#include "control/config/ldns_handle.hh"
#include "control/publish/compiler.hh"
#include "control/zone/name_text.hh"
#include "dataplane/answer/response.hh"
#include "dataplane/table/publisher.hh"

namespace apex::control {
namespace {

using wire::RrType;

constexpr std::string_view zone_text = R"($ORIGIN example.com.
$TTL 3600
@       SOA  ns1 hostmaster 7 7200 900 1209600 300
@       NS   ns1
@       NS   ns2.example.net.
@       MX   10 mail
@       TXT  "v=spf1 -all"
@  60   ALIAS cdn.example.net.
ns1     A    192.0.2.1
mail    A    192.0.2.2
mail    AAAA 2001:db8::2
www     CNAME web
web     CNAME host.deep
host.deep A  192.0.2.3
out     CNAME elsewhere.example.net.
lost    CNAME nowhere
twice   MX   10 mail
twice   MX   20 MAIL
loop1   CNAME loop2
loop2   CNAME loop1
top     CNAME @
own     ALIAS cdn.example.net.
own     A    192.0.2.9
grows   DNAME x.grows
sub     NS   ns.sub
ns.sub  A    192.0.2.10
hosted  MX   10 ns.sub
)";

/// What a flattener says of an owner with records of its own, which override.
FlattenedSet own_set(const Rrset& own) {
    return {.ready = true, .addresses = own.rdata, .ttl = own.ttl};
}

FlattenedSet no_sets(const wire::Name&, const Owner& records, RrType type) {
    if (const Rrset* own = records.find(type); own != nullptr) return own_set(*own);
    return {.ede = wire::Ede::not_ready};
}

FlattenedSet cdn_sets(const wire::Name&, const Owner& records, RrType type) {
    if (const Rrset* own = records.find(type); own != nullptr) return own_set(*own);
    if (type == RrType::aaaa) return {.ready = true, .ttl = 5};
    return {.ready = true, .addresses = {std::string("\xc6\x33\x64\x01", 4)}, .ttl = 5};
}

/// A zone in a table, and a client of it.
class Served {
  public:
    explicit Served(const FlattenOwner& flatten, std::string_view text = zone_text)
        : zone_(*parse_zone(text, config(), RrType::alias)),
          compiler_(zone_, publisher_.new_zone(), RrType::alias) {
        table::NodeBatch nodes = *compiler_.compile_static();
        for (const wire::Name& owner : compiler_.alias_dependent()) {
            EXPECT_TRUE(compiler_.compile_owner(owner, flatten, nodes));
        }
        const table::NodeBatch negative = compiler_.compile_negative();
        table::ZoneChange change{0, zone_.apex, &nodes, {}, &negative};
        publisher_.apply(std::span(&change, 1));
    }

    const Compiler& compiler() const { return compiler_; }
    table::Publisher& publisher() { return publisher_; }

    /// "RCODE[ aa][ tc] / answer RRs / authority RRs", RRs in presentation form.
    std::string ask(const std::string& name, RrType type) {
        const Packet packet = reply(name, type);
        return packet ? describe(*packet) : "not a message";
    }

    /// The additional RRs of the same reply.
    std::string ask_additional(const std::string& name, RrType type) {
        const Packet packet = reply(name, type);
        return packet ? section(ldns_pkt_additional(packet.get())) : "not a message";
    }

  private:
    using Packet = std::unique_ptr<ldns_pkt, decltype(&ldns_pkt_free)>;

    Packet reply(const std::string& name, RrType type) {
        std::array<std::uint8_t, 4096> message{};
        ldns_rdf* owner = ldns_dname_new_frm_str(name.c_str());
        const auto rr_type = static_cast<ldns_rr_type>(wire::to_int(type));
        ldns_pkt* query = ldns_pkt_query_new(owner, rr_type, LDNS_RR_CLASS_IN, LDNS_RD);
        ldns_pkt_set_edns_udp_size(query, 1232);
        std::uint8_t* bytes = nullptr;
        std::size_t size = 0;
        EXPECT_EQ(ldns_pkt2wire(&bytes, query, &size), LDNS_STATUS_OK);
        std::copy_n(bytes, size, message.begin());
        std::free(bytes);
        ldns_pkt_free(query);

        const table::Snapshot snapshot = table_.snapshot();
        answer::Query parsed;
        answer::parse_query(message.data(), static_cast<std::uint16_t>(size), message.size(),
                            snapshot.hash_key(), parsed);
        const answer::Reply reply = answer::respond(parsed, snapshot);
        ldns_pkt* packet = nullptr;
        EXPECT_EQ(ldns_wire2pkt(&packet, message.data(), reply.length), LDNS_STATUS_OK);
        return {packet, &ldns_pkt_free};
    }

    static ZoneConfig config() {
        return {*parse_name("example.com"), "example.com.zone", Flatten::apex, 1};
    }

    static std::string describe(const ldns_pkt& packet) {
        const std::unique_ptr<char, decltype(&std::free)> rcode(
            ldns_pkt_rcode2str(ldns_pkt_get_rcode(&packet)), &std::free);
        std::string text = rcode.get();
        if (ldns_pkt_aa(&packet)) text += " aa";
        if (ldns_pkt_tc(&packet)) text += " tc";
        text +=
            " /" + section(ldns_pkt_answer(&packet)) + " /" + section(ldns_pkt_authority(&packet));
        return text;
    }

    static std::string section(const ldns_rr_list* list) {
        std::string text;
        for (std::size_t n = 0; n < ldns_rr_list_rr_count(list); ++n) {
            char* line = ldns_rr2str(ldns_rr_list_rr(list, n));
            std::string one = line;
            std::free(line);
            one.erase(std::find(one.begin(), one.end(), '\n'), one.end());
            std::replace(one.begin(), one.end(), '\t', ' ');
            text += (n == 0 ? " " : "; ") + one;
        }
        return text;
    }

    table::Table table_{1};
    table::Publisher publisher_{table_};
    Zone zone_;
    Compiler compiler_;
};

const std::string soa =
    "example.com. 300 IN SOA ns1.example.com. hostmaster.example.com. 7 7200 900 1209600 300";

struct Case {
    const char* name;
    RrType type;
    std::string reply;
};

class CompiledAnswer : public testing::TestWithParam<Case> {};

TEST_P(CompiledAnswer, IsWhatTheZoneSays) {
    Served served(cdn_sets);
    EXPECT_EQ(served.ask(GetParam().name, GetParam().type), GetParam().reply);
}

INSTANTIATE_TEST_SUITE_P(
    Publish, CompiledAnswer,
    testing::Values(
        Case{"example.com", RrType::a, "NOERROR aa / example.com. 5 IN A 198.51.100.1 /"},
        // Resolved and empty: NODATA, with the SOA.
        Case{"example.com", RrType::aaaa, "NOERROR aa / / " + soa},
        Case{
            "example.com", RrType::soa,
            "NOERROR aa / example.com. 3600 IN SOA ns1.example.com. hostmaster.example.com. 7 7200 "
            "900 1209600 300 /"},
        Case{"example.com", RrType::ns,
             "NOERROR aa / example.com. 3600 IN NS ns1.example.com.; example.com. 3600 IN NS "
             "ns2.example.net. /"},
        Case{"example.com", RrType::mx,
             "NOERROR aa / example.com. 3600 IN MX 10 mail.example.com. /"},
        Case{"example.com", RrType::txt, "NOERROR aa / example.com. 3600 IN TXT \"v=spf1 -all\" /"},
        // The ALIAS itself: its RDATA is one uncompressed name.
        Case{"example.com", RrType::alias,
             "NOERROR aa / example.com. 60 IN TYPE65401 \\# 17 "
             "0363646e076578616d706c65036e657400 /"},
        Case{"example.com", RrType::ds, "NOERROR aa / / " + soa},
        Case{"mail.example.com", RrType::aaaa,
             "NOERROR aa / mail.example.com. 3600 IN AAAA 2001:db8::2 /"},
        // An empty non-terminal exists (RFC 8020).
        Case{"deep.example.com", RrType::a, "NOERROR aa / / " + soa},
        Case{"nowhere.example.com", RrType::a, "NXDOMAIN aa / / " + soa},
        Case{"a.very.much.deeper.nowhere.example.com", RrType::a, "NXDOMAIN aa / / " + soa},
        Case{"example.net", RrType::a, "REFUSED / /"}, Case{"com", RrType::a, "REFUSED / /"},
        // Chains, chased as far as the zone goes.
        Case{"www.example.com", RrType::a,
             "NOERROR aa / www.example.com. 3600 IN CNAME web.example.com.; web.example.com. 3600 "
             "IN CNAME host.deep.example.com.; host.deep.example.com. 3600 IN A 192.0.2.3 /"},
        Case{"www.example.com", RrType::cname,
             "NOERROR aa / www.example.com. 3600 IN CNAME web.example.com. /"},
        Case{"www.example.com", RrType::mx,
             "NOERROR aa / www.example.com. 3600 IN CNAME web.example.com.; web.example.com. 3600 "
             "IN CNAME host.deep.example.com. / " +
                 soa},
        Case{"out.example.com", RrType::a,
             "NOERROR aa / out.example.com. 3600 IN CNAME elsewhere.example.net. /"},
        Case{"lost.example.com", RrType::a,
             "NXDOMAIN aa / lost.example.com. 3600 IN CNAME nowhere.example.com. / " + soa},
        Case{"loop1.example.com", RrType::a,
             "NOERROR aa / loop1.example.com. 3600 IN CNAME loop2.example.com.; loop2.example.com. "
             "3600 IN CNAME loop1.example.com. /"},
        // A DNAME is followed once: behind its second use are only longer names.
        Case{"a.grows.example.com", RrType::a,
             "NOERROR aa / grows.example.com. 3600 IN DNAME x.grows.example.com.; "
             "a.grows.example.com. 3600 IN CNAME a.x.grows.example.com. /"},
        Case{"top.example.com", RrType::a,
             "NOERROR aa / top.example.com. 3600 IN CNAME example.com.; example.com. 5 IN A "
             "198.51.100.1 /"},
        // A type with records of its own keeps them.
        Case{"own.example.com", RrType::a, "NOERROR aa / own.example.com. 3600 IN A 192.0.2.9 /"},
        Case{"own.example.com", RrType::aaaa, "NOERROR aa / / " + soa}));

TEST(Publish, AnAliasThatWasNeverResolvedIsAnExplicitFailure) {
    Served served(no_sets);
    EXPECT_EQ(served.ask("example.com", RrType::a), "SERVFAIL / /");
    EXPECT_EQ(served.ask("example.com", RrType::aaaa), "SERVFAIL / /");
    EXPECT_EQ(served.ask("top.example.com", RrType::a), "SERVFAIL / /");
    EXPECT_EQ(served.ask("own.example.com", RrType::a),
              "NOERROR aa / own.example.com. 3600 IN A 192.0.2.9 /");
    EXPECT_EQ(served.ask("example.com", RrType::txt),
              "NOERROR aa / example.com. 3600 IN TXT \"v=spf1 -all\" /");
}

TEST(Publish, AnAliasChangeReachesTheOwnerAndTheChainsThatEndThere) {
    Served served(no_sets);
    const wire::Name apex = *parse_name("example.com");
    const std::vector<wire::Name>& others = served.compiler().dependents_of(apex);
    ASSERT_EQ(others, (std::vector{*parse_name("top.example.com")}));
    table::NodeBatch batch;
    for (const wire::Name& name : {apex, others[0]}) {
        ASSERT_TRUE(served.compiler().compile_owner(name, cdn_sets, batch));
    }
    EXPECT_TRUE(served.publisher().replace(batch[0]));
    EXPECT_TRUE(served.publisher().replace(batch[1]));
    EXPECT_FALSE(served.publisher().replace(batch[1])) << "published already";
    EXPECT_EQ(served.ask("example.com", RrType::a),
              "NOERROR aa / example.com. 5 IN A 198.51.100.1 /");
    EXPECT_EQ(served.ask("top.example.com", RrType::a),
              "NOERROR aa / top.example.com. 3600 IN CNAME example.com.; example.com. 5 IN A "
              "198.51.100.1 /");
    EXPECT_EQ(served.ask("own.example.com", RrType::aaaa), "SERVFAIL / /");
}

TEST(Publish, AnOwnerThatCannotBePreparedIsNamed) {
    std::string text(zone_text);
    // Five RRsets of some 60,000 octets at one name.
    for (unsigned type = 65280; type < 65285; ++type) {
        for (unsigned n = 0; n < 60; ++n) {
            std::string hex(2000, 'a');
            hex.replace(0, 4, {"0123456789abcdef"[n / 16], "0123456789abcdef"[n % 16], '0', '0'});
            text += "big TYPE" + std::to_string(type) + " \\# 1000 " + hex + "\n";
        }
    }
    const ZoneConfig config{*parse_name("example.com"), "example.com.zone", Flatten::apex, 1};
    const auto zone = parse_zone(text, config, RrType::alias);
    ASSERT_TRUE(zone) << zone.error().to_string();
    const auto nodes = Compiler(*zone, 0, RrType::alias).compile_static();
    ASSERT_FALSE(nodes);
    EXPECT_EQ(nodes.error().to_string(),
              "example.com.zone: the records of \"big.example.com.\" are too many: an RRset can "
              "have 64500 octets, all RRsets of one name together 196608");
}

// RFC 1034 §4.3.2 step 6, wherever the records are that have targets.
TEST(Publish, AddressesOfTargetsBehindAChainToo) {
    Served served(cdn_sets);
    const std::string mail =
        " mail.example.com. 3600 IN A 192.0.2.2; mail.example.com. 3600 IN AAAA 2001:db8::2";
    EXPECT_EQ(served.ask_additional("example.com", RrType::mx), mail);
    EXPECT_EQ(served.ask_additional("top.example.com", RrType::mx), mail);
    EXPECT_EQ(served.ask_additional("top.example.com", RrType::ns),
              " ns1.example.com. 3600 IN A 192.0.2.1");
    EXPECT_EQ(served.ask_additional("www.example.com", RrType::a), "");
    EXPECT_EQ(served.ask_additional("hosted.example.com", RrType::mx),
              " ns.sub.example.com. 3600 IN A 192.0.2.10")
        << "glue, as Knot and NSD have it";
    EXPECT_EQ(served.ask_additional("twice.example.com", RrType::mx), mail) << "once each";
}

// What is beside an ALIAS may be overridden, or only half of what is answered.
TEST(Publish, NoAddressesOfTargetsWithAnAlias) {
    Served served(cdn_sets, std::string(zone_text) + "relay MX 10 own\nrelay MX 20 mail\n");
    EXPECT_EQ(served.ask_additional("relay.example.com", RrType::mx),
              " mail.example.com. 3600 IN A 192.0.2.2; mail.example.com. 3600 IN AAAA 2001:db8::2");
}

TEST(Publish, AsManyAddressesAsFit) {
    std::string text(zone_text);
    for (const char* host : {"m1", "m2"}) {
        text += std::string("many MX 10 ") + host + "\n";
        for (int n = 0; n < 35; ++n) {
            text += std::string(host) + " A 192.0.2." + std::to_string(n) + "\n";
        }
    }
    Served served(cdn_sets, text);
    const std::string shown = served.ask_additional("many.example.com", RrType::mx);
    EXPECT_EQ(std::ranges::count(shown, ';'), 69) << shown;
}

// The zone of RFC 4592 §2.2.1 and what the RFC says of each query, below another name.
constexpr std::string_view wildcard_text = R"($ORIGIN example.com.
$TTL 3600
@       SOA  ns1 hostmaster 7 7200 900 1209600 300
@       NS   ns.example.net.
*       TXT  "this is a wildcard"
*       MX   10 host1
sub.*   TXT  "this is not a wildcard"
host1   A    192.0.2.1
_ssh._tcp.host1 SRV 0 0 22 host1
_ssh._tcp.host2 SRV 0 0 22 host2
subdel  NS   ns.subdel
ns.subdel A  192.0.2.7
alias.sub2  A 192.0.2.8
*.sub2  ALIAS cdn.example.net.
*.sub3  CNAME host1
)";

TEST(WildcardAnswer, IsWhatRfc4592Says) {
    Served served(cdn_sets, wildcard_text);
    const std::string none = " / " + soa;
    const Case cases[] = {
        {"host3.example.com", RrType::mx,
         "NOERROR aa / host3.example.com. 3600 IN MX 10 host1.example.com. /"},
        {"host3.example.com", RrType::a, "NOERROR aa /" + none},
        {"foo.bar.example.com", RrType::txt,
         "NOERROR aa / foo.bar.example.com. 3600 IN TXT \"this is a wildcard\" /"},
        {"host1.example.com", RrType::mx, "NOERROR aa /" + none},
        {"sub.*.example.com", RrType::mx, "NOERROR aa /" + none},
        {"_telnet._tcp.host1.example.com", RrType::srv, "NXDOMAIN aa /" + none},
        {"host.subdel.example.com", RrType::a,
         "NOERROR / / subdel.example.com. 3600 IN NS ns.subdel.example.com."},
        {"subdel.example.com", RrType::ds, "NOERROR aa /" + none},
        {"ghost.*.example.com", RrType::mx, "NXDOMAIN aa /" + none},
        // §3.3.1: where the closest encloser has a wildcard, and where not.
        {"_telnet._tcp.host3.example.com", RrType::txt,
         "NOERROR aa / _telnet._tcp.host3.example.com. 3600 IN TXT \"this is a wildcard\" /"},
        {"_chat._udp.host3.example.com", RrType::mx,
         "NOERROR aa / _chat._udp.host3.example.com. 3600 IN MX 10 host1.example.com. /"},
        {"_dns._udp.host2.example.com", RrType::srv, "NXDOMAIN aa /" + none},
        {"foobar.*.example.com", RrType::a, "NXDOMAIN aa /" + none},
        {"*.example.com", RrType::mx,
         "NOERROR aa / *.example.com. 3600 IN MX 10 host1.example.com. /"},
        {"x.sub2.example.com", RrType::a, "NOERROR aa / x.sub2.example.com. 5 IN A 198.51.100.1 /"},
        {"x.y.sub3.example.com", RrType::a,
         "NOERROR aa / x.y.sub3.example.com. 3600 IN CNAME host1.example.com.; "
         "host1.example.com. 3600 IN A 192.0.2.1 /"},
    };
    for (const Case& c : cases) EXPECT_EQ(served.ask(c.name, c.type), c.reply) << c.name;
}

}  // namespace
}  // namespace apex::control
