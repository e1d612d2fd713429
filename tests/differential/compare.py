# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""What two servers answered to the same query, compared: header bits and the
question exactly, sections as sets."""
from collections import Counter
from dataclasses import dataclass, field

import dns.rcode
import dns.rdatatype

import names
from message import FLAGS

BASE, SUBJECT = "knot", "apexd"
DS = 43
SECTIONS = ("answer", "authority", "additional")


@dataclass(frozen=True)
class Difference:
    """One field that differs. `lacking` and `extra` are what the second response
    does not have of the first, and what it has besides."""
    field: str
    lacking: frozenset
    extra: frozenset


@dataclass
class Case:
    """A query to a family, and the parsed responses to it by server."""
    number: int
    family: object
    query: object
    responses: dict = field(default_factory=dict)
    expected: object = None   # of apexd; see expect.py
    joined: bool = False      # whether that is put together from several responses

    def __post_init__(self):
        self.qname = names.to_wire(self.query.name, self.number).lower()
        self.origins = {names.to_wire(zone.origin, self.number): zone
                        for zone in self.family.zones}

    def base(self, server):
        """The response that this server's is compared with."""
        return self.expected if server == SUBJECT else self.responses[BASE]

    def zone_for(self, name):
        """The zone that a query for the name and the type of this one is asked of."""
        above = [origin for origin in self.origins if name.endswith(origin)]
        if self.query.rdtype == DS and len(above) > 1:   # of the parent, where it is served
            above = [origin for origin in above if origin != name]
        return self.origins[max(above, key=len)] if above else None

    def owner_kind(self, owner):
        if owner == self.qname:
            return "qname"
        return "apex" if owner in self.origins else "other"


def _value(left, right, name):
    return [] if left == right else [Difference(name, frozenset((left,)), frozenset((right,)))]


def differences(left, right):
    """What differs in `right` from `left`: both parsed responses, or None."""
    if left is None or right is None:
        return _value("an answer" if left else "no answer", "an answer" if right else "no answer",
                      "presence")
    if left.wire == right.wire:
        return []
    if left.malformed or right.malformed:
        return _value(left.malformed or "well-formed", right.malformed or "well-formed", "form")
    found = _value(dns.rcode.to_text(left.rcode), dns.rcode.to_text(right.rcode), "rcode")
    for name in FLAGS:
        found += _value(left.flag(name), right.flag(name), name)
    found += _value(left.opcode(), right.opcode(), "opcode")
    found += _value(left.question, right.question, "question")
    found += _opt(left.opt, right.opt)
    for title, ours, theirs in zip(SECTIONS, left.sections, right.sections):
        found += _section(title, ours, theirs)
    return found


def _opt(left, right):
    if left is None or right is None:
        return _value(left is not None, right is not None, "OPT")
    return [difference for name, ours, theirs in
            zip(("OPT payload", "OPT version", "OPT flags", "OPT options"), left, right)
            for difference in _value(ours, theirs, name)]


def _section(title, left, right):
    ours, theirs = frozenset(left), frozenset(right)
    found = []
    if ours != theirs:
        found.append(Difference(title, ours - theirs, theirs - ours))
    # A record said twice by the second server only.
    if len(right) > len(theirs) and len(left) == len(ours):
        twice = frozenset(rr for rr, count in Counter(right).items() if count > 1)
        found.append(Difference(f"{title} repeats", frozenset(), twice))
    return found


def signature(case, difference):
    """The kind of a difference: few enough to count, telling enough to act on."""
    if not difference.field.startswith(SECTIONS):
        if difference.field in ("question", "OPT options"):
            return difference.field
        (left,), (right,) = difference.lacking, difference.extra
        return f"{difference.field} {left}→{right}"
    ours, theirs = _kinds(case, difference.lacking), _kinds(case, difference.extra)
    if ours and ours == theirs:
        return f"{difference.field} other data in {' '.join(sorted(ours))}"
    return " ".join([difference.field, *(f"-{kind}" for kind in sorted(ours)),
                     *(f"+{kind}" for kind in sorted(theirs))])


def _kinds(case, records):
    return {f"{dns.rdatatype.to_text(rr[1])}@{case.owner_kind(rr[0])}" for rr in records}


def describe(case, found):
    """The class of a whole comparison."""
    return "; ".join(signature(case, difference) for difference in found)
