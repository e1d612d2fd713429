# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""What the CNAMEs of an answer say about the walk that made it."""
import names
from normalise import CNAME, DNAME


def _zone(case, name):
    """The wire name of the served zone nearest above the name, or None."""
    while True:
        if name in case.origins:
            return name
        if name == b"\x00":
            return None
        name = name[name[0] + 1:]


def _links(response):
    return {rr[0]: rr[4] for rr in response.sections[0] if rr[1] == CNAME}


def walk(case, response):
    """The names from the QNAME on, as far as the answer goes."""
    links, names = _links(response), [case.qname]
    while names[-1] in links and links[names[-1]] not in names:
        names.append(links[names[-1]])
    return names


def leaves_zone(case, response):
    """Whether the chain goes on in another zone that is served here, or comes out
    of one and goes back."""
    start = _zone(case, case.qname)
    return any(zone is not None and zone != start
               for zone in (_zone(case, name) for name in walk(case, response)))


def is_endless(case, response):
    """Whether the walk came to a name again, or used a DNAME twice, which makes
    ever longer names."""
    links, names = _links(response), walk(case, response)
    if links.get(names[-1]) in names:
        return True
    dnames = [rr[0] for rr in response.sections[0] if rr[1] == DNAME]
    return any(sum(name.endswith(owner) and name != owner for name in names[:-1]) > 1
               or (names[-1].endswith(owner) and names[-1] != owner) for owner in dnames)


def below_cut(case, name):
    """Whether the name is at or below a delegation in the zone nearest above it."""
    zone = case.origins.get(_zone(case, name))
    return zone is not None and any(name.endswith(names.to_wire(cut, case.number).lower())
                                    for cut in zone.cuts())


def has_nested_zone(case, name):
    """Whether the name's zone has another one that is served above or below it."""
    own = case.zone_for(name)
    return own is not None and any(
        names.is_below(zone.origin, own.origin) or names.is_below(own.origin, zone.origin)
        for zone in case.family.zones)


def apex_servers(case):
    """The name servers of the zones, as far as their addresses may be added."""
    return {names.to_wire(record.rdata[0], case.number).lower()
            for zone in case.family.zones for record in zone.records
            if record.rdtype == "NS" and record.owner == zone.origin}


def matches_wildcard(case, name):
    """Whether a wildcard of a zone is above the name."""
    return any(record.owner[0] == b"*"
               and name.endswith(names.to_wire(record.owner[1:], case.number).lower())
               for zone in case.family.zones for record in zone.records)
