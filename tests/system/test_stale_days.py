# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Days without a resolver: `stale-max` as it is when nobody sets it, by a clock that the
test sets. All clocks of the daemon go by it, but not the TSC that the workers poll by."""
from pathlib import Path

import dns.rcode
import pytest
from lab import wait_for
from load import Load, outcome
from story import EXAMPLE_ZONE, OLD4, SERVER4, Story
from traffic import query, rdata_texts

pytestmark = pytest.mark.alone

LIBRARY, = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")


class Clock:
    """Of one daemon, which is not running yet."""

    def __init__(self, apexd):
        self.file = apexd.directory / "clock"
        self.set("+0")
        apexd.wrapper = ["env", f"LD_PRELOAD={LIBRARY}", "FAKETIME_NO_CACHE=1",
                         f"FAKETIME_TIMESTAMP_FILE={self.file}"]

    def set(self, offset):
        new = self.file.with_suffix(".new")
        new.write_text(offset + "\n")
        new.rename(self.file)


@pytest.fixture(scope="module")
def story(lab):
    made = Story(lab)
    made.clock = Clock(made.apexd)
    made.apexd.write_zone("example.com.zone", EXAMPLE_ZONE + (
        "spare ALIAS cdn.example.net.\nspare ALIAS www\n"
        "static ALIAS cdn.example.net.\nstatic A 192.0.2.99\n"))
    with made.apexd.config.open("a") as config:
        config.write("    records:\n      spare: {targets: failover}\n"
                     "      static: {siblings: fallback}\n")
    made.apexd.start()
    made.apexd.wait_for_aliases()
    return made


def ask(story):
    reply = query(story.client, SERVER4, "example.com", "A", use_edns=0)
    assert reply is not None
    return reply


def entry(story):
    (target,) = story.apexd.ctl("alias", "explain", "example.com")["targets"]
    return next(found for found in target["types"] if found["type"] == "A")


def test_three_days(story):
    after = {"example.com A": "SERVFAIL", "spare.example.com A": "192.0.2.80",
             "static.example.com A": "192.0.2.99"}
    with Load(story.client, SERVER4, list(after)) as load:
        live_through_them(story)
    assert load.outcomes == {question: {outcome(OLD4), end} for question, end in after.items()}


def live_through_them(story):
    story.unbound.kill()
    wait_for(lambda: entry(story)["rung"] == "stale", "the set to be stale", 20)
    story.clock.set("+71h")
    wait_for(lambda: entry(story)["age_seconds"] > 71 * 3600, "the daemon to see the time", 20)
    failures = entry(story)["failures"]
    wait_for(lambda: entry(story)["failures"] > failures, "one more failure", 70)
    reply = ask(story)
    assert rdata_texts(reply, "A") == OLD4
    assert [int(option.code) for option in reply.options] == [3]
    assert reply.answer[-1].ttl == 30

    story.clock.set("+73h")
    wait_for(lambda: entry(story)["rung"] == "expired", "the set to expire", 70)
    reply = ask(story)
    assert reply.rcode() == dns.rcode.SERVFAIL
    assert [int(option.code) for option in reply.options] == [22]

    story.unbound.start()
    wait_for(lambda: story.apexd.ctl_run("alias", "refresh", "example.com").returncode == 0,
             "the target to resolve", 30)
    assert rdata_texts(ask(story), "A") == OLD4
    assert entry(story)["rung"] == "fresh"
