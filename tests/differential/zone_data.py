# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""What the zones of a family have at a name of a response."""
import socket

import names
from normalise import NS

ADDRESSES = {"A": (1, socket.AF_INET), "AAAA": (28, socket.AF_INET6)}


def zone_at(case, name):
    """The wire name of the zone that the query's type is asked of at the name, or None."""
    zone = case.zone_for(name)
    return None if zone is None else names.to_wire(zone.origin, case.number)


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


def is_undelegated(case, name):
    """Whether one of the zones above the name has no delegation in the next one that
    is served above it."""
    above = sorted((origin for origin in case.origins if name.endswith(origin)), key=len)
    return any(not any(lower.endswith(names.to_wire(cut, case.number).lower())
                       for cut in case.origins[upper].cuts())
               for upper, lower in zip(above, above[1:]))


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


def required_glue(case, referral):
    """(owner, type, RDATA) of the addresses that the referral must have (RFC 9471
    §3.1): those of servers at or below the cut, as the zone above has them."""
    glue = set()
    for cut, rdtype, _, _, server in referral.sections[1]:
        above = [origin for origin in case.origins if cut.endswith(origin) and cut != origin]
        if rdtype != NS or not above or not server.endswith(cut):
            continue
        for record in case.origins[max(above, key=len)].records:
            owner = names.to_wire(record.owner, case.number).lower()
            if owner == server and record.rdtype in ADDRESSES:
                number, family = ADDRESSES[record.rdtype]
                glue.add((owner, number, socket.inet_pton(family, record.rdata[0])))
    return glue
