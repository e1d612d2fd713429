# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""A DNS server that answers as the script says, wrongly above all: what no real server
can be made to do. Each behaviour is a function from a query (dns.message) and whether it
came over TCP to the messages to send, as bytes; none: silence."""
import contextlib
import random
import socket
import threading
import time

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

# Zones of the answers: a missing type is one of these, with an SOA to say so.
SOA = "ns.{zone} hostmaster.{zone} 1 3600 600 86400 {minimum}"


def _reply(message):
    reply = dns.message.make_response(message, recursion_available=True)
    reply.flags |= dns.flags.AA
    return reply


def _no_data(reply, rcode=dns.rcode.NOERROR, minimum=5):
    reply.set_rcode(rcode)
    zone = reply.question[0].name.parent()
    reply.authority.append(dns.rrset.from_text(
        zone, minimum, "IN", "SOA", SOA.format(zone=zone, minimum=minimum)))


def _sent(reply, over_tcp):
    """What goes out: over UDP what fits, else TC."""
    wire = reply.to_wire(max_size=65535)
    if over_tcp or len(wire) <= 1232:
        return [wire]
    return [_truncated(reply)]


def _truncated(reply):
    short = dns.message.Message(reply.id)
    short.flags = reply.flags | dns.flags.TC
    short.question = reply.question
    return short.to_wire()


def addresses(*texts, ttl=5, chain=(), tcp_only=False):
    """These addresses, of either family, behind CNAMEs to the names of `chain`."""

    def answer(message, over_tcp):
        reply = _reply(message)
        name, rdtype = reply.question[0].name, reply.question[0].rdtype
        for text in chain:
            reply.answer.append(dns.rrset.from_text(name, ttl, "IN", "CNAME", text))
            name = dns.name.from_text(text)
        is_v6 = rdtype == dns.rdatatype.AAAA
        own = [text for text in texts if (":" in text) == is_v6]
        if own:
            reply.answer.append(dns.rrset.from_text(name, ttl, "IN", rdtype, *own))
        else:
            _no_data(reply)
        if tcp_only and not over_tcp:
            return [_truncated(reply)]
        return _sent(reply, over_tcp)

    return answer


def rcode(text):
    """Nothing but this RCODE; NXDOMAIN with the SOA that a real one has."""

    def answer(message, over_tcp):
        reply = _reply(message)
        if text == "NXDOMAIN":
            _no_data(reply, dns.rcode.NXDOMAIN)
        else:
            reply.set_rcode(dns.rcode.from_text(text))
        return _sent(reply, over_tcp)

    return answer


def silent(message, over_tcp):
    return []


def garbage(message, over_tcp):
    """Octets, of a length that a reply may have, with the right ID."""
    return [message.id.to_bytes(2, "big") + random.randbytes(random.randrange(0, 600))]


def cut_off(message, over_tcp):
    """A good reply that ends within its first record."""
    return [addresses("192.0.2.1", "2001:db8::1")(message, over_tcp)[0][:-7]]


def wrong_id(message, over_tcp):
    wire = addresses("192.0.2.66", "2001:db8::66")(message, over_tcp)[0]
    return [(message.id ^ 1).to_bytes(2, "big") + wire[2:]]


def wrong_question(message, over_tcp):
    other = dns.message.make_query("other.example.net.", message.question[0].rdtype)
    other.id = message.id
    return addresses("192.0.2.66", "2001:db8::66")(other, over_tcp)


def endless_truncation(message, over_tcp):
    """TC over UDP, and over TCP never an octet."""
    return [] if over_tcp else [_truncated(_reply(message))]


def late(seconds, answer):
    """The same, so much later."""

    def later(message, over_tcp):
        wires = answer(message, over_tcp)
        time.sleep(seconds)
        return wires

    return later


class FaultyUpstream:
    """On UDP and TCP port 53 of an address of `host`, until the `with` block ends.

    `answers` maps a name to a behaviour and may be changed at any time; a name that is
    not in it does not exist. `asked` has (time.monotonic(), name, type) of each query."""

    def __init__(self, host, address):
        self.answers = {}
        self.asked = []
        self._udp = host.socket()
        self._tcp = host.socket(kind=socket.SOCK_STREAM)
        self._tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        for sock in (self._udp, self._tcp):
            sock.bind((address, 53))
            sock.settimeout(0.1)
        self._tcp.listen(64)
        self._end = threading.Event()
        self._threads = [threading.Thread(target=serve, daemon=True)
                         for serve in (self._serve_udp, self._serve_tcp)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind, error, trace):
        self._end.set()
        for thread in self._threads:
            thread.join()
        for sock in (self._udp, self._tcp):
            sock.close()

    def queries(self, name, since=0.0, rdtype="A"):
        """How often that was asked since a time."""
        return sum(1 for at, *asked in list(self.asked)
                   if at >= since and asked == [name, rdtype])

    def _answer(self, wire, over_tcp):
        try:
            message = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return []
        name = message.question[0].name.to_text().lower()
        rdtype = dns.rdatatype.to_text(message.question[0].rdtype)
        self.asked.append((time.monotonic(), name, rdtype))
        return self.answers.get(name, rcode("NXDOMAIN"))(message, over_tcp)

    def _serve_udp(self):
        def reply(wire, client):
            for part in self._answer(wire, False):
                with contextlib.suppress(OSError):
                    self._udp.sendto(part, client)

        while not self._end.is_set():
            with contextlib.suppress(TimeoutError):
                # A thread each: some take their time.
                threading.Thread(target=reply, args=self._udp.recvfrom(65535),
                                 daemon=True).start()

    def _serve_tcp(self):
        while not self._end.is_set():
            with contextlib.suppress(TimeoutError):
                threading.Thread(target=self._serve_client, args=self._tcp.accept()[:1],
                                 daemon=True).start()

    def _serve_client(self, client):
        """Until the client goes, or for ten seconds after what it last asked."""
        with client, client.makefile("rb") as stream:
            client.settimeout(10)
            with contextlib.suppress(OSError):
                while len(size := stream.read(2)) == 2:
                    for part in self._answer(stream.read(int.from_bytes(size, "big")), True):
                        client.sendall(len(part).to_bytes(2, "big") + part)
