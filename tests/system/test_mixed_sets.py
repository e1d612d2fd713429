# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""A target goes to and fro between two sets without a common address: whatever leads to it,
and whatever it is united with, every response has one of them whole and nothing of the other."""
import itertools

import dns.rdatatype
import pytest
from faulty import FaultyUpstream, addresses
from lab import wait_for
from load import Load, outcome
from story import DEVICE, EXAMPLE_ZONE, SERVER4, SERVER6, Story

UPSTREAM = "10.53.1.4"
CHANGES = 20
ONE, OTHER = ([f"198.51.100.{n}" for n in some] for some in (range(1, 30), range(101, 130)))
OWN, STEADY = ["192.0.2.98", "192.0.2.99"], ["192.0.2.70", "192.0.2.71"]

# What is served with the set, by name.
TOGETHER = {
    "plain": [],
    "merged": OWN,
    "united": STEADY,
    "a.wild": [],
    "b.c.wild": [],
    "inner": [],
    "nick": [],
    "nick-of-wild": [],
    "nick-of-merged": OWN,
    "nick-of-nick": [],
}
ZONE = EXAMPLE_ZONE.replace("@     ALIAS cdn.example.net.\n", "") + f"""
plain           ALIAS flapping.example.net.
merged          ALIAS flapping.example.net.
merged          A     {OWN[0]}
merged          A     {OWN[1]}
united          ALIAS flapping.example.net.
united          ALIAS steady.example.net.
*.wild          ALIAS flapping.example.net.
inner           ALIAS plain
nick            CNAME plain
nick-of-wild    CNAME x.wild
nick-of-merged  CNAME merged
nick-of-nick    CNAME nick
"""


@pytest.fixture(scope="module")
def story(lab):
    made = Story(lab)
    made.upstream.run("ip", "address", "add", f"{UPSTREAM}/24", "dev", "eth0")
    apexd = made.apexd
    apexd.write_zone("example.com.zone", ZONE)
    apexd.write_config(addresses=[SERVER4, SERVER6], devices=[DEVICE],
                       zones=[("example.com", "example.com.zone")], forward=[UPSTREAM],
                       extra="alias:\n  ttl-min: 1\n")
    with apexd.config.open("a") as config:
        config.write("    records:\n      merged: {siblings: merge}\n")
    sets = itertools.cycle((ONE, OTHER))

    def flap(message, over_tcp):
        is_a = message.question[0].rdtype == dns.rdatatype.A
        return addresses(*(next(sets) if is_a else ()), ttl=0)(message, over_tcp)

    with FaultyUpstream(made.upstream, UPSTREAM) as upstream:
        upstream.answers["flapping.example.net."] = flap
        upstream.answers["steady.example.net."] = addresses(*STEADY, ttl=3600)
        apexd.start()
        apexd.wait_for_aliases()
        yield made


def changes(story):
    return story.apexd.ctl("stats")["alias"]["changes"]


def every_second(story):
    """As often as the target's TTL of 0 and the floor of 1 s make it."""
    before = changes(story)
    wait_for(lambda: changes(story) >= before + 8, "a change a second", 30, 0.2)


def at_once(story):
    before = changes(story)
    for _ in range(CHANGES):
        story.apexd.ctl("alias", "refresh", "plain.example.com")
    assert changes(story) - before >= CHANGES / 2


@pytest.mark.parametrize("let_it_change", [every_second, at_once])
def test_no_response_mixes_two_sets(story, let_it_change):
    questions = [f"{name}.example.com A" for name in TOGETHER]
    with Load(story.client, SERVER4, questions, rate=5000) as load:
        let_it_change(story)
    assert load.outcomes == {
        f"{name}.example.com A": {outcome([*some, *more]) for some in (ONE, OTHER)}
        for name, more in TOGETHER.items()}


def test_a_target_that_changes_so_often_alarms(story):
    """After the test above."""
    (alarm,) = [alarm for alarm in story.apexd.ctl("status")["alarms"]
                if alarm["kind"] == "unsteady"]
    assert (alarm["target"], alarm["type"]) == ("flapping.example.net.", "A")
    assert "alarm unsteady: " + alarm["why"] in story.apexd.process.output()
    text = story.apexd.ctl_run("status", json_output=False).stdout
    assert "flapping.example.net. A unsteady" in text and alarm["why"] in text
    assert story.apexd.ctl("stats")["alias"]["alarms"] >= 1
