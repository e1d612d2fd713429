# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""What the CNAMEs of an answer say about the walk that made it."""
import names
from normalise import CNAME, DNAME


def zone_at(case, name):
    """The wire name of the zone that the query's type is asked of at the name, or None."""
    zone = case.zone_for(name)
    return None if zone is None else names.to_wire(zone.origin, case.number)


def _links(response):
    return {rr[0]: rr[4] for rr in response.sections[0] if rr[1] == CNAME}


def walk(case, response, start=None):
    """The names from the QNAME or another start on, as far as the answer goes."""
    links, walked = _links(response), [start or case.qname]
    while walked[-1] in links and links[walked[-1]] not in walked:
        walked.append(links[walked[-1]])
    return walked


def leaves_zone(case, response):
    """Whether the chain goes on in another zone that is served here, or comes out
    of one and goes back."""
    start = zone_at(case, case.qname)
    return any(zone_at(case, name) not in (start, None) for name in walk(case, response))


def is_endless(case, response):
    """Whether the walk came to a name again, or used a DNAME twice, which makes
    ever longer names."""
    links, walked = _links(response), walk(case, response)
    if links.get(walked[-1]) in walked:
        return True
    dnames = [rr[0] for rr in response.sections[0] if rr[1] == DNAME]
    return any(sum(name.endswith(owner) and name != owner for name in walked[:-1]) > 1
               or (walked[-1].endswith(owner) and walked[-1] != owner) for owner in dnames)


def below_cut(case, name):
    """Whether the name is at or below a delegation in the zone nearest above it."""
    zone = case.zone_for(name)
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
