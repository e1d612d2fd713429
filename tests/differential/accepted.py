# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Every difference that is accepted, each with the reason that an RFC gives.

An entry is asked about one difference between the response of Knot ("expected")
and that of another server ("got"). It counts how often it was needed; an entry
that the long form never needs is reported, and is to be deleted.
"""
import message
from acceptance import into
from chains import is_endless, leaves_zone, walk
from compare import differences
from expect import KNOT_FOLLOWS, unusual
from normalise import targets
from room import addresses_overflow, limit, near_limit, nearly_full
from zone_data import (below_cut, has_nested_zone, is_undelegated, matches_wildcard,
                       required_glue)

NS, CNAME, SOA, HINFO, MX, SRV, DNAME, RRSIG, NSEC = 2, 5, 6, 13, 15, 33, 39, 46, 47
SVCB, HTTPS, IXFR, AXFR, ANY = 64, 65, 251, 252, 255
NOERROR, SERVFAIL, REFUSED, YXDOMAIN = 0, 2, 5, 6
NSID, CLIENT_SUBNET, EDE = 3, 8, 15   # EDNS options

REFERENCES = ("nsd", "bind")
SECTIONS = ("answer", "authority", "additional")
CONTENT = ("rcode", "AA", "TC", *SECTIONS)
EVERYTHING = ("presence", "rcode", *message.FLAGS, "opcode", "question", "OPT", "OPT payload",
              "OPT version", "OPT flags", "OPT options", *SECTIONS)

ENTRIES = []
accept = into(ENTRIES)


def _knot_stops(case, response):
    return len(walk(case, response)) > KNOT_FOLLOWS


def _options(response):
    """[(code, data)] of the response's OPT record."""
    octets, options = response.opt[3], []
    while len(octets) >= 4:
        length = int.from_bytes(octets[2:4], "big")
        options.append((int.from_bytes(octets[:2], "big"), octets[4:4 + length]))
        octets = octets[4 + length:]
    return options


def _without_optional(response, *more):
    return sorted(option for option in _options(response) if option[0] not in (EDE, *more))


# Truncation

@accept("apexd", *REFERENCES, fields=SECTIONS,
        reason="RFC 2181 §9: with TC set the client ignores what the sections hold")
def sections_of_a_truncated_response(_case, expected, got, _difference):
    return expected.flag("TC") and got.flag("TC")


@accept(*REFERENCES, fields=("TC", "authority", "additional"),
        reason="RFC 9471 §3.1: in-domain glue that does not fit sets TC, as Knot does; NSD 4.6 and "
               "BIND 9.18 leave it out")
def glue_left_out(_case, expected, got, _difference):
    referral = any(rr[1] == NS for rr in got.sections[1])
    return referral and expected.flag("TC") and not got.flag("TC")


@accept("apexd", fields=("TC", "additional"),
        reason="RFC 9471 §3.1, §3.2: what must fit is in-domain glue; apexd has it first and all of "
               "it, Knot sets TC where addresses of siblings took its place")
def required_glue_fits(case, expected, got, _difference):
    glue = required_glue(case, got)
    return (expected.flag("TC") and not got.flag("TC") and bool(glue)
            and glue <= {(rr[0], rr[1], rr[4]) for rr in got.sections[2]})


@accept("apexd", *REFERENCES, fields=("additional",),
        reason="RFC 2181 §9: additional records that are not required are left out when they do "
               "not fit, which of them is not said")
def additional_that_does_not_fit(case, expected, got, _difference):
    return any(nearly_full(case, response) or addresses_overflow(case, response)
               for response in (expected, got))


@accept("apexd", *REFERENCES, fields=("TC", "authority"),
        reason="RFC 2308 §3: the SOA of a negative answer MUST be there, so TC is set when it does "
               "not fit (RFC 2181 §9); Knot leaves it out without TC")
def soa_that_does_not_fit(case, expected, got, _difference):
    negative = expected.flag("AA") and all(rr[1] in (CNAME, DNAME) for rr in expected.sections[0])
    return (negative and not expected.flag("TC") and not expected.sections[1]
            and (got.flag("TC") or any(rr[1] == SOA for rr in got.sections[1]))
            and near_limit(case, expected))


# Header and EDNS

@accept("bind", fields=("CD",),
        reason="RFC 4035 §3.1.6: an authoritative response SHOULD have CD clear; BIND copies it")
def bind_copies_cd(_case, expected, _got, _difference):
    return not expected.flag("CD")


@accept("apexd", *REFERENCES, fields=("OPT options",),
        reason="RFC 8914 §2: an extended error may be added to any response; "
               "RFC 5001 §2.1: so may NSID be left out")
def optional_options(_case, expected, got, _difference):
    absent = [] if NSID in dict(_options(got)) else [NSID]
    return _without_optional(expected, *absent) == _without_optional(got)


@accept("bind", fields=("AD",),
        reason="RFC 4035 §3.1.6: an authoritative response has AD clear without a policy; BIND "
               "copies it into some")
def bind_copies_ad(_case, expected, _got, _difference):
    return not expected.flag("AD")


@accept("bind", fields=("OPT options",),
        reason="RFC 7871 §7.2.1: a server without tailored answers need not repeat the client "
               "subnet; BIND does")
def bind_repeats_client_subnet(_case, expected, got, _difference):
    return _without_optional(expected) == _without_optional(got, CLIENT_SUBNET)


@accept("nsd", fields=("form",),
        reason="RFC 6891 §6.1.2: NSD 4.6 counts a repeated NSID option wrong, and its response "
               "ends too early")
def nsd_repeated_nsid(case, expected, _got, _difference):
    return not expected.malformed and case.query.edns.options.count(b"\0\3\0\0") > 1


@accept("bind", fields=("TC", *SECTIONS),
        reason="RFC 6891 §6.2.4: a response may be as large as the requestor's payload size; BIND "
               "truncates some octets before it")
def bind_truncates_early(case, expected, got, _difference):
    return (got.flag("TC") and not expected.flag("TC")
            and near_limit(case, expected))


# Additional section

@accept("bind", fields=("additional",),
        reason="RFC 9471 §3.2, RFC 1034 §4.3.2 step 6: addresses other than in-domain glue are "
               "optional; BIND leaves some out")
def bind_additional_left_out(_case, _expected, _got, difference):
    return not difference.extra


@accept("apexd", *REFERENCES, fields=CONTENT,
        reason="RFC 1035 §4.1.4: compression is optional: of very long names, or where a few octets "
               "decide, one server makes a response that fits, where another one has to truncate")
def compressed_differently(case, expected, got, _difference):
    longest = max(map(len, [*walk(case, expected), *walk(case, got)]))
    just_fits = not expected.flag("TC") and len(expected.wire) > limit(case) - 16
    return (expected.flag("TC") or got.flag("TC")) and (longest > 150 or just_fits)


@accept("nsd", "bind", fields=("additional",),
        reason="RFC 1183 §1, RFC 2230 §3.2, RFC 9460 §4.1: addresses for AFSDB, KX and SVCB are "
               "wanted, not required; Knot adds none for AFSDB, KX, AliasMode and the target \".\"")
def more_addresses_than_knot(case, expected, _got, difference):
    return not difference.lacking and any(rr[1] not in (NS, MX, SRV) for rr in expected.sections[0])


@accept("apexd", fields=("rcode", "TC", *SECTIONS),
        reason="RFC 6672 §3.2 step 3c: after the synthesised CNAME the walk goes on, for ANY too; Knot "
               "does so in its zone, apexd in all that it serves, as NSD")
def apexd_any_below_dname(case, expected, got, difference):
    nsd = case.responses.get("nsd")
    if nsd is None or case.query.rdtype != ANY or DNAME not in {rr[1] for rr in expected.sections[0]}:
        return False
    as_far = {rr[0] for rr in got.sections[0]} == {rr[0] for rr in nsd.sections[0]}
    return (got.flag("TC") and nsd.flag("TC") or difference.field in SECTIONS and as_far
            or not any(other.field == difference.field for other in differences(nsd, got)))


@accept("apexd", fields=("additional",),
        reason="RFC 9460 §4.1: A, AAAA and SVCB of any TargetName in the zone SHOULD be added; apexd "
               "adds the addresses of all, Knot SVCB too but not of all, NSD neither")
def addresses_of_svcb_targets(_case, _expected, got, difference):
    svcb = [rr for rr in got.sections[0] if rr[1] in (SVCB, HTTPS)]
    return (bool(svcb) and {rr[0] for rr in difference.extra} <= targets(svcb)
            and all(rr[1] in (SVCB, HTTPS) or rr[0].startswith(b"\1*")
                    for rr in difference.lacking))


@accept("apexd", "nsd", "bind", fields=("additional",),
        reason="RFC 4592 §2.2: what a wildcard synthesises is owned by the name asked for; Knot 3.2 "
               "gives the addresses of a target that a wildcard matches under the wildcard's name")
def knot_additional_owned_by_wildcard(_case, expected, _got, difference):
    return (all(rr[0].startswith(b"\1*") for rr in difference.lacking)
            and {rr[1:] for rr in difference.extra} <= {rr[1:] for rr in expected.sections[2]})


@accept("nsd", "bind", fields=("additional",),
        reason="RFC 9460 §4.1: what SVCB and HTTPS add SHOULD be there: NSD 4.6 does not know "
               "them, BIND follows AliasMode further than Knot")
def svcb_additional(_case, expected, _got, _difference):
    return any(rr[1] in (SVCB, HTTPS) for rr in expected.sections[0])


@accept("nsd", fields=("additional",),
        reason="RFC 4592 §2.2: what a wildcard synthesises is owned by the name asked for; NSD has "
               "the name below the wildcard's parent, or nothing")
def nsd_additional_from_wildcard(case, _expected, _got, difference):
    return all(matches_wildcard(case, rr[0]) for rr in difference.lacking)


@accept("nsd", fields=("additional",),
        reason="RFC 1034 §4.3.2 step 6: addresses below a zone cut may be added to an answer; Knot "
               "does so")
def additional_from_below_a_cut(case, expected, _got, difference):
    return bool(expected.sections[0]) and all(
        below_cut(case, rr[0]) for rr in difference.lacking | difference.extra)


# Chains

@accept(*REFERENCES, fields=CONTENT,
        reason="RFC 1034 §4.3.2 step 3a: NSD follows a chain into other zones, Knot and BIND stay "
               "in the first one; NSD is right (see expect.py)")
def chain_into_another_zone(case, expected, got, _difference):
    return leaves_zone(case, expected) or leaves_zone(case, got)


@accept(*REFERENCES, fields=(*CONTENT, "OPT options"),
        reason="no RFC says where a server stops to follow a chain that is long or without an end; "
               "RFC 1034 §5.2.2 wants it to stop. Knot follows five, BIND eleven")
def long_chain(case, expected, got, _difference):
    return any(is_endless(case, response) or _knot_stops(case, response)
               for response in (expected, got))


@accept("apexd", fields=("TC", *SECTIONS),
        reason="RFC 2181 §9: whether what Knot answers in parts fits together is not known here")
def joined_chain_that_may_not_fit(case, expected, got, _difference):
    return (case.joined and near_limit(case, expected)
            and (got.flag("TC") or got.sections[0]))


@accept("apexd", fields=("rcode", "TC", *SECTIONS, "answer repeats"),
        reason="no RFC says where to stop: of an endless chain one answer may be a part of the other, "
               "or not fit")
def apexd_endless_chain(case, expected, got, _difference):
    ours, theirs = set(expected.sections[0]), set(got.sections[0])
    return (is_endless(case, expected) or is_endless(case, got)) and (
        got.flag("TC") or (bool(theirs) and (ours <= theirs or theirs <= ours)
                           and got.rcode in (NOERROR, SERVFAIL, YXDOMAIN)))


@accept("apexd", fields=CONTENT,
        reason="RFC 1034 §4.2.1: a zone without a delegation above it is no part of the tree; where "
               "a chain passes through its names, apexd goes by the zone that the chain is in")
def chain_past_a_zone_without_delegation(case, expected, got, _difference):
    return any(rr[1] == CNAME and is_undelegated(case, rr[4])
               for rr in [*expected.sections[0], *got.sections[0]])


@accept("apexd", fields=("rcode", "AA", *SECTIONS),
        reason="RFC 5936 §2.2.1: a server that gives no transfers says REFUSED")
def transfers_are_refused(case, _expected, got, _difference):
    return case.query.rdtype in (IXFR, AXFR) and got.rcode == REFUSED


@accept("apexd", fields=("rcode", "AA", *SECTIONS),
        reason="RFC 1034 §3.7.1: class * asks for the data of all classes; apexd, which has one, "
               "refuses it as any other that is not IN; BIND says FORMERR")
def class_any_is_refused(case, _expected, got, _difference):
    return case.query.rdclass == 255 and got.rcode == REFUSED


# Types

@accept("nsd", fields=("TC",),
        reason="RFC 2181 §9: TC is not set for additional records that are not required; NSD does "
               "so where an RRset of addresses is large")
def nsd_tc_for_additional(case, expected, got, _difference):
    return got.flag("TC") and addresses_overflow(case, got)


@accept("apexd", fields=("TC", *SECTIONS),
        reason="RFC 8482 §4.1, §4.2: apexd answers ANY with HINFO or with some of the RRsets that "
               "the references give")
def any_is_answered_briefly(case, _expected, got, _difference):
    if case.query.rdtype != ANY:
        return False
    others = [response for server, response in case.responses.items() if server != "apexd"
              and response and not response.malformed and response.rcode == got.rcode]
    known = {rr for response in others for rr in response.sections[0]}
    return any(response.flag("TC") for response in others) or (
        bool(known) == bool(got.sections[0])
        and all(rr in known or rr[1] == HINFO for rr in got.sections[0]))


@accept(*REFERENCES, fields=("TC", *SECTIONS),
        reason="RFC 8482 §4.1: ANY may be answered with a subset of the RRsets; Knot gives one, "
               "NSD too, BIND all")
def any_is_answered_with_a_subset(case, expected, got, _difference):
    return (case.query.rdtype == ANY and expected.rcode == got.rcode
            and (bool(expected.sections[0]) == bool(got.sections[0])
                 or expected.flag("TC") or got.flag("TC")))


@accept("nsd", fields=("rcode", *SECTIONS, "answer repeats"),
        reason="RFC 4035 §2.5: RRSIG and NSEC stand beside a CNAME, so a query for them is not "
               "redirected by it; NSD does")
def nsd_follows_cname_for_rrsig(case, _expected, got, _difference):
    return case.query.rdtype in (RRSIG, NSEC) and any(rr[1] == CNAME for rr in got.sections[0])


@accept("nsd", fields=CONTENT,
        reason="RFC 8020, RFC 4035 §3.1.4.1: whether a name exists is said by its zone, of DS the "
               "parent; NSD, whose zones share a tree, sees the names of the others too")
def nsd_sees_other_zones(case, expected, got, _difference):
    return any(has_nested_zone(case, name) for name in walk(case, expected))


@accept("bind", fields=("rcode", "AA", *SECTIONS),
        reason="RFC 6672 §3.2 step 3c: after the synthesised CNAME the walk goes on; BIND takes the "
               "CNAME for the answer to ANY")
def bind_any_below_dname(case, expected, _got, _difference):
    return case.query.rdtype == ANY and any(rr[1] == DNAME for rr in expected.sections[0])


# Queries that a client does not send

@accept(*REFERENCES, fields=EVERYTHING,
        reason="RFC 1035 §4.1.1 names the codes and no more: other opcodes, classes, meta types, "
               "malformed queries get NOTIMP, REFUSED, FORMERR or nothing, question and OPT "
               "repeated or not")
def unusual_query(case, _expected, _got, _difference):
    return unusual(case)


@accept("apexd", fields=EVERYTHING,
        reason="RFC 1035 §4.1.1 as for the references: apexd does what at least one of them does")
def unusual_query_as_a_reference(case, _expected, got, difference):
    if difference.field in ("TC", *SECTIONS) and got.flag("TC"):
        return unusual(case)
    return unusual(case) and any(
        (response is None) == (got is None)
        and not any(other.field == difference.field for other in differences(response, got))
        for server, response in case.responses.items() if server != "apexd")
