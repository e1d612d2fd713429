# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""What a client on the wire gets from apexd over AF_XDP, and that the server's
kernel goes on living beside it."""
import socket
import struct
import threading

import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdatatype
import pytest
from conftest import counted
from story import OLD4, OLD6, SERVER4, SERVER6, Story
from traffic import exchange, query, rdata_texts

BIG_TEXTS = [f"{index:02d}" + "x" * 200 for index in range(5)]
# Fits neither 512 octets nor the 1232 that we answer with at most.
HUGE_TEXTS = [f"{index:02d}" + "y" * 200 for index in range(8)]

ZONE_ADDITIONS = "".join([
    *(f'big TXT "{text}"\n' for text in BIG_TEXTS),
    *(f'huge TXT "{text}"\n' for text in HUGE_TEXTS),
    "deep.er.below A 192.0.2.99\n",
    "_sip._tcp SRV 10 20 5060 www\n",
    '@ CAA 0 issue "ca.example.net"\n',
    "odd TYPE65280 \\# 4 0a000001\n",
    "nick CNAME www\n",
])


@pytest.fixture(scope="module")
def story(lab):
    made = Story(lab)
    zone = made.apexd.directory / "example.com.zone"
    made.apexd.write_zone(zone.name, zone.read_text() + ZONE_ADDITIONS)
    made.apexd.start()
    made.apexd.wait_for_aliases()
    return made


def ask(story, name, rdtype, address=SERVER4, **options):
    reply = query(story.client, address, name, rdtype, **options)
    assert reply is not None, f"no answer to {name} {rdtype}"
    return reply


@pytest.mark.parametrize("address", [SERVER4, SERVER6])
@pytest.mark.parametrize("name, rdtype, expected", [
    ("example.com", "A", OLD4),
    ("example.com", "AAAA", OLD6),
    ("example.com", "SOA", ["ns1.example.com. hostmaster.example.com. "
                            "2026010101 7200 3600 1209600 300"]),
    ("example.com", "NS", ["ns1.example.com.", "ns2.example.com."]),
    ("example.com", "MX", ["10 mail.example.com."]),
    ("example.com", "TXT", ['"v=spf1 mx -all"']),
    ("example.com", "CAA", ['0 issue "ca.example.net"']),
    ("www.example.com", "A", ["192.0.2.80"]),
    ("_sip._tcp.example.com", "SRV", ["10 20 5060 www.example.com."]),
    ("odd.example.com", "TYPE65280", ["\\# 4 0a000001"]),
    ("deep.er.below.example.com", "A", ["192.0.2.99"]),
    ("nick.example.com", "CNAME", ["www.example.com."]),
])
def test_answer(story, address, name, rdtype, expected):
    with counted(story.apexd, answer=1):
        reply = ask(story, name, rdtype, address)
    assert rdata_texts(reply, rdtype) == sorted(expected)
    assert reply.rcode() == dns.rcode.NOERROR
    assert reply.flags & dns.flags.AA
    assert not reply.flags & (dns.flags.TC | dns.flags.RA)
    assert {str(rrset.name) for rrset in reply.answer} == {f"{name}."}


def test_the_alias_itself_can_be_asked_for(story):
    reply = ask(story, "example.com", "TYPE65401")
    assert [rrset.rdtype for rrset in reply.answer] == [65401]
    assert reply.answer[0][0].data == b"\x03cdn\x07example\x03net\x00"


def test_dig_shows_the_apex(story):
    done = story.client.run("dig", f"@{SERVER4}", "example.com", "A", "+norec")
    assert "status: NOERROR" in done.stdout
    assert "flags: qr aa;" in done.stdout
    for address in OLD4:
        assert f"IN\tA\t{address}" in done.stdout


def test_a_cname_is_followed_within_the_zone(story):
    reply = ask(story, "nick.example.com", "A")
    assert [(str(rrset.name), rrset.rdtype) for rrset in reply.answer] == [
        ("nick.example.com.", dns.rdatatype.CNAME), ("www.example.com.", dns.rdatatype.A)]


@pytest.mark.parametrize("name, rdtype, rcode, counter", [
    ("www.example.com", "MX", dns.rcode.NOERROR, "nodata"),
    ("example.com", "PTR", dns.rcode.NOERROR, "nodata"),
    ("below.example.com", "A", dns.rcode.NOERROR, "nodata"),  # an empty non-terminal
    ("nothing.example.com", "A", dns.rcode.NXDOMAIN, "nxdomain"),
    ("a.b.c.www.example.com", "A", dns.rcode.NXDOMAIN, "nxdomain"),
])
def test_denial_carries_the_soa(story, name, rdtype, rcode, counter):
    with counted(story.apexd, **{counter: 1}):
        reply = ask(story, name, rdtype)
    assert reply.rcode() == rcode
    assert reply.flags & dns.flags.AA
    assert not reply.answer
    assert [(str(rrset.name), rrset.rdtype) for rrset in reply.authority] == [
        ("example.com.", dns.rdatatype.SOA)]
    # RFC 2308 §3: the smaller one of the SOA's TTL and its MINIMUM.
    assert reply.authority[0].ttl == 300


@pytest.mark.parametrize("name", ["example.org", "com", ".", "notexample.com"])
def test_other_zones_are_refused(story, name):
    with counted(story.apexd, refused=1):
        reply = ask(story, name, "A")
    assert reply.rcode() == dns.rcode.REFUSED
    assert not reply.flags & dns.flags.AA
    assert not reply.answer and not reply.authority


def test_edns_is_echoed_only_when_asked_with(story):
    assert ask(story, "example.com", "A").edns == -1
    reply = ask(story, "example.com", "A", use_edns=0, payload=4096)
    assert reply.edns == 0
    assert reply.payload >= 512


def test_an_unknown_edns_version_is_badvers(story):
    # dnspython does not make such a query; VERSION is the fifth octet from the end.
    wire = bytearray(dns.message.make_query("example.com", "A", use_edns=0).to_wire())
    wire[-5] = 1
    with counted(story.apexd, badvers=1):
        reply = dns.message.from_wire(exchange(story.client, SERVER4, bytes(wire)))
    assert reply.rcode() == dns.rcode.BADVERS
    assert reply.edns == 0
    assert not reply.answer


def test_a_big_answer_is_truncated_without_edns(story):
    with counted(story.apexd, truncated=1):
        reply = ask(story, "big.example.com", "TXT")
    assert reply.flags & dns.flags.TC
    assert reply.rcode() == dns.rcode.NOERROR
    assert len(reply.to_wire()) <= 512
    with counted(story.apexd, answer=1):
        reply = ask(story, "big.example.com", "TXT", use_edns=0, payload=1232)
    assert not reply.flags & dns.flags.TC
    assert rdata_texts(reply, "TXT") == sorted(f'"{text}"' for text in BIG_TEXTS)


def test_no_answer_is_larger_than_1232_octets(story):
    with counted(story.apexd, truncated=1):
        reply = ask(story, "huge.example.com", "TXT", use_edns=0, payload=4096)
    assert reply.flags & dns.flags.TC
    assert reply.edns == 0


@pytest.mark.parametrize("opcode", [dns.opcode.IQUERY, dns.opcode.STATUS, dns.opcode.UPDATE])
def test_other_opcodes_are_notimp(story, opcode):
    wire = bytearray(dns.message.make_query("example.com", "A").to_wire())
    wire[2] = opcode << 3
    with counted(story.apexd, notimp=1):
        reply = exchange(story.client, SERVER4, bytes(wire))
    ident, flags = struct.unpack("!HH", reply[:4])
    assert ident == struct.unpack("!H", wire[:2])[0]
    assert flags & 0x8000 and flags & 0xf == dns.rcode.NOTIMP
    assert flags >> 11 & 0xf == opcode


def test_the_case_of_the_question_is_kept(story):
    wire = dns.message.make_query("eXaMpLe.CoM", "A", use_edns=False).to_wire()
    reply = exchange(story.client, SERVER4, wire)
    question = wire[12:]
    assert reply[12:12 + len(question)] == question
    assert rdata_texts(dns.message.from_wire(reply), "A") == OLD4


def test_recursion_desired_is_copied_and_not_granted(story):
    wire = dns.message.make_query("example.com", "A", use_edns=False).to_wire()
    flags = dns.message.from_wire(exchange(story.client, SERVER4, wire)).flags
    assert flags & dns.flags.RD and not flags & dns.flags.RA


def test_ping_and_neighbour_discovery_stay_with_the_kernel(story):
    for address in (SERVER4, SERVER6):
        # The neighbour has to be found again, by ARP or ND.
        story.client.run("ip", "neighbour", "flush", "dev", "eth0")
        story.client.run("ping", "-c", "1", "-W", "3", address)


@pytest.mark.parametrize("family, address", [(socket.AF_INET, SERVER4), (socket.AF_INET6, SERVER6)])
def test_tcp_stays_with_the_kernel(story, family, address):
    with story.server.socket(family, socket.SOCK_STREAM) as listener:
        listener.bind((address, 8053))
        listener.listen()

        def serve():
            connection, _ = listener.accept()
            with connection:
                connection.sendall(connection.recv(100)[::-1])

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        with story.client.socket(family, socket.SOCK_STREAM) as client:
            client.settimeout(5)
            client.connect((address, 8053))
            client.sendall(b"kernel")
            assert client.recv(100) == b"lenrek"
        thread.join(5)


def test_other_udp_ports_stay_with_the_kernel(story):
    with story.server.socket() as listener, story.client.socket() as client:
        listener.bind((SERVER4, 5353))
        listener.settimeout(5)
        client.sendto(b"hello", (SERVER4, 5353))
        assert listener.recv(100) == b"hello"


def test_dns_to_an_address_not_served_stays_with_the_kernel(story):
    """Another server may listen on port 53 of another address."""
    other = "10.53.0.9"
    story.server.run("ip", "address", "add", f"{other}/24", "dev", "eth1")
    with story.server.socket() as listener, counted(story.apexd):
        listener.bind((other, 53))
        listener.settimeout(5)
        with story.client.socket() as client:
            client.sendto(b"for the other one", (other, 53))
        assert listener.recv(100) == b"for the other one"
