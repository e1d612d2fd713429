# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Prints what was found, for people: the most frequent class first."""
import message
from acceptance import unused
from accepted import ENTRIES
from compare import BASE, SUBJECT


def say(text=""):
    print(text, flush=True)


def print_case(case):
    say(case.family.text(case.number).rstrip())
    say(f"; query: {case.query.text(case.number)}")
    say(f"; wire:  {case.query.wire(0, case.number).hex()}")
    shown = dict(case.responses)
    if case.joined:
        shown["joined"] = case.expected
    for server, response in shown.items():
        for line in message.to_text(response):
            say(f"  {server:6} {line}")


def ordered(verdict):
    """Failures of apexd first, then where the references disagree; the most
    frequent class first."""
    return sorted(verdict.classes.values(), key=lambda found: (not found.failed(), -found.count))


def print_classes(verdict, examples):
    """All classes, so many of them with their example."""
    for place, found in enumerate(ordered(verdict)):
        kind = "FAIL" if found.failed() else "references disagree"
        say(f"\n{kind}: {found.count} x {found.server} (against {BASE}): {found.description}")
        where = ", ".join(f"{name} {count}" for name, count in found.categories.most_common())
        say(f"  in {where}")
        for others, count in found.agreeing.most_common():
            say(f"  {count} x said alike by {others or 'nobody else'}")
        if place < examples:
            print_case(found.example)


def print_not_loaded(verdict):
    by_server = {}
    for (server, zone), why in verdict.not_loaded.items():
        by_server.setdefault(server, []).append((zone, why))
    for server, zones in by_server.items():
        kind = "FAIL" if server == SUBJECT else "references disagree"
        say(f"\n{kind}: {len(zones)} zones are not served by {server}; their families were left out")
        for zone, why in zones[:5]:
            say(f"  {zone} {why}")


def print_stopped(verdict):
    for server, wires in verdict.stopped:
        say(f"\nFAIL: {server} stopped answering; its last queries, one of which may be why:")
        for wire in wires[:10]:
            say(f"  {wire.hex()}")


def print_accepted(servers, long_form):
    for entry in ENTRIES:
        if entry.used:
            say(f"accepted {entry.used:7} x {entry.name}: {entry.reason}")
    never = unused(ENTRIES, servers)
    if never:
        verdict = "delete" if long_form else "the long form may need"
        say(f"never needed, {verdict}: {', '.join(never)}")


def print_summary(verdict, seconds, servers):
    failed = [found for found in verdict.classes.values() if found.failed()]
    disagree = len(verdict.classes) - len(failed)
    say(f"\n{verdict.compared} comparisons of {', '.join(servers)} in {seconds:.0f} s: "
        f"{sum(found.count for found in failed)} failures in {len(failed)} classes, "
        f"{disagree} classes of disagreement among the references")
