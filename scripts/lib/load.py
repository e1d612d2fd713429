# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Load that lasts as long as a fault does: dnsperf asks, and every response that reaches
the client is looked at, so that a wrong one among many thousands is seen."""
import collections
import socket
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype

from lab import LabError
from traffic import Dnsperf

ETH_P_IP = 0x0800
UDP_HEADER = 8


def outcome(addresses):
    """How `Load.outcomes` has a set of addresses."""
    return " ".join(sorted(addresses))


class Load:
    """Within its `with` block dnsperf asks "NAME TYPE" questions in turn, over IPv4.

    At `rate` queries a second, or as fast as it goes (None). Afterwards `report` is what
    dnsperf measured and `outcomes` has, of each question that
    was answered, everything that was said: addresses in order, the RCODE without any,
    or TC. A query without an answer is a LabError, and so are fewer answers a second than
    `rate`, and an answer whose parts do not belong together."""

    def __init__(self, host, address, questions, rate=2000, interface="eth0", name="dnsperf"):
        self.outcomes = {}
        self.report = None
        self._rate = rate
        self._seen = set()  # responses but for their ID
        self._unread = collections.deque()  # of these
        self._sock = host.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._sock.bind((interface, ETH_P_IP))  # so what the host sends is not seen
        self._sock.settimeout(0.1)
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        self._dnsperf = Dnsperf(host, address, questions, 600, rate=rate, edns=True,
                                name=name)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self.report is not None:
            return
        self.stop()
        if kind is None and self.report.lost:
            raise LabError(f"dnsperf lost queries: {self.report.summary()}")
        shortfall = self.report.shortfall(self._rate) if kind is None and self._rate else ""
        if shortfall:
            raise LabError(shortfall)

    def said(self, question):
        """The outcomes of one question until now."""
        self._look()
        return self.outcomes.get(question, set())

    def stop(self):
        """For who judges by `report` whether a query may be lost."""
        try:
            self.report = self._dnsperf.stop()
        finally:
            self._end.set()
            self._thread.join()
            self._sock.close()
        self._look()

    def _listen(self):
        while not self._end.is_set():
            try:
                packet = self._sock.recv(65535)
            except TimeoutError:
                continue
            udp = (packet[0] & 15) * 4
            if packet[9] == socket.IPPROTO_UDP and packet[udp:udp + 2] == b"\0\x35":
                response = packet[udp + UDP_HEADER + 2:]
                if response not in self._seen:
                    self._seen.add(response)
                    self._unread.append(response)

    def _look(self):
        while self._unread:
            question, said = read(b"\0\0" + self._unread.popleft())
            self.outcomes.setdefault(question, set()).add(said)


def read(wire):
    """A response's question, and what it says to it."""
    response = dns.message.from_wire(wire)
    asked, = response.question
    question = f"{asked.name.to_text(omit_final_dot=True)} {dns.rdatatype.to_text(asked.rdtype)}"
    name, addresses = asked.name, []
    for rrset in response.answer:
        if rrset.name != name or addresses:
            raise LabError(f"an answer that does not hang together:\n{response}")
        if rrset.rdtype == dns.rdatatype.CNAME != asked.rdtype:
            name = rrset[0].target
        else:
            addresses = [rdata.to_text() for rdata in rrset]
    if response.flags & dns.flags.TC:
        return question, "TC"
    return question, outcome(addresses) or dns.rcode.to_text(response.rcode())
