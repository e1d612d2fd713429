# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""What the CNAMEs of an answer say about the walk that made it."""
from normalise import CNAME, DNAME
from zone_data import zone_at


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
