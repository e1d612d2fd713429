# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Takes out of a response what is optional and was never asked for: the NS RRset
of the zone in the authority section of a positive answer, and the addresses that
come with it alone. NSD and BIND have options against it, but these also take
away the additional section, which is to be compared."""
import message

NS, CNAME, MX, AFSDB, SRV, KX, DNAME, SVCB, HTTPS = 2, 5, 15, 18, 33, 36, 39, 64, 65
# Octets before the name in RDATA whose addresses are additional.
TARGET_OFFSET = {NS: 0, MX: 2, SRV: 6, SVCB: 2, HTTPS: 2, AFSDB: 2, KX: 2}


def targets(records):
    """Names whose addresses belong to the additional section of these records."""
    found = set()
    for owner, rdtype, _, _, rdata in records:
        if rdtype in TARGET_OFFSET:
            name = rdata[TARGET_OFFSET[rdtype]:]
            if rdtype in (SVCB, HTTPS):   # uncompressed, with parameters behind it
                name = message.first_name(name)
                name = owner if name == b"\x00" else name
            found.add(name)
    return found


def without_optional_authority(response, origins):
    """The response without the authority NS of a positive answer; `origins` are
    the zones, for the NS RRset of a cut is a referral, also behind a CNAME."""
    if response is None or response.malformed or not response.flag("AA"):
        return response
    answer, authority, additional = response.sections
    optional = [rr for rr in authority if rr[1] == NS and rr[0] in origins]
    if not answer or not optional or len(optional) != len(authority):
        return response
    gone = targets(optional) - targets(answer)
    response.sections = (answer, [], [rr for rr in additional if rr[0] not in gone])
    return response
