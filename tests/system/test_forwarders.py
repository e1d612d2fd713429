# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Two forwarders: while one of them answers, targets are followed; a dead and a silent one
cost time, not answers. Real unbounds, killed and stopped."""
import signal

import pytest
from lab import wait_for
from load import Load, outcome
from servers import Unbound
from story import AUTHORITY, DEVICE, NEW4, NEW6, OLD4, OLD6, RESOLVER, SERVER4, SERVER6, Story
from traffic import query, rdata_texts

SECOND = "10.53.1.5"


@pytest.fixture(scope="module")
def story(lab):
    made = Story(lab)
    made.upstream.run("ip", "address", "add", f"{SECOND}/24", "dev", "eth0")
    made.unbounds = [made.unbound, Unbound(made.upstream, SECOND, AUTHORITY)]
    made.apexd.write_config(addresses=[SERVER4, SERVER6], devices=[DEVICE],
                            zones=[("example.com", "example.com.zone")],
                            forward=[RESOLVER, SECOND])
    made.apexd.start()
    made.apexd.wait_for_aliases()
    return made


@pytest.fixture(autouse=True)
def load(story):
    """Every query of every test is answered, with one of the two sets."""
    with Load(story.client, SERVER4, ["example.com A"]) as load:
        yield
    assert load.outcomes["example.com A"] <= {outcome(OLD4), outcome(NEW4)}


def answer(story):
    reply = query(story.client, SERVER4, "example.com", "A", use_edns=0)
    assert reply is not None
    return reply


def served(story):
    return rdata_texts(answer(story), "A")


def failing(story):
    return story.apexd.ctl("status")["alias"]["failing"]


def follow_a_change(story):
    """The CDN moves, and that is seen."""
    old = served(story)
    new4, new6 = (NEW4, NEW6) if old == OLD4 else (OLD4, OLD6)
    story.move_cdn(new4, new6)
    wait_for(lambda: served(story) == new4, "the new set", 25)


@pytest.mark.parametrize("one", [0, 1])
def test_one_is_killed(story, one):
    story.unbounds[one].kill()
    follow_a_change(story)
    wait_for(lambda: failing(story) == 0, "both types to be resolved", 20)
    story.unbounds[one].start()
    follow_a_change(story)


@pytest.mark.parametrize("one", [0, 1])
def test_one_falls_silent(story, one):
    story.unbounds[one].process.signal_group(signal.SIGSTOP)
    follow_a_change(story)
    wait_for(lambda: failing(story) == 0, "both types to be resolved", 20)
    story.unbounds[one].process.signal_group(signal.SIGCONT)
    follow_a_change(story)


def test_both_die_and_one_comes_back(story):
    before = served(story)
    for unbound in story.unbounds:
        unbound.kill()
    wait_for(lambda: failing(story) == 2, "both types to fail", 30)
    assert served(story) == before
    wait_for(lambda: answer(story).options, "the set to be stale", 20)
    stale = answer(story)
    assert rdata_texts(stale, "A") == before
    assert stale.answer[0].ttl == 30
    assert [int(option.code) for option in stale.options] == [3]  # Stale Answer
    story.unbounds[1].start()
    wait_for(lambda: failing(story) == 0, "both types to be resolved again", 75)
    follow_a_change(story)
