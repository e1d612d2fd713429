# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""The comparison itself: the parser against dnspython, what it refuses, what is
drawn. No server, no root."""
import struct

import compare
import dns.flags
import dns.message
import dns.rrset
import generate
import message
import pytest
from acceptance import into, unused
from legal import legalise
from model import Family, Query, Record, Zone
from zone_data import required_glue


def response(*answer, authority=()):
    made = dns.message.make_response(dns.message.make_query("www.Example.com", "MX", use_edns=0))
    made.flags |= dns.flags.AA
    made.answer = [dns.rrset.from_text(*line) for line in answer]
    made.authority = [dns.rrset.from_text(*line) for line in authority]
    return made.to_wire()


MX = ("www.Example.com.", 300, "IN", "MX", "10 Mail.example.com.", "20 mail2.example.com.")
SOA = ("example.com.", 60, "IN", "SOA", "ns.example.com. host.example.com. 1 2 3 4 5")
TXT = ("www.example.com.", 0, "IN", "TXT", '"Kept as it is"')


def test_names_are_uncompressed_and_in_lower_case():
    parsed = message.parse(response(MX, TXT, authority=[SOA]))
    assert not parsed.malformed and parsed.flag("AA") and not parsed.flag("TC")
    name = b"\3www\7example\3com\0"
    assert (name, 15, 1, 300, b"\0\x0a\4mail\7example\3com\0") in parsed.sections[0]
    assert (name, 16, 1, 0, b"\x0dKept as it is") in parsed.sections[0]
    assert parsed.sections[1] == [(
        b"\7example\3com\0", 6, 1, 60, b"\2ns\7example\3com\0\4host\7example\3com\0"
        + struct.pack("!5I", 1, 2, 3, 4, 5))]
    assert parsed.opt is not None and parsed.opt[1] == 0
    assert parsed.question == b"\3www\7Example\3com\0\0\x0f\0\1"


@pytest.mark.parametrize("spoil", [
    lambda wire: wire[:11], lambda wire: wire[:-1], lambda wire: wire + b"\0",
    lambda wire: wire[:5] + b"\2" + wire[6:],                       # QDCOUNT
    lambda wire: wire[:12] + b"\xc0\x0c" + wire[14:],               # a pointer to itself
    lambda wire: wire[:11] + b"\2" + wire[12:] + wire[-11:],        # two OPTs
])
def test_malformed_responses_are_seen(spoil):
    assert message.parse(spoil(response(MX))).malformed


def test_the_order_of_records_is_no_difference():
    left, right = message.parse(response(MX, TXT)), message.parse(response(TXT, MX))
    assert compare.differences(left, right) == []


def test_a_record_that_lacks_or_is_repeated_is_a_difference():
    both, one = message.parse(response(MX, TXT)), message.parse(response(MX))
    assert [found.field for found in compare.differences(both, one)] == ["answer"]
    twice = message.parse(response(MX, TXT, TXT))
    assert [found.field for found in compare.differences(both, twice)] == ["answer repeats"]


def test_the_same_seed_draws_the_same():
    assert list(generate.families(3, 26, 10)) == list(generate.families(3, 26, 10))
    assert list(generate.families(3, 2, 10)) != list(generate.families(4, 2, 10))


def test_what_is_drawn_is_legal():
    for family in generate.families(5, 130, 1):
        for zone in family.zones:
            assert legalise(zone) == zone
            types = {}
            for record in zone.records:
                types.setdefault(record.owner, []).append(record.rdtype)
            assert types[zone.origin].count("SOA") == 1 and "NS" in types[zone.origin]
            assert all(found == ["CNAME"] for found in types.values() if "CNAME" in found)


def test_names_below_a_dname_are_taken_out():
    origin = (b"@f",)
    kept = Record((b"a", *origin), 1, "DNAME", ((b"b", *origin),))
    hidden = Record((b"x", b"a", *origin), 1, "A", ("192.0.2.1",))
    assert hidden not in legalise(Zone(origin, (kept, hidden))).records


def test_glue_is_required_of_servers_below_the_cut():
    origin, cut = (b"@f",), (b"cut", b"@f")
    below, beside = (b"ns", *cut), (b"ns", *origin)
    zone = Zone(origin, tuple(Record(owner, 60, "A", ("192.0.2.1",)) for owner in (below, beside)))
    query = Query(cut, 1)
    case = compare.Case(0, Family("delegation", (zone,)), query)
    made = dns.message.make_response(dns.message.from_wire(query.wire(0, 0)))
    made.authority = [dns.rrset.from_text("cut.f0000.", 60, "IN", "NS", "ns.cut.f0000.",
                                          "ns.f0000.")]
    assert required_glue(case, message.parse(made.to_wire())) == {
        (b"\2ns\3cut\5f0000\0", 1, b"\xc0\0\2\1")}


def test_an_entry_that_is_never_needed_is_named():
    entries = []

    @into(entries)("bind", fields=("AD",), reason="")
    def bind_copies_ad(*_):
        return True

    assert unused(entries, ["knot", "bind"]) == ["bind-copies-ad"]
    assert unused(entries, ["knot", "nsd"]) == []
    entries[0].used = 1
    assert unused(entries, ["bind"]) == []
