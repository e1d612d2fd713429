# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Questions to a DNS server and what came back: single queries, dnsperf, and a
watcher that asks the same question all the time and remembers every answer."""
import contextlib
import math
import random
import re
import signal
import socket
import statistics
import threading
import time
from dataclasses import dataclass

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype

from lab import LabError

# Of the median before, what the median and each second must reach to be no slowdown. On
# two cores the start or end of anybody's work halves or doubles the rate.
SAME_RATE, LEAST_RATE = 0.4, 0.1
# The same of a rate that dnsperf keeps to, which leaves both cores room.
KEPT_RATE, LEAST_KEPT_RATE = 0.75, 0.25


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def exchange(host, address, wire, timeout=1.0):
    """Sends one UDP payload to port 53 and returns the reply's bytes, or None.

    The socket is connected, so only the server asked can answer."""
    with host.socket(family_of(address)) as sock:
        sock.settimeout(timeout)
        sock.connect((address, 53))
        with contextlib.suppress(TimeoutError, ConnectionRefusedError):
            sock.send(wire)
            return sock.recv(65535)
    return None


def query(host, address, name, rdtype, timeout=1.0, **options):
    """Asks one question and returns the dns.message, or None for no answer.

    `options` go to dns.message.make_query; EDNS is off unless they ask for it."""
    options.setdefault("use_edns", False)
    message = dns.message.make_query(name, rdtype, **options)
    message.flags &= ~dns.flags.RD
    reply = exchange(host, address, message.to_wire(), timeout)
    if reply is None:
        return None
    parsed = dns.message.from_wire(reply)
    if not message.is_response(parsed):
        raise LabError(f"{address} answered {name} {rdtype} with something else:\n{parsed}")
    return parsed


def rdata_texts(reply, rdtype):
    """The RDATA of that type in the answer section, as sorted presentation text."""
    wanted = dns.rdatatype.from_text(rdtype)
    return sorted(rdata.to_text() for rrset in reply.answer if rrset.rdtype == wanted
                  for rdata in rrset)


@dataclass
class LoadReport:
    """What dnsperf measured."""
    sent: int
    completed: int
    lost: int
    rate: float         # answers a second
    latency_avg: float  # seconds
    latency_max: float
    rcodes: dict
    rates: list         # (time.time() of its end, answers a second) of each second
    text: str

    def summary(self):
        codes = ", ".join(f"{name} {count}" for name, count in self.rcodes.items())
        return (f"{self.completed} answers, {self.rate:.0f} a second, lost {self.lost}, "
                f"latency {self.latency_avg * 1e6:.0f} us on average, "
                f"{self.latency_max * 1e3:.1f} ms at most ({codes})")

    def seconds(self, start, end):
        """Answers in each whole second between two times."""
        return [rate for at, rate in self.rates if at - 1 >= start and at <= end]

    def slowdown(self, change, settled):
        """How the rate suffered from what happened at `change` and is felt from `settled`
        on; empty when it did not. What else runs on the two cores takes from some
        seconds, so medians are compared, and single seconds only with next to nothing."""
        before, after = self.seconds(0, change), self.seconds(settled, math.inf)
        if len(before) < 2 or len(after) < 3:
            return f"too few seconds to compare: {len(before)} before, {len(after)} after"
        usual, now = statistics.median(before), statistics.median(after)
        if now < SAME_RATE * usual:
            return f"a median of {now:.0f} answers a second, {usual:.0f} before"
        least = min(self.seconds(change, math.inf))
        if least < LEAST_RATE * usual:
            return f"{least:.0f} answers in one second, a median of {usual:.0f} before"
        return ""


    def shortfall(self, rate):
        """How the answers fell short of a rate that dnsperf was to keep to; empty when they
        did not, or it did not last two seconds: of the first dnsperf may report the start."""
        rates = [rate for _, rate in self.rates[1:]]
        if rates and statistics.median(rates) < KEPT_RATE * rate:
            return f"a median of {statistics.median(rates):.0f} answers a second of {rate} asked"
        if rates and min(rates) < LEAST_KEPT_RATE * rate:
            return f"{min(rates):.0f} answers in one second of {rate} asked"
        return ""


class Dnsperf:
    """A running dnsperf. `finish` waits for its end and returns a LoadReport."""

    def __init__(self, host, address, questions, seconds, outstanding=20, rate=None, edns=False,
                 name="dnsperf"):
        """`questions` are "NAME TYPE" lines, asked in turn; `rate` is a limit."""
        self.data = host.lab.directory / f"{name}.queries"
        self.data.write_text("\n".join(questions) + "\n")
        options = ["-Q", str(rate)] if rate else []
        if edns:
            options.append("-e")
        self.seconds = seconds
        self.process = host.start(name, "dnsperf", "-s", address, "-d", self.data,
                                  "-l", str(seconds), "-q", str(outstanding), "-c", "1", "-T", "1",
                                  "-t", "2", "-S", "1", *options)

    def running(self):
        return self.process.alive()

    def stop(self):
        """Ends it before its time: `finish` without the wait. A query that has waited for
        less than two seconds then is not among the lost ones."""
        self.process.popen.send_signal(signal.SIGINT)
        return self.finish()

    def finish(self):
        status = self.process.popen.wait(self.seconds + 15)
        text = self.process.output()
        # The log is appended to when a name is used again: the last report is ours.
        text = text[max(0, text.rfind("DNS Performance Testing Tool")):]
        if status != 0:
            raise LabError(f"dnsperf ended with status {status}:\n{text}")
        return parse_dnsperf(text)


def parse_dnsperf(text):
    def number(pattern, kind):
        found = re.search(pattern, text)
        if not found:
            raise LabError(f"dnsperf's report has no {pattern!r}:\n{text}")
        return kind(found.group(1))

    codes = re.search(r"Response codes:\s+(.*)", text)
    rcodes = {}
    if codes:
        rcodes = {name: int(count)
                  for name, count in re.findall(r"(\w+) (\d+) \(", codes.group(1))}
    return LoadReport(
        sent=number(r"Queries sent:\s+(\d+)", int),
        completed=number(r"Queries completed:\s+(\d+)", int),
        lost=number(r"Queries lost:\s+(\d+)", int),
        rate=number(r"Queries per second:\s+([\d.]+)", float),
        latency_avg=number(r"Average Latency \(s\):\s+([\d.]+)", float),
        latency_max=number(r"Average Latency.*max ([\d.]+)\)", float),
        rcodes=rcodes,
        rates=[(float(at), float(rate))
               for at, rate in re.findall(r"^(\d+\.\d+): ([\d.]+)$", text, re.MULTILINE)],
        text="\n".join(line for line in text.splitlines()
                       if line.strip() and line[0] not in "[0123456789"))


@dataclass
class Observation:
    """One answer of the watcher; times are time.monotonic()."""
    sent: float
    received: float
    addresses: frozenset
    problem: str  # empty for a good answer


class Watcher:
    """Asks one question every few milliseconds and remembers every answer."""

    def __init__(self, host, address, name, rdtype="A", interval=0.01):
        self.name = dns.name.from_text(name)
        self.rdtype = dns.rdatatype.from_text(rdtype)
        self.interval = interval
        self.observations = []
        self._sock = host.socket(family_of(address))
        self._sock.settimeout(1.0)
        self._sock.connect((address, 53))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, kind, error, trace):
        self._stop.set()
        self._thread.join()
        self._sock.close()

    def _run(self):
        while not self._stop.is_set():
            sent = time.monotonic()
            addresses, problem = self._ask()
            self.observations.append(Observation(sent, time.monotonic(), addresses, problem))
            self._stop.wait(self.interval)

    def _ask(self):
        message = dns.message.make_query(self.name, self.rdtype, use_edns=False)
        message.id = random.getrandbits(16)
        try:
            self._sock.send(message.to_wire())
            reply = dns.message.from_wire(self._sock.recv(65535))
        except (OSError, dns.exception.DNSException) as error:
            return frozenset(), f"no usable answer: {error!r}"
        if not message.is_response(reply):
            return frozenset(), "an answer to another question"
        if reply.rcode() != dns.rcode.NOERROR or not reply.flags & dns.flags.AA:
            return frozenset(), f"{dns.rcode.to_text(reply.rcode())}, flags {reply.flags:#06x}"
        if len(reply.answer) != 1 or reply.answer[0].name != self.name:
            return frozenset(), f"answer section {[str(rrset) for rrset in reply.answer]}"
        return frozenset(rdata.to_text() for rdata in reply.answer[0]), ""

    def faults(self, old, new, deadline):
        return find_faults(self.observations, old, new, deadline)

    def first_seen(self, addresses):
        """When an answer with exactly these addresses first came, or None."""
        return next((seen.received for seen in self.observations
                     if seen.addresses == frozenset(addresses)), None)


def find_faults(observations, old, new, deadline):
    """What contradicts "wholly old or wholly new, and new after `deadline`"."""
    old, new = frozenset(old), frozenset(new)
    faults = []
    for seen in observations:
        if seen.problem:
            faults.append(seen.problem)
        elif seen.addresses not in (old, new):
            faults.append(f"a mixed answer: {sorted(seen.addresses)}")
        elif seen.sent > deadline and seen.addresses != new:
            faults.append(f"an old answer {seen.sent - deadline:.2f} s after the deadline")
    return faults
