# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Every difference that is accepted, each with the reason that an RFC gives.

An entry is asked about one difference between the response of Knot ("expected")
and that of another server ("got"). It counts how often it was needed; an entry
that the long form never needs is reported, and is to be deleted.
"""
import contextlib
from dataclasses import dataclass

A, NS, CNAME, SOA, AAAA, DNAME, ANY = 1, 2, 5, 6, 28, 39, 255
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = range(6)


@dataclass
class Accepted:
    name: str
    who: tuple           # the servers whose difference from Knot it explains
    fields: tuple        # of the differences it is asked about
    reason: str
    explains: object     # (case, expected, got, difference) -> bool
    used: int = 0


ENTRIES = []


def accept(*who, fields, reason):
    """Makes an entry of the predicate below it. Either response may be None only
    where "presence" is among the fields."""
    def register(predicate):
        ENTRIES.append(Accepted(predicate.__name__.replace("_", "-"), who, fields, reason,
                                predicate))
        return predicate
    return register


EVERYONE = ("apexd", "nsd", "bind")
SECTIONS = ("answer", "authority", "additional")


@accept(*EVERYONE, fields=SECTIONS,
        reason="RFC 2181 §9: with TC set the client ignores what the sections hold")
def sections_of_a_truncated_response(_case, expected, got, _difference):
    return expected.flag("TC") and got.flag("TC")


def unexplained(case, server, found):
    """The differences that no entry explains; the entries used are counted."""
    expected, got = case.responses["knot"], case.responses[server]
    left = []
    for difference in found:
        entry = next((entry for entry in ENTRIES
                      if server in entry.who and difference.field in entry.fields
                      and entry.explains(case, expected, got, difference)), None)
        if entry is None:
            left.append(difference)
        else:
            entry.used += 1
    return left


@contextlib.contextmanager
def uncounted():
    """What is used within it does not count."""
    used = [entry.used for entry in ENTRIES]
    yield
    for entry, before in zip(ENTRIES, used):
        entry.used = before
