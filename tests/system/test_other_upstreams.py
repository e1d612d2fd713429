# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Knot and BIND as the upstream, asked without a cache between: a set is followed when it
changes and when it vanishes, and outlives its server."""
import pytest
from conftest import open_lab
from lab import wait_for
from load import Load, outcome
from references import Bind, Knot
from story import AUTHORITY, DEVICE, NEW4, NEW6, OLD4, SERVER4, SERVER6, Story, cdn_zone
from traffic import query, rdata_texts


@pytest.fixture(scope="module", params=[Knot, Bind], ids=["knot", "bind"])
def story(request):
    with open_lab(f"upstream_{request.param.name}") as lab:
        yield started(lab, request.param)


def started(lab, server):
    made = Story(lab)
    made.nsd.stop()
    made.unbound.kill()
    made.upstream_server = server(made.upstream, AUTHORITY,
                                  {"example.net": cdn_zone(1, OLD4, [])})
    made.apexd.write_config(addresses=[SERVER4, SERVER6], devices=[DEVICE],
                            zones=[("example.com", "example.com.zone")], forward=[AUTHORITY])
    made.apexd.start()
    made.apexd.wait_for_aliases()
    return made


def served(story, rdtype="A"):
    reply = query(story.client, SERVER4, "example.com", rdtype)
    assert reply is not None
    return rdata_texts(reply, rdtype)


def test_one_life_of_a_target(story):
    with Load(story.client, SERVER4, ["example.com A", "example.com AAAA"]) as load:
        live_it(story)
    assert load.outcomes == {
        "example.com A": {outcome(OLD4), outcome(NEW4), "NOERROR"},
        "example.com AAAA": {"NOERROR", outcome(NEW6)}}


def live_it(story):
    """One test, for each step follows from the one before."""
    assert (served(story), served(story, "AAAA")) == (OLD4, [])

    story.upstream_server.update("example.net", cdn_zone(2, NEW4, NEW6))
    wait_for(lambda: (served(story), served(story, "AAAA")) == (NEW4, NEW6), "the new sets", 20)

    story.upstream_server.update("example.net", cdn_zone(3, [], NEW6))
    wait_for(lambda: served(story) == [], "the addresses to be withdrawn", 20)
    assert served(story, "AAAA") == NEW6

    story.upstream_server.update("example.net", cdn_zone(4, OLD4, NEW6))
    wait_for(lambda: served(story) == OLD4, "the addresses to be back", 20)

    story.upstream_server.process.kill()
    wait_for(lambda: story.apexd.ctl("status")["alias"]["stale"] == 2, "the sets to be stale", 20)
    assert (served(story), served(story, "AAAA")) == (OLD4, NEW6)
