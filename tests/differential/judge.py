# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Compares all responses of a world and sorts what differs into classes."""
from collections import Counter
from dataclasses import dataclass, field

import names
from acceptance import unexplained
from accepted import ENTRIES
from compare import BASE, SUBJECT, Case, describe, differences
from expect import ask_again_what_is_misread, expect, read


@dataclass
class Class:
    """Differences of one kind between one server and Knot."""
    server: str
    description: str
    count: int = 0
    categories: Counter = field(default_factory=Counter)
    agreeing: Counter = field(default_factory=Counter)   # which others said the same
    example: Case | None = None

    def key(self):
        return self.server, self.description

    def failed(self):
        """A disagreement among the references is news, not a failure."""
        return self.server == SUBJECT

    def add(self, case, others):
        self.count += 1
        self.categories[case.family.category] += 1
        self.agreeing[others] += 1
        # The smallest one seen is the best to shrink.
        if self.example is None or _size(case) < _size(self.example):
            self.example = case


def _size(case):
    return sum(len(zone.records) for zone in case.family.zones), names.wire_length(case.query.name)


class Verdict:
    """All classes so far, and how many comparisons they come from."""

    def __init__(self):
        self.classes = {}
        self.compared = 0
        self.not_loaded = {}   # (server, zone name): why
        self.stopped = []      # (server, its last queries)

    def failures(self):
        failed = any(found.failed() for found in self.classes.values())
        not_loaded = any(server == SUBJECT for server, _ in self.not_loaded)
        return failed or bool(self.stopped) or not_loaded

    def add(self, server, description, case, others=""):
        found = self.classes.setdefault((server, description), Class(server, description))
        found.add(case, others)


def cases_of(families):
    return [Case(number, family, query) for number, family in enumerate(families)
            for query in family.queries]


def respond(world, cases):
    """Asks every server about the cases, and leaves the responses in them."""
    answers = world.ask([case.query.wire(index, case.number)
                         for index, case in enumerate(cases)])
    for index, case in enumerate(cases):
        case.responses = {server: read(wires[index], case) for server, wires in answers.items()}
    if BASE in answers:
        ask_again_what_is_misread(world, cases)
        if SUBJECT in answers:
            expect(world, cases)


def judge(case, servers):
    """{server: description} of what is not accepted, and who answered alike."""
    verdicts, others = {}, {}
    for server in servers:
        if server == BASE or server not in case.responses:
            continue
        found = differences(case.base(server), case.responses[server])
        left = unexplained(ENTRIES, case, server, found) if found else []
        if left:
            verdicts[server] = describe(case, left)
    for server in verdicts:
        alike = [other for other in case.responses if other != server
                 and not differences(case.responses[server], case.responses[other])]
        others[server] = " ".join(alike)
    return verdicts, others


def examine(world, verdict):
    """Asks everything, and adds what differs to the verdict."""
    cases = cases_of(world.families)
    broken = not_loaded(world, verdict)
    respond(world, cases)
    verdict.stopped += list(world.stopped.items())
    if BASE in world.stopped:
        return
    for case in cases:
        if case.number in broken:
            continue
        verdict.compared += 1
        verdicts, others = judge(case, world.servers)
        for server, description in verdicts.items():
            verdict.add(server, description, case, others[server])


def not_loaded(world, verdict):
    """The numbers of the families with a zone that a server does not serve."""
    zones = [(number, names.to_text(zone.origin, number), zone.origin)
             for number, family in enumerate(world.families) for zone in family.zones]
    broken = set()
    for server, missing in world.missing_zones(zones).items():
        for number, name in missing:
            broken.add(number)
            verdict.not_loaded.setdefault((server, name), world.complaint(server, name))
    return broken
