# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Draws the queries of a family: names that are there, near to what is there, or
reached through it, and headers and EDNS from the usual to the odd."""
import dns.rdatatype

import features
import names
from model import ANY_CLASS, CH, HS, NONE, SHAPES, Edns, Query

COMMON_TYPES = ["A", "A", "A", "AAAA", "NS", "DS", "SOA", "CNAME", "DNAME", "MX", "TXT", "SRV",
                "HTTPS", "ANY", "PTR", "DNSKEY", "RRSIG", "NSEC", "TYPE731"]
META_TYPES = [0, 41, 128, 249, 250, 251, 252, 253, 254, 65535]
RD, AD, CD, Z, RA, AA, TC = 0x100, 0x20, 0x10, 0x40, 0x80, 0x400, 0x200
SIZES = [0, 1, 12, 511, 512, 513, 600, 1000, 1231, 1232, 1233, 1400, 4096, 65535]
# (code, data): NSID, cookie, an unknown option, padding, client subnet, keepalive.
OPTIONS = [(3, b""), (10, b"\x01\x02\x03\x04\x05\x06\x07\x08"), (65001, b"unknown"),
           (12, bytes(31)), (8, b"\x00\x01\x18\x00\xc0\x00\x02"), (11, b""), (15, b"\x00\x00"),
           (65535, b"")]


def _number(rdtype):
    return int(dns.rdatatype.from_text(rdtype))


def _option(code, data):
    return code.to_bytes(2, "big") + len(data).to_bytes(2, "big") + data


class _Names:
    """Names worth asking for in a family."""

    def __init__(self, family, targets):
        self.types = {}
        for zone in family.zones:
            for record in zone.records:
                self.types.setdefault(record.owner, []).append(record.rdtype)
        self.owners = list(self.types)
        self.targets = [target for target in targets if names.fits(target)]
        self.dnames = [owner for owner, types in self.types.items() if "DNAME" in types]

    def draw(self, rng):
        kind = rng.random()
        if kind < 0.1 and self.targets:
            name = rng.choice(self.targets)
        elif kind < 0.2 and self.dnames:
            name = (rng.choice(features.LABELS), *rng.choice(self.dnames))
        else:
            name = rng.choice(self.owners)
        kind = rng.random()
        if kind < 0.4:
            pass
        elif kind < 0.65:
            name = (self._label(rng), *name)
        elif kind < 0.75:
            name = (self._label(rng), self._label(rng), *name)
        elif kind < 0.85 and len(name) > 1:
            name = name[1:]
        elif kind < 0.98 and len(name) > 1:
            name = (self._label(rng), *name[1:])
        else:
            name = rng.choice(((), (b"test",), (b"none", b"test")))
        return name if names.fits(name) else rng.choice(self.owners)

    @staticmethod
    def _label(rng):
        kind = rng.random()
        if kind < 0.1:
            return b"*"
        if kind < 0.15:
            return rng.choice(features.STRANGE)
        return rng.choice((*features.LABELS, b"new", b"child", b"sub"))


def _edns(rng, odd):
    if not odd:
        return rng.choice((None, None, Edns(), Edns(4096), Edns(do=True)))
    kind = rng.random()
    if kind < 0.15:
        return None
    options = b"".join(_option(*rng.choice(OPTIONS))
                       for _ in range(rng.choice((0, 0, 1, 1, 2, 3))))
    if rng.random() < 0.03:
        options += b"\x00\x03\x00\x09x"   # longer than the OPT record
    size = rng.choice(SIZES) if rng.random() < 0.7 else rng.randrange(65536)
    return Edns(size, do=rng.random() < 0.3, version=1 if rng.random() < 0.05 else 0,
                flags=0x4001 if rng.random() < 0.05 else 0, options=options,
                count=2 if rng.random() < 0.03 else 1)


def _message(rng, query):
    """Departures in the header, the class and the shape."""
    change = {}
    kind = rng.random()
    if kind < 0.2:
        change["opcode"] = rng.choice((1, 2, 3, 6, 7, 15))
    elif kind < 0.4:
        change["rdclass"] = rng.choice((CH, HS, NONE, ANY_CLASS, 0, 17))
    elif kind < 0.5:
        change["rdtype"] = rng.choice(META_TYPES)
    elif kind < 0.8:
        change["shape"] = rng.choice(list(SHAPES))
    change["flags"] = rng.choice((0, 0, RD, RD | CD, AD, CD, Z, RA, AA, TC, AD | CD | RD))
    return Query(**{**query.__dict__, **change})


def draw(rng, family, targets, count):
    known = _Names(family, targets)
    drawn = []
    for _ in range(count):
        name = known.draw(rng)
        rdtype = rng.choice(COMMON_TYPES)
        if rng.random() < 0.4 and name in known.types:
            rdtype = rng.choice(known.types[name])
        odd_edns = rng.random() < (0.8 if family.category == "edns" else 0.08)
        query = Query(name, _number(rdtype), edns=_edns(rng, odd_edns),
                      flags=rng.choice((0, 0, 0, RD, CD, AD)),
                      case=rng.getrandbits(255) if rng.random() < 0.1 else 0)
        if rng.random() < (0.8 if family.category == "messages" else 0.01):
            query = _message(rng, query)
        drawn.append(query)
    return drawn
