# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Without forwarders: apexd's own resolver goes from the root down. The lab's NSD stands at
the addresses of the root servers, as libunbound knows them."""
import time

import pytest
from lab import wait_for
from load import Load, outcome
from story import (AUTHORITY, CDN_TTL, DEVICE, EXAMPLE_ZONE, NEW4, NEW6, OLD4, ROOT_ZONE, SERVER4, SERVER6,
                   Story, cdn_zone)
from traffic import Watcher, query, rdata_texts

# At first it is there; then its delegation leads to a server that knows nothing of it.
LAME_ROOT = ROOT_ZONE + f"lame.test. 5 NS ns.lame.test.\nns.lame.test. 5 A {AUTHORITY}\n"
LAME_ZONE = ("$ORIGIN lame.test.\n$TTL 5\n@ SOA ns hostmaster 1 3600 600 86400 5\n@ NS ns\n"
             f"ns A {AUTHORITY}\nwww A 192.0.2.70\n")


@pytest.fixture(scope="module")
def story(lab):
    made = Story(lab)
    made.unbound.kill()
    made.stand_at_the_root(made.nsd.zones | {".": LAME_ROOT, "lame.test": LAME_ZONE})
    apexd = made.apexd
    apexd.write_zone("example.com.zone", EXAMPLE_ZONE + "lame ALIAS www.lame.test.\n")
    apexd.write_config(addresses=[SERVER4, SERVER6], devices=[DEVICE],
                       zones=[("example.com", "example.com.zone")])
    apexd.start()
    apexd.wait_for_aliases(30)
    return made


def served(story, name="example.com"):
    return rdata_texts(query(story.client, SERVER4, name, "A"), "A")


def explained(story, name):
    (found,) = story.apexd.ctl("alias", "explain", name)["targets"]
    return next(entry for entry in found["types"] if entry["type"] == "A")


def test_a_target_is_found_from_the_root_down(story):
    assert served(story) == OLD4
    assert served(story, "lame.example.com") == ["192.0.2.70"]
    assert explained(story, "example.com")["resolver"] == "recursion"


def test_a_change_is_followed_within_the_ttl(story):
    """libunbound's own cache is on the way, and hands back what is left of a TTL."""
    with Watcher(story.client, SERVER4, "example.com") as watcher:
        story.nsd.update("example.net", cdn_zone(2, NEW4, NEW6))
        moved = time.monotonic()
        time.sleep(CDN_TTL + 1.6)
    assert watcher.faults(OLD4, NEW4, moved + CDN_TTL + 1) == []
    assert len(watcher.observations) > 20


def test_its_cache_is_not_asked_all_the_time(story):
    lives, keys = 3, 4  # two targets, both types
    before = story.apexd.ctl("stats")["alias"]["resolutions"]
    time.sleep(lives * CDN_TTL)
    asked = story.apexd.ctl("stats")["alias"]["resolutions"] - before
    assert keys * (lives - 1) <= asked <= keys * (lives + 1) * 5


def test_a_denial_is_one(story):
    story.nsd.update("example.net", cdn_zone(3, NEW4, []))
    wait_for(lambda: not query(story.client, SERVER4, "example.com", "AAAA").answer, "NODATA", 30)


def test_a_lame_delegation_changes_nothing(story):
    with Load(story.client, SERVER4, ["lame.example.com A", "example.com A"]) as load:
        story.nsd.serve({zone: text for zone, text in story.nsd.zones.items()
                         if zone != "lame.test"})
        entry = wait_for(lambda: (found := explained(story, "lame.example.com"))["failures"]
                         and found, "the first failure", 40)
        assert "no SOA either, as from a lame server" in entry["last_error"]
        assert served(story, "lame.example.com") == ["192.0.2.70"]
    assert load.outcomes == {"lame.example.com A": {"192.0.2.70"},
                             "example.com A": {outcome(NEW4)}}
