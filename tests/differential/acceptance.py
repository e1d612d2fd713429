# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""How differences are accepted; accepted.py says which."""
import contextlib
from dataclasses import dataclass


@dataclass
class Accepted:
    name: str
    who: tuple           # the servers whose difference from Knot it explains
    fields: tuple        # of the differences it is asked about
    reason: str
    explains: object     # (case, expected, got, difference) -> bool
    used: int = 0


def into(entries):
    """The decorator that appends to the list."""
    def accept(*who, fields, reason):
        """Makes an entry of the predicate below it. Either response may be None only
        where "presence" is among the fields."""
        def register(predicate):
            entries.append(Accepted(predicate.__name__.replace("_", "-"), who, fields, reason,
                                    predicate))
            return predicate
        return register
    return accept


def unexplained(entries, case, server, found):
    """The differences that no entry explains; the entries used are counted."""
    expected, got = case.base(server), case.responses[server]
    left = []
    for difference in found:
        entry = next((entry for entry in entries
                      if server in entry.who and difference.field in entry.fields
                      and entry.explains(case, expected, got, difference)), None)
        if entry is None:
            left.append(difference)
        else:
            entry.used += 1
    return left


def unused(entries, servers):
    """The names of those that none of the servers needed."""
    return [entry.name for entry in entries if not entry.used and set(entry.who) & set(servers)]


@contextlib.contextmanager
def uncounted(entries):
    """What is used within it does not count."""
    used = [entry.used for entry in entries]
    yield
    for entry, before in zip(entries, used):
        entry.used = before
