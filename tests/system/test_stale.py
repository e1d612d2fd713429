# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Down the failure ladder with a dead resolver, rung by rung as a client sees it, and
up again when it lives."""
import http.client
import socket

import dns.rcode
import dns.rdatatype
import pytest
from conftest import counted
from lab import wait_for
from story import EXAMPLE_ZONE, OLD4, SERVER4, Story
from traffic import query, rdata_texts

STALE_MAX = 6
METRICS = ("127.0.0.1", 9153)


@pytest.fixture(scope="module")
def story(lab):
    made = Story(lab)
    apexd = made.apexd
    apexd.write_zone("example.com.zone", EXAMPLE_ZONE + (
        "spare ALIAS cdn.example.net.\n"
        "spare ALIAS www\n"
        "static ALIAS cdn.example.net.\n"
        "static A 192.0.2.99\n"
        "half ALIAS ns.example.net.\n"
        "nick CNAME @\n"))
    text = apexd.config.read_text()
    text = text.replace("control:\n", f"control:\n  metrics: {METRICS[0]}:{METRICS[1]}\n")
    text = text.replace("zones:\n", f"alias:\n  stale-max: {STALE_MAX}s\n  private: allow\nzones:\n")
    apexd.config.write_text(text + "    records:\n      spare: {targets: failover}\n"
                                   "      static: {siblings: fallback}\n")
    apexd.start()
    apexd.wait_for_aliases()
    return made


def ask(story, name, rdtype="A", **options):
    options.setdefault("use_edns", 0)
    reply = query(story.client, SERVER4, name, rdtype, **options)
    assert reply is not None, f"no answer to {name}"
    return reply


def ede(reply):
    """(INFO-CODE, EXTRA-TEXT) of each Extended DNS Error."""
    return [(int(option.code), option.text) for option in reply.options]


def rung(story):
    (target,) = story.apexd.ctl("alias", "explain", "example.com")["targets"]
    return {entry["rung"] for entry in target["types"]}


def sources(story):
    """Whose A records the owners answer with that have something to fall back to."""
    found = {}
    for name in ("spare", "static"):
        (entry,) = (entry for entry in
                    story.apexd.ctl("alias", "explain", f"{name}.example.com")["served"]
                    if entry["type"] == "A")
        found[name] = entry["source"], entry["source_target"]
    return found


def fallen_back(story):
    """The counts of `status`, of which the metrics are to say the same."""
    alias = story.apexd.ctl("status")["alias"]
    connection = http.client.HTTPConnection(*METRICS)
    connection.sock = story.server.socket(kind=socket.SOCK_STREAM)
    connection.sock.connect(METRICS)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    for key in ("next_target", "own_records"):
        assert f"\napexdns_alias_{key} {alias[key]}\n" in text
    return alias["next_target"], alias["own_records"]


def test_the_ladder(story):
    """One test, for each rung follows from the one before."""
    fresh = ask(story, "example.com")
    assert (rdata_texts(fresh, "A"), ede(fresh)) == (OLD4, [])
    assert rung(story) == {"fresh"}
    of_the_first = {"spare": ("targets", None), "static": ("targets", None)}
    assert (sources(story), fallen_back(story)) == (of_the_first, (0, 0))

    story.unbound.kill()
    wait_for(lambda: rung(story) == {"stale"}, "the sets to be stale", 20)
    stale = (3, "cdn.example.net. cannot be resolved")
    for name in ("example.com", "spare.example.com", "static.example.com", "nick.example.com"):
        with counted(story.apexd, stale=1):
            reply = ask(story, name)
        assert (rdata_texts(reply, "A"), ede(reply)) == (OLD4, [stale]), name
        assert reply.answer[-1].ttl == 30
    plain = ask(story, "example.com", use_edns=False)
    assert (rdata_texts(plain, "A"), plain.options) == (OLD4, ())
    # It has A records with a long life, and a stale denial of AAAA.
    wait_for(lambda: story.apexd.ctl("status")["alias"]["stale"] == 3, "the denial to be stale")
    half = ask(story, "half.example.com", "AAAA")
    assert (half.rcode(), half.answer) == (dns.rcode.NOERROR, [])
    assert [rrset.rdtype for rrset in half.authority] == [dns.rdatatype.SOA]
    assert ede(half) == [(3, "ns.example.net. cannot be resolved")]

    assert (sources(story), fallen_back(story)) == (of_the_first, (0, 0))
    wait_for(lambda: rung(story) == {"expired"}, "the sets to expire", 20)
    for name in ("example.com", "nick.example.com"):
        with counted(story.apexd, servfail=1):
            reply = ask(story, name)
        assert reply.rcode() == dns.rcode.SERVFAIL
        assert ede(reply) == [(22, "cdn.example.net. has not been resolved for too long")]
    assert rdata_texts(ask(story, "spare.example.com"), "A") == ["192.0.2.80"]
    assert rdata_texts(ask(story, "static.example.com"), "A") == ["192.0.2.99"]
    assert sources(story) == {"spare": ("next-target", "www.example.com."),
                              "static": ("own-records", None)}
    assert fallen_back(story) == (1, 1)
    for name, words in (("spare", "A is served from www.example.com., for the targets before it"),
                        ("static", "A is served from its own records, for no target gives")):
        assert words in story.apexd.ctl_run("alias", "explain", f"{name}.example.com",
                                            json_output=False).stdout
    text = story.apexd.ctl_run("status", json_output=False).stdout
    assert "1 owner and type served by their own records, for want of better" in text
    wait_for(lambda: story.apexd.ctl("status")["alias"]["expired"] == 3, "the denial to expire")
    assert ede(ask(story, "half.example.com", "AAAA")) == [
        (22, "ns.example.net. has not been resolved for too long")]

    story.unbound.start()
    wait_for(lambda: rung(story) == {"fresh"}, "the sets to be fresh again", 70)
    for name in ("example.com", "spare.example.com", "static.example.com"):
        reply = ask(story, name)
        assert (rdata_texts(reply, "A"), ede(reply)) == (OLD4, []), name
    assert (sources(story), fallen_back(story)) == (of_the_first, (0, 0))
