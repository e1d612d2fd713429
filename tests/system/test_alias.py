# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""An apex that follows a hostname: changes are followed within the TTL, a dead
resolver changes nothing, and a target that was never resolved is a clear failure."""
import time

import dns.rcode
import pytest
from conftest import counted
from lab import wait_for
from load import Load, outcome
from story import (CDN_TTL, EXAMPLE_ZONE, NEW4, NEW6, OLD4, OLD6, RESOLVER, SERVER4)
from traffic import Watcher, query, rdata_texts


def test_each_target_and_type_is_resolved_once(story):
    """However many owners follow it."""
    apexd = story.apexd
    more = "".join(f"follow{index} ALIAS cdn.example.net.\n" for index in range(50))
    apexd.write_zone("example.com.zone", EXAMPLE_ZONE.replace("2026010101", "2026010102") + more)
    before = apexd.ctl("stats")["alias"]["resolutions"]
    assert apexd.ctl("zone", "reload", "example.com")["ok"]
    assert rdata_texts(query(story.client, SERVER4, "follow7.example.com", "A"), "A") == OLD4
    assert apexd.ctl("status")["alias"]["targets"] == 2
    # Fifty owners share the resolutions of one; those may have been due some times meanwhile.
    assert apexd.ctl("stats")["alias"]["resolutions"] - before < 50
    assert len(apexd.ctl("alias", "list")["aliases"]) == 102


# At different moments of the second: a resolver's cache counts whole ones.
@pytest.mark.parametrize("pause", [0.3, 1.1, 1.9])
def test_a_change_is_followed_within_the_ttl(story, pause):
    time.sleep(pause)
    first = query(story.client, SERVER4, "example.com", "A")
    old, new, new6 = ((OLD4, NEW4, NEW6) if rdata_texts(first, "A") == OLD4
                      else (NEW4, OLD4, OLD6))
    with Watcher(story.client, SERVER4, "example.com") as watcher:
        story.move_cdn(new, new6)
        moved = time.monotonic()
        time.sleep(CDN_TTL + 1.6)
    assert watcher.faults(old, new, moved + CDN_TTL + 1) == []
    assert len(watcher.observations) > 20


def test_a_caching_forwarder_is_not_hammered(story):
    """A refresh at the end of each life in its cache, and a few short steps that look for
    the next one; the authority is asked by the forwarder, which does that as it likes."""
    lives = 4
    alias = story.apexd.ctl("stats")["alias"]
    time.sleep(lives * CDN_TTL)
    asked = story.apexd.ctl("stats")["alias"]["resolutions"] - alias["resolutions"]
    keys = 2
    assert keys * (lives - 1) <= asked <= keys * (lives + 1) * 5


def test_explain_shows_the_chain(story):
    explained = story.apexd.ctl("alias", "explain", "example.com")
    assert (explained["owner"], explained["zone"]) == ("example.com.", "example.com.")
    assert explained["alias_ttl"] == 3600
    (target,) = explained["targets"]
    assert target["target"] == "cdn.example.net."
    types = {entry["type"]: entry for entry in target["types"]}
    assert set(types) == {"A", "AAAA"}
    served = rdata_texts(query(story.client, SERVER4, "example.com", "A"), "A")
    assert sorted(types["A"]["addresses"]) == served
    for rdtype, entry in types.items():
        (hop,) = entry["chain"]
        assert (hop["owner"], hop["type"], hop["next"]) == ("cdn.example.net.", rdtype, None)
        assert hop["ttl"] <= CDN_TTL
        assert RESOLVER in entry["resolver"]
        assert entry["served_ttl"] == CDN_TTL
        assert entry["ttl_rule"] and entry["resolved_at"] and entry["next_refresh"]
        assert 0 <= entry["next_refresh_in"] <= CDN_TTL
        assert entry["last_error"] is None
    text = story.apexd.ctl_run("alias", "explain", "example.com", json_output=False).stdout
    for word in ("example.com.", "cdn.example.net.", RESOLVER):
        assert word in text


def test_explain_of_an_owner_without_alias_is_an_error(story):
    done = story.apexd.ctl_run("alias", "explain", "www.example.com", json_output=False)
    assert done.returncode == 1
    assert "www.example.com" in done.stderr


def test_the_served_ttl_does_not_count_down(story):
    with Watcher(story.client, SERVER4, "example.com") as watcher:
        for _ in range(8):
            reply = query(story.client, SERVER4, "example.com", "A")
            assert reply.answer[0].ttl == CDN_TTL
            time.sleep(0.2)
    assert not [seen.problem for seen in watcher.observations if seen.problem]


def test_the_target_is_followed_when_it_vanishes_from_one_type(story):
    """NODATA is a success with an empty set: AAAA goes, A stays."""
    keep = rdata_texts(query(story.client, SERVER4, "example.com", "A"), "A")
    story.move_cdn(keep, [])

    def gone():
        reply = query(story.client, SERVER4, "example.com", "AAAA")
        return reply.rcode() == dns.rcode.NOERROR and not reply.answer and reply.authority

    wait_for(gone, "NODATA for AAAA", 40)
    assert rdata_texts(query(story.client, SERVER4, "example.com", "A"), "A") == keep
    story.move_cdn(keep, OLD6)
    wait_for(lambda: rdata_texts(query(story.client, SERVER4, "example.com", "AAAA"),
                                 "AAAA") == OLD6, "AAAA to come back", 15)


def test_a_dead_resolver_changes_nothing(story):
    served = rdata_texts(query(story.client, SERVER4, "example.com", "A"), "A")
    with Load(story.client, SERVER4, ["example.com A"], rate=None) as load:
        time.sleep(4.5)
        said_before = len(story.apexd.process.output())
        story.unbound.kill()
        killed = time.time()
        time.sleep(CDN_TTL + 5.5)
    assert load.outcomes == {"example.com A": {outcome(served)}}
    assert load.report.slowdown(killed, killed + CDN_TTL) == ""
    with counted(story.apexd, stale=1):
        assert rdata_texts(query(story.client, SERVER4, "example.com", "A"), "A") == served
    (target,) = story.apexd.ctl("alias", "explain", "example.com")["targets"]
    assert all(entry["failures"] > 0 and entry["last_error"] for entry in target["types"])
    assert story.apexd.ctl("status")["alias"]["failing"] == 2
    log = story.apexd.process.output()[said_before:]
    assert log.count("warning alias target cdn.example.net. A through") == 1
    assert "its last good set stays in service" in log


def test_a_target_never_resolved_is_servfail_and_harms_nobody(story):
    """The daemon starts with its resolver dead: everything else is served."""
    assert story.apexd.stop() == 0
    story.apexd.start()
    with counted(story.apexd, servfail=1):
        reply = query(story.client, SERVER4, "example.com", "A")
    assert reply.rcode() == dns.rcode.SERVFAIL
    with counted(story.apexd, answer=2):
        assert rdata_texts(query(story.client, SERVER4, "www.example.com", "A"), "A") == [
            "192.0.2.80"]
        assert rdata_texts(query(story.client, SERVER4, "example.com", "MX"), "MX") == [
            "10 mail.example.com."]
    questions = ["example.com A", "www.example.com A", "example.com MX"]
    with Load(story.client, SERVER4, questions) as load:
        wait_for(lambda: story.apexd.ctl("status")["alias"]["failing"] == 2, "both to fail", 20)
        story.unbound.start()
        wait_for(lambda: query(story.client, SERVER4, "example.com", "A").answer,
                 "an answer once the resolver lives", 40)
        wait_for(lambda: len(load.said("example.com A")) > 1, "the load to see it")
    (found,) = load.outcomes.pop("example.com A") - {"SERVFAIL"}
    assert found in (outcome(OLD4), outcome(NEW4))
    assert load.outcomes == {"www.example.com A": {"192.0.2.80"},
                             "example.com MX": {"10 mail.example.com."}}
