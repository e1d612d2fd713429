# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Draws families: zones from the features, by the weights of a category, and the
queries that belong to them. The same seed draws the same families."""
import random

import feature_types
import features
import queries
from features import Maker
from legal import legalise_family
from model import Family, Zone

F, G = (b"@f",), (b"@g",)

BASE = {features.exact: 3, features.wildcard: 2, features.empty_non_terminal: 1,
        features.delegation: 1, features.dname: 1, features.cname: 1, features.cname_chain: 0.5,
        features.strange: 0.3, features.deep: 0.1, feature_types.one_type: 1,
        feature_types.big_rrset: 0.2, feature_types.duplicate: 0.2}

# What a category has more of than others.
CATEGORIES = {
    "exact": {features.exact: 8},
    "wildcard": {features.wildcard: 8},
    "ent": {features.empty_non_terminal: 6, features.wildcard: 3},
    "delegation": {features.delegation: 8, features.big_delegation: 0.7},
    "dname": {features.dname: 6},
    "cname": {features.cname: 4, features.cname_chain: 4},
    "parent-child": {features.delegation: 5},
    "types": {feature_types.one_type: 10},
    "large": {feature_types.big_rrset: 5, features.big_delegation: 2},
    "names": {features.strange: 6, features.deep: 4},
    "edns": {feature_types.big_rrset: 1},
    "messages": {},
    "mixed": {feature: 2 for feature in BASE},
}


def _origins(rng, category):
    """The zones of a family: two that are strangers to each other, and children."""
    origins = [F]
    if rng.random() < 0.6:
        origins.append(G)
    if category == "parent-child" or rng.random() < 0.25:
        child = (rng.choice((b"a", b"child")), *F)
        if rng.random() < 0.25:
            child = (b"b", *child)
        origins.append(child)
        if rng.random() < 0.4:
            origins.append((rng.choice((b"c", b"sub")), *child))
    return origins


def family(rng, category, queries_per_family):
    origins = _origins(rng, category)
    maker = Maker(rng, origins)
    for origin in origins:
        features.soa_and_ns(maker, origin)
    weights = {**BASE, **CATEGORIES[category]}
    for origin in origins:
        for feature in rng.choices(list(weights), list(weights.values()),
                                   k=rng.choice((2, 4, 6, 9, 14))):
            feature(maker, origin)
    zones = legalise_family([Zone(origin, tuple(maker.records[origin])) for origin in origins])
    drawn = Family(category, zones)
    return drawn.with_queries(queries.draw(rng, drawn, maker.targets, queries_per_family))


def families(seed, count, queries_per_family, only=None):
    """`count` families, the categories in turn."""
    chosen = only or list(CATEGORIES)
    for index in range(count):
        # Each from a seed of its own: a family can be drawn again alone.
        rng = random.Random(f"{seed}/{index}")
        yield family(rng, chosen[index % len(chosen)], queries_per_family)
