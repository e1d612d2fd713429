# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""kill -9 while two thousand targets get other addresses: without its upstream the next
daemon serves of each what the last one published, or was about to, and all of it."""
import random

import pytest
from lab import wait_for
from load import Load, outcome
from servers import apexdns_build
from story import (AUTHORITY, DEVICE, EXAMPLE_ZONE, SERVER4, SERVER6, Story, cdn_zone)

COUNT = 2000
QUESTIONS = {n: f"o{n}.example.com A" for n in range(COUNT)}


def addresses_of(n, generation):
    """Two, which no other target has, nor this one in another generation."""
    numbers = (n << 6 | generation << 1 | one for one in (0, 1))
    return [f"198.{18 + (at >> 16)}.{at >> 8 & 255}.{at & 255}" for at in numbers]


def outcomes_of(n, generations):
    return {outcome(addresses_of(n, generation)) for generation in generations}


def zone_of(generation):
    return cdn_zone(generation + 2, [], []) + "".join(
        f"t{n} A {address}\n" for n in range(COUNT) for address in addresses_of(n, generation))


@pytest.fixture(scope="module")
def story(lab):
    made = Story(lab)
    made.nsd.update("example.net", zone_of(0))
    apexd = made.apexd
    apexd.write_zone("example.com.zone", EXAMPLE_ZONE.replace("@     ALIAS cdn.example.net.\n", "")
                     + "".join(f"o{n} ALIAS t{n}.example.net.\n" for n in range(COUNT)))
    apexd.write_config(addresses=[SERVER4, SERVER6], devices=[DEVICE],
                       zones=[("example.com", "example.com.zone")], forward=[AUTHORITY],
                       state=apexd.directory / "state")
    apexd.start()
    apexd.wait_for_aliases(30)
    return made


def last_seen(load, generation):
    """Of each target the last generation of its addresses that a client has seen."""
    return {n: max(g for g in range(generation + 1) if outcomes_of(n, [g]) <= load.said(question))
            for n, question in QUESTIONS.items() if load.said(question)}


def refresh_and_kill(story, generation, moment):
    """Kills the daemon when so many have been seen with their new addresses. Returns what
    was seen last of each."""
    def changed():
        return sum(1 for seen in last_seen(load, generation).values() if seen == generation)

    refresh = [apexdns_build() / "apexctl", "-s", story.apexd.socket, "alias", "refresh", "--all"]
    with Load(story.client, SERVER4, QUESTIONS.values(), rate=6000) as load:
        story.server.start("refresh", *refresh)
        wait_for(lambda: changed() >= moment, "changes", 20)
        story.apexd.process.kill()
        load.stop()
    for n, question in QUESTIONS.items():
        assert load.said(question) <= outcomes_of(n, range(generation + 1)), "a mixed set"
    return last_seen(load, generation)


def test_no_published_set_is_lost(story):
    seed = random.randrange(1 << 32)
    moments = random.Random(seed)
    published = dict.fromkeys(QUESTIONS, 0)
    for generation in (1, 2):
        story.nsd.update("example.net", zone_of(generation))
        published |= refresh_and_kill(story, generation, moments.randrange(1, COUNT // 4))
        story.nsd.stop()
        story.apexd.start()
        with Load(story.client, SERVER4, QUESTIONS.values(), rate=6000) as load:
            wait_for(lambda load=load: all(load.said(one) for one in QUESTIONS.values()), "all", 20)
        for n, question in QUESTIONS.items():
            (said,) = load.said(question)
            assert {said} <= outcomes_of(n, range(published[n], generation + 1)), f"seed {seed}"
        published = last_seen(load, generation)
        story.nsd.start()
