# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Floor and ceiling of the TTL that is served: of the server, of a zone, of one owner, the
nearest first; `alias explain` names the rule that decided."""
import pytest
from faulty import FaultyUpstream, addresses
from story import DEVICE, EXAMPLE_ZONE, SERVER4, SERVER6, Story
from traffic import query

UPSTREAM = "10.53.1.4"
TTLS = {"brief": 7, "lasting": 900}  # of the targets
SERVER, ZONE, RECORD = {"ttl-min": 20, "ttl-max": 600}, {"ttl-min": 40, "ttl-max": 300}, {
    "ttl-min": 60, "ttl-max": 120}
OWNERS = "".join(f"{name}{own} ALIAS {name}.example.net.\n" for name in TTLS for own in ("", "-own"))
# Of each owner and zone: the TTL, and what set it.
EXPECTED = {
    "brief.example.org": (20, "floor, alias.ttl-min"),
    "lasting.example.org": (600, "ceiling, alias.ttl-max"),
    "brief.example.com": (40, "floor, ttl-min of the zone"),
    "lasting.example.com": (300, "ceiling, ttl-max of the zone"),
    "brief-own.example.com": (60, "floor, ttl-min of the record"),
    "lasting-own.example.com": (120, "ceiling, ttl-max of the record"),
}


def bounds(of):
    return f"{{{', '.join(f'{key}: {value}' for key, value in of.items())}}}"


@pytest.fixture(scope="module")
def story(lab):
    made = Story(lab)
    made.upstream.run("ip", "address", "add", f"{UPSTREAM}/24", "dev", "eth0")
    apexd = made.apexd
    text = EXAMPLE_ZONE.replace("@     ALIAS cdn.example.net.\n", "") + OWNERS
    apexd.write_zone("example.com.zone", text)
    apexd.write_zone("example.org.zone", text.replace("example.com", "example.org"))
    apexd.write_config(addresses=[SERVER4, SERVER6], devices=[DEVICE], forward=[UPSTREAM],
                       zones=[("example.org", "example.org.zone"),
                              ("example.com", "example.com.zone")],
                       extra=f"alias: {bounds(SERVER)}\n")
    records = ", ".join(f"{name}-own: {bounds(RECORD)}" for name in TTLS)
    with apexd.config.open("a") as config:
        config.write(f"    alias: {bounds(ZONE)}\n    records: {{{records}}}\n")
    with FaultyUpstream(made.upstream, UPSTREAM) as upstream:
        for name, ttl in TTLS.items():
            upstream.answers[f"{name}.example.net."] = addresses("192.0.2.1", ttl=ttl)
        apexd.start()
        apexd.wait_for_aliases()
        yield made


@pytest.mark.parametrize("owner", EXPECTED)
def test_the_nearest_bound_decides(story, owner):
    (rrset,) = query(story.client, SERVER4, owner, "A").answer
    (target,) = story.apexd.ctl("alias", "explain", owner)["targets"]
    entry = next(entry for entry in target["types"] if entry["type"] == "A")
    assert (rrset.ttl, entry["served_ttl"], entry["ttl_rule"]) == (
        EXPECTED[owner][0], *EXPECTED[owner])
