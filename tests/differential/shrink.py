# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Makes the example of each class as small as it gets.

Servers take a second to start and a millisecond to ask, so all ways to make all
examples smaller are tried in one world at a time, each as a family of its own."""
import dataclasses
from dataclasses import dataclass

from acceptance import uncounted
from accepted import ENTRIES
from compare import BASE, Case
from judge import judge, respond
from legal import legalise_family
from world import World

FAMILIES_AT_ONCE = 300
ROUNDS = 9


@dataclass
class Attempt:
    """A class with the smallest family so far that still shows it."""
    found: object    # judge.Class
    family: object   # with one query
    chunk: int       # records taken out at a time

    def shows(self, case, servers):
        if BASE not in case.responses:   # it stopped answering
            return False
        verdicts, _ = judge(case, servers)
        return verdicts.get(self.found.server) == self.found.description


def _removable(family):
    return [(zone, index) for zone, content in enumerate(family.zones)
            for index, record in enumerate(content.records) if record.rdtype != "SOA"]


def _without(family, removed):
    zones = [dataclasses.replace(content, records=tuple(
        record for index, record in enumerate(content.records) if (zone, index) not in removed))
        for zone, content in enumerate(family.zones)]
    return dataclasses.replace(family, zones=legalise_family(zones))


def _without_label(family, label):
    """Every name without the label: fewer labels, the same relations mostly."""
    def cut(word):
        return tuple(part for part in word if part != label) if isinstance(word, tuple) else word

    zones = [dataclasses.replace(
        zone, origin=cut(zone.origin), records=tuple(
            dataclasses.replace(record, owner=cut(record.owner),
                                rdata=tuple(map(cut, record.rdata))) for record in zone.records))
        for zone in family.zones]
    if len({zone.origin for zone in zones}) < len(zones):
        return family
    query = family.queries[0]
    query = dataclasses.replace(query, name=cut(query.name))
    return dataclasses.replace(family, zones=legalise_family(zones), queries=(query,))


def _simpler_queries(query):
    yield dataclasses.replace(query, case=0)
    yield dataclasses.replace(query, flags=0)
    yield dataclasses.replace(query, edns=None)
    if query.edns:
        yield dataclasses.replace(query, edns=dataclasses.replace(query.edns, options=b""))
        yield dataclasses.replace(query, edns=dataclasses.replace(query.edns, do=False))


def _changes(attempt):
    """Functions from a family to a smaller one."""
    family, changes = attempt.family, []
    places = _removable(family)
    for start in range(0, len(places), attempt.chunk):
        removed = set(places[start:start + attempt.chunk])
        changes.append(("records", removed))
    if len(family.zones) > 1:
        changes += [("zone", zone.origin) for zone in family.zones]
    labels = {label for zone in family.zones for record in zone.records for label in record.owner}
    labels |= set(family.queries[0].name)
    changes += [("label", label) for label in sorted(labels) if not label.startswith(b"@")]
    changes += [("query", query) for query in _simpler_queries(family.queries[0])]
    return changes


def _apply(family, changes):
    removed = set().union(*(what for kind, what in changes if kind == "records"), set())
    smaller = _without(family, removed) if removed else family
    for kind, what in changes:
        if kind == "zone":
            zones = tuple(zone for zone in smaller.zones if zone.origin != what)
            smaller = dataclasses.replace(smaller, zones=zones) if zones else smaller
        elif kind == "label":
            smaller = _without_label(smaller, what)
        elif kind == "query":
            smaller = dataclasses.replace(smaller, queries=(what,))
    return smaller


def _try(candidates, servers):
    """Of (attempt, family) pairs, which still show the class of the attempt."""
    shown = []
    for start in range(0, len(candidates), FAMILIES_AT_ONCE):
        part = candidates[start:start + FAMILIES_AT_ONCE]
        with World([family for _, family in part], servers) as world:
            cases = [Case(number, family, family.queries[0])
                     for number, (_, family) in enumerate(part)]
            respond(world, cases)
        shown += [attempt.shows(case, servers)
                  for (attempt, _), case in zip(part, cases)]
        for (attempt, family), case, good in zip(part, cases, shown[start:]):
            if good and family is attempt.family:
                attempt.found.example = case
    return shown


def _round(attempts, servers):
    singles = [(attempt, change) for attempt in attempts for change in _changes(attempt)]
    families = [(attempt, _apply(attempt.family, [change])) for attempt, change in singles]
    good = {}
    for (attempt, change), (_, family), shown in zip(singles, families, _try(families, servers)):
        if shown and family != attempt.family:
            good.setdefault(id(attempt), []).append((change, family))
    # Together they may undo one another: then the first alone.
    together = [(attempt, _apply(attempt.family, [change for change, _ in good[id(attempt)]]))
                for attempt in attempts if id(attempt) in good]
    for (attempt, family), shown in zip(together, _try(together, servers)):
        attempt.family = family if shown else good[id(attempt)][0][1]
    return good


def shrink(classes, servers):
    """Replaces the example of each class by a smaller one."""
    attempts = []
    for found in classes:
        family = found.example.family.with_queries([found.example.query])
        attempts.append(Attempt(found, family, max(1, len(_removable(family)) // 4)))
    with uncounted(ENTRIES):
        active = attempts
        for _ in range(ROUNDS):
            good = _round(active, servers) if active else {}
            active = [attempt for attempt in active
                      if id(attempt) in good or attempt.chunk > 1]
            for attempt in active:
                attempt.chunk = max(1, min(attempt.chunk // 2, len(_removable(attempt.family))))
        _try([(attempt, attempt.family) for attempt in attempts], servers)
