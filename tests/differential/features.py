# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""The things that a generated zone is made of. Each function adds one of them at
a place of its choice; the same few labels are used again and again, so that they
land above, below and beside one another."""
from model import Record

import names

LABELS = [b"a", b"b", b"c", b"d", b"www", b"ns", b"ent"]
STRANGE = [b"\x00", b"\xff", b"a.b", b"\\", b'"', b"a b", b"(;)", b"@", b"$x", b"\x7f\x80", b"A.",
           b"\x2a\x2a", b"x*", b"_sip", b"_tcp", b"1", b"xn--n3h", b"-", b"a" * 63,
           bytes(range(64, 127))]
TTLS = [0, 1, 60, 300, 3600, 86400, 2**31 - 1]
OUTSIDE = (b"out", b"test")


class Maker:
    """A family of zones in the making: the draw, the origins and the records."""

    def __init__(self, rng, origins):
        self.rng = rng
        self.records = {origin: [] for origin in origins}
        self.targets = []   # names that something points to

    def add(self, origin, owner, rdtype, *rdata, ttl=None):
        ttl = self.rng.choice(TTLS) if ttl is None else ttl
        self.records[origin].append(Record(owner, ttl, rdtype, rdata))

    def origin(self):
        return self.rng.choice(list(self.records))

    def label(self, strange=0.03):
        return self.rng.choice(STRANGE if self.rng.random() < strange else LABELS)

    def owner(self, origin, wildcard=0.15):
        """A name in the zone: an owner, one near to an owner, or a new one."""
        rng, known = self.rng, [record.owner for record in self.records[origin]]
        kind = rng.random()
        if known and kind < 0.3:
            name = rng.choice(known)
        elif known and kind < 0.6:
            name = (self.label(), *rng.choice(known))
        else:
            name = (*[self.label() for _ in range(rng.choice((1, 1, 2, 2, 3, 4)))], *origin)
        if rng.random() < wildcard and names.is_below(name, origin):
            depth = rng.choice((0, 0, 0, 1))
            if depth < len(name) - len(origin):
                name = (*name[:depth], b"*", *name[depth + 1:])
        return name if names.fits(name) else (self.label(), *origin)

    def target(self, origin):
        """A name to point to: in this zone or another one, existing or not, outside."""
        rng, kind = self.rng, self.rng.random()
        if kind < 0.12:
            name = (self.label(), *OUTSIDE)
        elif kind < 0.35:
            name = self.owner(self.origin())
        else:
            name = self.owner(origin, wildcard=0.05)
        if rng.random() < 0.2:
            name = (self.label(), *name)
        if not names.fits(name):
            name = origin
        self.targets.append(name)
        return name

    def address(self, origin, owner):
        rng = self.rng
        if rng.random() < 0.8:
            for _ in range(rng.choice((1, 1, 1, 2, 3))):
                self.add(origin, owner, "A", f"192.0.2.{rng.randrange(256)}")
        if rng.random() < 0.5:
            self.add(origin, owner, "AAAA", f"2001:db8::{rng.randrange(65536):x}")


def soa_and_ns(maker, origin):
    rng = maker.rng
    maker.add(origin, origin, "SOA", (b"ns", *origin), (b"host", *origin), "1", "7200", "900",
              "1209600", str(rng.choice((0, 60, 300, 86400, 2**31 - 1))))
    for _ in range(rng.choice((1, 2, 2, 3))):
        maker.add(origin, origin, "NS", _server(maker, origin, origin))


def _server(maker, origin, cut):
    """A name server for `cut`: below it (in-domain), beside it in the zone
    (sibling), in another zone that is served, or outside; with its addresses or
    without."""
    rng, kind = maker.rng, maker.rng.random()
    if kind < 0.4:
        name = (maker.label(), *cut)
    elif kind < 0.65:
        name = (maker.label(), *rng.choice((cut[1:] if len(cut) > len(origin) else cut, origin)))
    elif kind < 0.8:
        name = maker.target(origin)
    elif kind < 0.9:
        name = (maker.label(), *maker.origin())
    else:
        name = (maker.label(), *OUTSIDE)
    if not names.fits(name) or b"*" in name:
        name = (b"ns", *origin)
    if rng.random() < 0.8:
        if names.is_within(name, origin):
            maker.address(origin, name)
    maker.targets.append(name)
    return name


def exact(maker, origin):
    maker.address(origin, maker.owner(origin))


def wildcard(maker, origin):
    owner = maker.owner(origin, wildcard=0)
    if maker.rng.random() < 0.5 and names.is_below(owner, origin):
        owner = owner[1:]
    owner = (b"*", *owner)
    kind = maker.rng.random()
    if kind < 0.2:
        maker.add(origin, owner, "CNAME", maker.target(origin))
    elif kind < 0.3:
        maker.add(origin, owner, "MX", "10", maker.target(origin))
    elif kind < 0.4:
        maker.add(origin, (maker.label(), *owner), "TXT", '"below a wildcard"')
    else:
        maker.address(origin, owner)


def empty_non_terminal(maker, origin):
    owner = maker.owner(origin, wildcard=0.3)
    for _ in range(maker.rng.choice((2, 3))):
        owner = (maker.label(), *owner)
    if names.fits(owner):
        maker.add(origin, owner, "TXT", '"deep"')


def delegation(maker, origin):
    """A zone cut, perhaps below another one, perhaps with what it hides."""
    rng, cut = maker.rng, maker.owner(origin, wildcard=0)
    children = [other for other in maker.records if names.is_below(other, origin)]
    if children and rng.random() < 0.4:
        cut = rng.choice(children)
    if cut == origin:
        cut = (maker.label(), *origin)
    for _ in range(rng.choice((1, 2, 2, 5))):
        maker.add(origin, cut, "NS", _server(maker, origin, cut))
    if rng.random() < 0.4:
        maker.add(origin, cut, "DS", str(rng.randrange(65536)), "13", "2", "ab" * 32)
    if rng.random() < 0.15:   # hidden at the cut itself
        maker.add(origin, cut, "TXT", '"not authoritative"')
    if rng.random() < 0.25:   # and below
        hidden = (maker.label(), *cut) if rng.random() < 0.7 else (b"*", *cut)
        rng.choice((lambda: maker.address(origin, hidden),
                    lambda: maker.add(origin, hidden, "CNAME", maker.target(origin)),
                    lambda: maker.add(origin, hidden, "DNAME", maker.target(origin)),
                    lambda: maker.add(origin, hidden, "NS", maker.target(origin))))()


def big_delegation(maker, origin):
    """RFC 9471: glue that does not fit."""
    cut = (maker.label(), *origin)
    for index in range(maker.rng.choice((6, 13, 26))):
        server = (b"ns%d" % index, *(cut if maker.rng.random() < 0.7 else origin))
        maker.add(origin, cut, "NS", server, ttl=3600)
        maker.add(origin, server, "A", f"192.0.2.{index}")
        maker.add(origin, server, "AAAA", f"2001:db8::{index}")


def dname(maker, origin):
    owner = maker.owner(origin, wildcard=0)
    if maker.rng.random() < 0.1:
        owner = origin
    target = maker.target(origin)
    if maker.rng.random() < 0.08:   # a target that makes synthesised names too long
        target = (*[b"l" * 50] * 4, *OUTSIDE)
    maker.add(origin, owner, "DNAME", target)
    if maker.rng.random() < 0.3:
        maker.address(origin, owner)
    maker.targets.append((maker.label(), *owner))


def cname(maker, origin):
    maker.add(origin, maker.owner(origin), "CNAME", maker.target(origin))


def cname_chain(maker, origin):
    """A chain over the zones of the family; it may end in a loop."""
    rng, zone, name = maker.rng, origin, maker.owner(origin)
    first = name
    for _ in range(rng.choice((2, 3, 4, 9, 20))):
        following = maker.origin() if rng.random() < 0.3 else zone
        target = maker.target(following)
        maker.add(zone, name, "CNAME", target)
        if target[0] == b"*":
            break
        zone, name = following, target
        if not names.is_within(name, zone):
            return
    if rng.random() < 0.2:
        maker.add(zone, name, "CNAME", first)
    else:
        maker.address(zone, name)


def deep(maker, origin):
    """Names of up to 127 labels, and of 255 octets."""
    rng, name = maker.rng, origin
    if rng.random() < 0.5:
        while names.fits((b"x", *name)):
            name = (b"x", *name)
        name = name[rng.choice((0, 0, 1, 2, 50)):]
    else:
        while names.fits((b"y" * 40, *name)):
            name = (b"y" * 40, *name)
        room = names.MAX_WIRE - names.wire_length(name) - 1 - rng.choice((0, 0, 1, 2))
        if room > 0:
            name = (b"z" * room, *name)
    if len(name) <= len(origin):
        return
    if rng.random() < 0.3:
        name = (b"*", *name[1:])
    if rng.random() < 0.3:
        maker.add(origin, name, "CNAME", maker.target(origin))
    else:
        maker.address(origin, name)
    maker.targets.append(name)


def strange(maker, origin):
    owner = (maker.label(strange=1), *maker.owner(origin))
    if not names.fits(owner):
        owner = (maker.label(strange=1), *origin)
    if maker.rng.random() < 0.3:
        maker.add(origin, owner, "CNAME", (maker.label(strange=1), *origin))
    else:
        maker.address(origin, owner)
