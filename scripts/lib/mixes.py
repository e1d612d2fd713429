# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""The query mixes of bench/line-rate: what is asked, of which zones, and what
apexd must count each reply as.

All zones of a run have the same text, relative to the zone's name, so one file
serves them all: 200,000 files take some file systems minutes to remove.
"""
import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass

from capture import query_wire, udp_frame, write_pcap

APEX = "$TTL 300\n@ SOA ns hostmaster 1 3600 600 86400 300\n@ NS ns\nns A 10.53.0.1\n"
HOST = "host{0:07d} A {1}\n".format
LABELS = 100


@dataclass(frozen=True)
class Kind:
    """A mix: `records` makes the zone text of a name from its number and an address,
    `question` the name asked for it from its number and the zone."""
    help: str
    verdict: str  # the one counter of apexd that may move
    records: Callable[[int, str], str]
    question: Callable[[int, str], str]


def many_labels(number, zone):
    """A name of LABELS labels, those below the zone of one random digit each."""
    count = LABELS - len(zone.split("."))
    digits = hashlib.shake_128(b"%d" % number).hexdigest(LABELS)[:count]
    return f"{'.'.join(digits)}.{zone}"


KINDS = {
    "hits": Kind("names that exist", "answer", HOST, "host{:07d}.{}".format),
    "nxdomain": Kind("names that do not exist", "nxdomain", HOST, "none{:07d}.{}".format),
    "wildcard": Kind("names below wildcards, one wildcard a name", "answer",
                     "*.host{0:07d} A {1}\n".format, "any.host{:07d}.{}".format),
    "referral": Kind("names below zone cuts with two servers and their glue", "referral",
                     ("host{0:07d} NS ns1.host{0:07d}\nhost{0:07d} NS ns2.host{0:07d}\n"
                      "ns1.host{0:07d} A {1}\nns2.host{0:07d} A {1}\n").format,
                     "www.host{:07d}.{}".format),
    "chain": Kind("names with a CNAME to a CNAME to an address, in one zone", "answer",
                  ("host{0:07d} CNAME middle{0:07d}\nmiddle{0:07d} CNAME end{0:07d}\n"
                   "end{0:07d} A {1}\n").format,
                  "host{:07d}.{}".format),
    "labels100": Kind(f"random names of {LABELS} labels, which do not exist", "nxdomain",
                      HOST, many_labels),
}


def zone_names(count):
    return ["example.com"] if count == 1 else [f"z{index:07d}.example.com"
                                               for index in range(count)]


def write_zone(path, kind, names, net=10):
    """The zone file with `names` names, for a zone of any name; `net`: the first octet of all
    addresses."""
    with open(path, "w") as file:
        file.write(APEX)
        file.writelines(kind.records(number, f"{net}.{number >> 16 & 255}.{number >> 8 & 255}."
                                             f"{number & 255}") for number in range(names))


def write_capture(path, kind, *, count, names, zones, edns_share, source, destination, seed=1):
    """`count` A queries for names drawn uniformly from all; number i is number i // Z
    of zone i mod Z."""
    rng = random.Random(seed)

    def frame():
        number, edns = rng.randrange(names), rng.random() < edns_share
        name = kind.question(number // len(zones), zones[number % len(zones)])
        port, ident = 1024 + rng.randrange(64512), rng.getrandbits(16)
        return udp_frame(query_wire(name, ident=ident, edns=edns), source=source,
                         destination=destination, source_port=port)

    write_pcap(path, (frame() for _ in range(count)))
