# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""What may not have fit into a response."""
import names
from normalise import targets
from references import PAYLOAD
from zone_data import apex_servers

MARGIN = 100   # octets


def limit(case):
    return min(max(case.query.edns.size, 512), PAYLOAD) if case.query.edns else 512


def near_limit(case, response):
    return len(response.wire) > limit(case) - MARGIN


def nearly_full(case, response):
    """Whether an address more might not fit."""
    return len(response.wire) > limit(case) - 60


def _matches(owner, wanted, case):
    """How many of the wanted names the owner is, or is expanded to."""
    if owner[0] == b"*":
        above = names.to_wire(owner[1:], case.number).lower()
        return sum(name.endswith(above) for name in wanted)
    return names.to_wire(owner, case.number).lower() in wanted


def addresses_overflow(case, response):
    """Whether all addresses that belong to the response do not fit together."""
    answer, authority, additional = response.sections
    wanted = targets([*answer, *authority]) | apex_servers(case)
    octets = sum((28 if record.rdtype == "AAAA" else 16) * _matches(record.owner, wanted, case)
                 for zone in case.family.zones for record in zone.records
                 if record.rdtype in ("A", "AAAA"))
    return len(response.wire) + octets - 16 * len(additional) > limit(case)
