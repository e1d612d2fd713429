# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Targets whose zone goes: whoever registers its name next would answer for our owners. NSD
serves the root, the top-level domain and what it delegates; apexd asks an unbound, whose
answers with addresses tell of no zone."""
import pytest
from lab import wait_for
from story import AUTHORITY, OLD4, OLD6, SERVER4, Story, cdn_zone
from traffic import query, rdata_texts
from watch import watching

NAME = ("A", "nxdomain"), ("AAAA", "nxdomain")
ZONE = ("A", "zone-gone"), ("AAAA", "zone-gone")


def zone(origin, children=(), records=""):
    """A zone that delegates to the same NSD, remembered by nobody for long."""
    origin = origin.rstrip(".") + "."
    text = (f"$ORIGIN {origin}\n$TTL 5\n@ SOA ns.lab. hostmaster.lab. 1 3600 600 86400 5\n"
            "@ NS ns.lab.\n" + "".join(f"{child}. NS ns.lab.\n" for child in children))
    return text + records


def cdn(serial, addresses4, addresses6):
    return cdn_zone(serial, addresses4, addresses6, other_ttl=5)


ROOT = zone(".", ["net"], f"ns.lab. A {AUTHORITY}\n")
WITH = {".": ROOT, "net": zone("net", ["example.net"]), "example.net": cdn(1, OLD4, OLD6)}
WITHOUT = {".": ROOT, "net": zone("net")}


@pytest.fixture(scope="module")
def story(lab):
    made = Story(lab)
    made.nsd.serve(WITH)
    made.configure(state=made.apexd.directory / "state")
    made.apexd.start()
    made.apexd.wait_for_aliases()
    return made


def restart(story):
    assert story.apexd.stop() == 0
    story.apexd.start()


def alarms(story):
    return {(alarm["type"], alarm["kind"]) for alarm in story.apexd.ctl("status")["alarms"]}


def served(story):
    return rdata_texts(query(story.client, SERVER4, "example.com", "A"), "A")


def test_a_zone_that_no_answer_told_of(story):
    """One test, for each step follows from the one before."""
    apexd = story.apexd
    assert served(story) == OLD4
    restart(story)  # and not even a denial was seen since
    with watching(story) as watch:
        story.nsd.serve(WITHOUT)
        wait_for(lambda: alarms(story) == {*NAME, *ZONE}, "the zone to be missed", 60)
        assert served(story) == []
        why = ("cdn.example.net. is in no zone: example.net. is not delegated, says the zone "
               "net.")
        for rdtype in ("A", "AAAA"):
            assert watch.wait(event="alarm", type=rdtype, kind="zone-gone")["why"] == why
    assert apexd.ctl("stats")["alias"]["alarms"] == 4
    assert f"alarm zone-gone: {why}" in apexd.process.output()
    assert "cdn.example.net. A zone-gone since" in apexd.ctl_run("status", json_output=False).stdout

    restart(story)
    wait_for(lambda: alarms(story) == {*NAME, *ZONE}, "the alarms from before", 20)

    with watching(story) as watch:
        story.nsd.serve(WITH)
        wait_for(lambda: served(story) == OLD4 and alarms(story) == set(), "the zone again", 40)
        watch.wait(event="alarm-over", kind="zone-gone")

    story.nsd.update("example.net", cdn(2, [], []))
    wait_for(lambda: alarms(story) == {*NAME}, "only the name to be missed", 40)
