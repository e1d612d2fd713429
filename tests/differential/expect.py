# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""What Knot answers, read for the comparison, and what apexd is to answer: the same,
put together from several queries where Knot stops too early.

RFC 1034 §4.3.2 step 3a has a server go "back to step 1" with the canonical name,
so look for its nearest zone again. Knot and BIND stay in the first zone, and Knot
follows five CNAMEs only. So Knot is asked for the rest of such a chain, as often
as it takes, and the parts are joined: AA of the first, the answers of all, RCODE
(RFC 6604), TC, authority and additional section of the last."""
import struct
from dataclasses import dataclass, field, replace

import message
from chains import walk
from message import Response
from model import IN, Edns
from normalise import CNAME, DNAME, without_optional_authority
from queries import META_TYPES
from zone_data import zone_at

KNOT = "knot"
ANY = 255
MOST_PARTS = 20
KNOT_FOLLOWS = 5
FORMERR = 1


def read(wire, case):
    """The parsed response to the case's query, or None."""
    if wire is None:
        return None
    return without_optional_authority(message.parse(wire), case.origins)


def ask_again_what_is_misread(world, cases):
    """Knot 3.2 answers FORMERR to a payload size of 1, which counts as 512 (RFC 6891
    §6.2.3), so it is asked with that."""
    misread = [case for case in cases if case.query.edns and case.query.edns.size == 1
               and case.responses[KNOT] and case.responses[KNOT].rcode == FORMERR]
    if not misread or KNOT not in world.askers:
        return
    queries = [replace(case.query, edns=replace(case.query.edns, size=512)) for case in misread]
    wires = world.askers[KNOT].ask([query.wire(index, case.number) for index, (query, case)
                                    in enumerate(zip(queries, misread))])
    for case, wire in zip(misread, wires):
        case.responses[KNOT] = read(wire, case)


def unusual(case):
    """Whether the query is not one that a client sends."""
    query = case.query
    odd_opt = query.edns and (query.edns.version or query.edns.count > 1
                              or b"\x00\x03\x00\x09" in query.edns.options)
    return bool(query.opcode or query.rdclass != IN or query.shape or odd_opt
                or query.rdtype in META_TYPES or query.flags & 0x8000)


@dataclass
class _Part:
    """A chain in the making."""
    case: object
    name: bytes                    # to be asked for next
    first: Response
    answer: list = field(default_factory=list)
    seen: set = field(default_factory=set)
    octets: int = 0


def _query(case, name, ident):
    edns = Edns(do=bool(case.query.edns and case.query.edns.do))
    return (struct.pack("!6H", ident, 0, 1, 0, 0, 1) + name
            + struct.pack("!HH", case.query.rdtype, IN) + edns.wire())


def _go_on(case, response, start):
    """(links that hold, the name to ask for next or None) of a response of Knot."""
    names = walk(case, response, start)
    zone = zone_at(case, start)
    for index, name in enumerate(names[1:], 1):
        # Of a DS at the apex of its zone, the chain asks that zone.
        if zone_at(case, name) not in (zone, None) and name != zone:
            return names[:index], name
    last = names[-1]
    stopped = len(names) > KNOT_FOLLOWS and zone_at(case, last) is not None
    return (names[:-1], last) if stopped else (names, None)


def _part_of(response, names):
    """The CNAMEs owned by the names, and the DNAMEs they come from."""
    return [rr for rr in response.sections[0] if (rr[1] == CNAME and rr[0] in names)
            or (rr[1] == DNAME and any(name.endswith(rr[0]) and name != rr[0] for name in names))]


def _advance(part, response, start):
    """Takes the response in; whether Knot has to be asked again."""
    names, following = _go_on(part.case, response, start)
    part.octets += len(response.wire)
    if following is None:
        part.answer += response.sections[0]
    else:
        part.answer += _part_of(response, names)
        if following not in part.seen and len(part.seen) < MOST_PARTS:
            part.seen.add(following)
            part.name = following
            return True
    last = response if following is None else Response(b"", sections=((), (), ()))
    answer, tc = list(dict.fromkeys(part.answer)), message.FLAGS["TC"]
    part.case.expected = Response(
        bytes(part.octets), part.first.flags & ~tc | last.flags & tc, part.first.question,
        (answer, *last.sections[1:]), part.first.opt, last.rcode)
    part.case.joined = True
    return False


def expect(world, cases):
    """Sets what is expected of apexd in each case."""
    parts = []
    for case in cases:
        knot = case.expected = case.responses[KNOT]
        if (knot is None or knot.malformed or case.query.opcode
                or case.query.rdclass != IN or case.query.rdtype in META_TYPES
                or case.query.rdtype in (CNAME, ANY)):   # answered by the first CNAME
            continue
        _, following = _go_on(case, knot, case.qname)
        if following is not None:
            part = _Part(case, case.qname, knot)
            if _advance(part, knot, case.qname):
                parts.append(part)
    while parts and KNOT in world.askers:
        wires = world.askers[KNOT].ask([_query(part.case, part.name, index)
                                        for index, part in enumerate(parts)])
        parts = [part for part, wire in zip(parts, wires)
                 if wire is not None and _advance(part, read(wire, part.case), part.name)]
