# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Frames that lie, sent raw onto the daemon's link: the named counter moves, no
frame comes back that should not, and the daemon goes on."""
import socket
import struct

import dns.message
import dns.rcode
import pytest
from capture import query_wire, udp_frame
from conftest import counted
from story import CLIENT4, CLIENT6, OLD4, SERVER4, SERVER6
from traffic import exchange, query, rdata_texts

QUERY = query_wire("example.com", ident=0x1234)
HEADER = struct.pack("!HHHHHH", 0x1234, 0, 1, 0, 0, 0)
QUESTION = QUERY[12:]


@pytest.fixture(scope="module")
def wire(story):
    """Sends frames from the client's interface; knows both MAC addresses."""
    sock = story.client.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind(("eth0", 0))
    macs = {"source_mac": story.client.mac("eth0"), "destination_mac": story.server.mac("eth1")}

    def send(payload, version=4, cut=None, **lies):
        ends = ({"source": CLIENT4, "destination": SERVER4} if version == 4 else
                {"source": CLIENT6, "destination": SERVER6})
        frame = udp_frame(payload, **{**ends, **macs, **lies})
        sock.send(frame[:cut])

    with sock:
        yield send


# description, counter, DNS message, what else is wrong with the frame
DROPPED = [
    ("a response", "drop_response", QUERY[:2] + b"\x80" + QUERY[3:], {}),
    ("a response over IPv6", "drop_response", QUERY[:2] + b"\x80" + QUERY[3:], {"version": 6}),
    ("no DNS header", "drop_short_message", b"", {}),
    ("half a DNS header", "drop_short_message", HEADER[:6], {}),
    ("UDP length beyond the packet", "drop_bad_length", QUERY, {"udp_length": 500}),
    ("UDP length of 4", "drop_bad_length", QUERY, {"udp_length": 4}),
    ("UDP length beyond the packet, IPv6", "drop_bad_length", QUERY,
     {"version": 6, "udp_length": 500}),
    ("UDP length short of the packet", "drop_bad_length", QUERY, {"udp_length": 20}),
    ("from port 0", "drop_source_port_zero", QUERY, {"source_port": 0}),
    ("from loopback", "drop_martian", QUERY, {"source": "127.0.0.1"}),
    ("from multicast", "drop_martian", QUERY, {"source": "224.0.0.1"}),
    ("from IPv6 multicast", "drop_martian", QUERY, {"version": 6, "source": "ff02::1"}),
]


@pytest.mark.parametrize("counter, payload, lies", [case[1:] for case in DROPPED],
                         ids=[case[0] for case in DROPPED])
def test_dropped(story, wire, counter, payload, lies):
    with counted(story.apexd, **{counter: 1}):
        wire(payload, **lies)
    with counted(story.apexd, answer=1):
        assert rdata_texts(query(story.client, SERVER4, "example.com", "A"), "A") == OLD4


# Frames that say less or more than they are: the IP layer's business, which
# either our program passes to the kernel or the worker drops by name.
@pytest.mark.parametrize("lies", [
    {"ip_length": 1400}, {"ip_length": 20}, {"ip_length": 10}, {"cut": 30}, {"cut": 14},
    {"cut": 45}, {"version": 6, "ip_length": 1400}, {"version": 6, "ip_length": 0},
    {"version": 6, "cut": 50},
])
def test_a_lying_or_cut_ip_packet_is_never_answered(story, wire, lies):
    before = story.apexd.counters()
    wire(QUERY, **lies)
    with counted(story.apexd, answer=1):
        assert rdata_texts(query(story.client, SERVER4, "example.com", "A"), "A") == OLD4
    after = story.apexd.counters()
    moved = {name: after[name] - before[name] for name in after if after[name] != before[name]}
    assert moved.pop("answer") == 1
    assert all(name.startswith(("drop_", "punt_")) for name in moved) and sum(moved.values()) <= 1


# description, DNS message that gets FORMERR or at least no crash
FORMERR = [
    ("a pointer to itself in the question", HEADER + b"\xc0\x0c" + QUESTION[-4:]),
    ("a pointer after a label", HEADER + b"\x03www\xc0\x0c" + QUESTION[-4:]),
    ("a label beyond the message", HEADER + b"\x3fshort"),
    ("a reserved label type", HEADER + b"\x80\x01" + QUESTION[-4:]),
    ("a name without an end", HEADER + b"\x07example\x03com"),
    ("a name of more than 255 octets", HEADER + (b"\x3f" + b"a" * 63) * 4 + b"\0" + QUESTION[-4:]),
    ("no type and class", HEADER + QUESTION[:-4]),
    ("two questions", HEADER[:4] + b"\0\x02" + HEADER[6:] + QUESTION + QUESTION),
    ("no question", HEADER[:4] + b"\0\0" + HEADER[6:]),
    ("an OPT beyond the message", QUERY[:10] + b"\0\x01" + QUESTION + b"\0\0\x29\x04\xd0"),
    ("an OPT whose length lies", QUERY[:10] + b"\0\x01" + QUESTION +
     b"\0\0\x29\x04\xd0\0\0\0\0\xff\xff"),
    ("two OPTs", QUERY[:10] + b"\0\x02" + QUESTION + b"\0\0\x29\x04\xd0\0\0\0\0\0\0" * 2),
]


@pytest.mark.parametrize("payload", [case[1] for case in FORMERR],
                         ids=[case[0] for case in FORMERR])
def test_malformed_messages_get_formerr(story, payload):
    with counted(story.apexd, formerr=1):
        reply = exchange(story.client, SERVER4, payload)
    assert reply is not None and len(reply) <= max(len(payload), 12) + 11
    ident, flags = struct.unpack("!HH", reply[:4])
    assert ident == 0x1234
    assert flags & 0x8000 and flags & 0xf == dns.rcode.FORMERR


def test_a_flood_of_noise_harms_nobody(story, wire):
    """Every truncation of a good query, and a good query at the end of each."""
    with_opt = query_wire("www.example.com", ident=0x1234, edns=True)
    for length in range(len(with_opt)):
        wire(with_opt[:length])
        wire(with_opt[:length], version=6)
    for position in range(len(with_opt)):
        for value in (0x00, 0x3f, 0xc0, 0xff):
            damaged = bytearray(with_opt)
            damaged[position] = value
            wire(bytes(damaged))
    # What the replies to those filled the client's queue with is not for us.
    assert rdata_texts(query(story.client, SERVER4, "example.com", "A"), "A") == OLD4
    assert dns.message.from_wire(exchange(story.client, SERVER4, with_opt)).edns == 0
    assert story.apexd.process.alive()
