# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Takes out of a zone what no server would load, or what no RFC defines, so that
the generator and the shrinker may combine whatever they like."""
import dataclasses

import names
from model import Record

OUTSIDE_SERVER = (b"ns", b"out", b"test")
SINGLETONS = {"SOA", "CNAME", "DNAME"}
ONLY_APEX = {"SOA"}
# RFC 4592 §4.2, §4.3, §4.4 leave these at a wildcard owner undefined or advise against them.
NOT_AT_WILDCARD = {"NS", "DNAME", "DS"}


def legalise(zone):
    """The zone without the records that contradict others or the RFCs."""
    records = [record for record in zone.records
               if names.fits(record.owner) and names.is_within(record.owner, zone.origin)
               and all(names.fits(word) for word in record.rdata if isinstance(word, tuple))]
    records = [record for record in records if _stands(record, zone.origin)]
    records = _one_ttl(_one_singleton(records))
    records = _without_neighbours(records, zone.origin)
    records = _without_hidden_by_dname(records, zone.origin)
    records = _with_apex_servers(records, zone.origin)
    return dataclasses.replace(zone, records=tuple(records))


def legalise_family(zones):
    """Each zone legalised, and no DNAME with names of another zone below it: NSD,
    whose zones share one tree, does not load those."""
    def over_another(record, zone):
        return record.rdtype == "DNAME" and any(
            names.is_within(other.origin, record.owner)
            or any(names.is_below(hidden.owner, record.owner) for hidden in other.records)
            for other in zones if other is not zone)

    return tuple(legalise(dataclasses.replace(zone, records=tuple(
        record for record in zone.records if not over_another(record, zone)))) for zone in zones)


def _stands(record, origin):
    at_apex = record.owner == origin
    if record.rdtype in ONLY_APEX and not at_apex:
        return False
    if record.rdtype in ("CNAME", "DS") and at_apex:
        return False
    return not (record.rdtype in NOT_AT_WILDCARD and record.owner[0] == b"*")


def _one_singleton(records):
    seen, kept = set(), []
    for record in records:
        if record.rdtype in SINGLETONS:
            if (record.owner, record.rdtype) in seen:
                continue
            seen.add((record.owner, record.rdtype))
        kept.append(record)
    return kept


def _one_ttl(records):
    """RFC 2181 §5.2: one TTL in an RRset."""
    ttls = {}
    return [dataclasses.replace(record,
                                ttl=ttls.setdefault((record.owner, record.rdtype), record.ttl))
            for record in records]


def _without_neighbours(records, origin):
    types = {}
    for record in records:
        types.setdefault(record.owner, set()).add(record.rdtype)
    kept = []
    for record in records:
        beside = types[record.owner] - {record.rdtype}
        cut = "NS" in types[record.owner] and record.owner != origin
        if record.rdtype == "CNAME" and beside:          # RFC 1034 §3.6.2
            continue
        if record.rdtype == "DNAME" and cut:             # RFC 6672 §2.3
            continue
        if record.rdtype == "DS" and not cut:            # RFC 4035 §2.4
            continue
        kept.append(record)
    return kept


def _without_hidden_by_dname(records, origin):
    """RFC 6672 §2.4: no names below a DNAME, nor a DNAME below another one."""
    dnames = {record.owner for record in records if record.rdtype == "DNAME"}
    return [record for record in records
            if not any(above in dnames for above in names.ancestors(record.owner)
                       if names.is_within(above, origin))]


def _with_apex_servers(records, origin):
    """A name server of the zone that is a name in it has an address there, else
    BIND does not load the zone. One outside needs none."""
    addressed = {record.owner for record in records if record.rdtype in ("A", "AAAA")}
    cuts = {record.owner for record in records if record.rdtype == "NS"} - {origin}

    def has_address(name):
        return (name in addressed or not names.is_within(name, origin)
                or any(names.is_within(name, cut) for cut in cuts))

    kept = [record for record in records if record.rdtype != "NS" or record.owner != origin
            or has_address(record.rdata[0])]
    if not any(record.rdtype == "NS" and record.owner == origin for record in kept):
        kept.append(Record(origin, 3600, "NS", (OUTSIDE_SERVER,)))
    return kept
