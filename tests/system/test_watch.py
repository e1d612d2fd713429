# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Nothing happens in secret: a change, a failure and a danger of a target reach those
who watch, the history and the alarms, and a refresh by hand is served when it returns.

apexd asks NSD itself here: no cache stands between a change and the question."""
import json
import signal
import time

import pytest
from lab import wait_for
from story import (AUTHORITY, DEVICE, NEW4, NEW6, OLD4, OLD6, ROOT_ZONE, SERVER4, SERVER6,
                   Story, cdn_zone)
from traffic import Dnsperf, query, rdata_texts
from watch import Watch, watching

SLOW_TTL = 3600  # nothing is due during a test


@pytest.fixture(scope="module")
def story(lab):
    made = Story(lab)
    made.apexd.write_config(addresses=[SERVER4, SERVER6], devices=[DEVICE],
                            zones=[("example.com", "example.com.zone")], forward=[AUTHORITY])
    made.apexd.start()
    made.apexd.wait_for_aliases()
    return made


def move(story, addresses4, addresses6, ttl=SLOW_TTL):
    story.serial += 1
    story.nsd.update("example.net", cdn_zone(story.serial, addresses4, addresses6, ttl))


def served(story, rdtype="A"):
    return rdata_texts(query(story.client, SERVER4, "example.com", rdtype), rdtype)


def refresh(story):
    return story.apexd.ctl("alias", "refresh", "example.com")


def alarms(story):
    return {(alarm["type"], alarm["kind"]) for alarm in story.apexd.ctl("status")["alarms"]}


def test_a_refresh_is_served_when_it_returns(story):
    move(story, OLD4, OLD6)
    refresh(story)
    for addresses4, addresses6 in ((NEW4, NEW6), (OLD4, OLD6)):
        move(story, addresses4, addresses6)
        result = refresh(story)
        assert served(story) == addresses4
        assert served(story, "AAAA") == addresses6
        assert (result["asked"], result["changed"], result["ok"]) == (2, 2, True)
    move(story, NEW4, NEW6)
    assert story.apexd.ctl("alias", "refresh", "--all")["changed"] == 2
    assert served(story) == NEW4


def test_a_cdn_that_moves_altogether_is_told_and_alarms(story):
    move(story, OLD4, OLD6)
    refresh(story)
    assert story.apexd.stop() == 0
    story.apexd.start()
    story.apexd.wait_for_aliases()
    assert alarms(story) == set()
    with watching(story) as watch, watching(story, as_json=False) as screen:
        move(story, NEW4, NEW6)
        refresh(story)
        change = watch.wait(event="changed", type="A")
        assert change["target"] == "cdn.example.net."
        assert (change["addresses"], change["added"], change["removed"]) == (NEW4, NEW4, OLD4)
        assert AUTHORITY in change["resolver"]
        assert watch.wait(event="alarm", type="A")["kind"] == "replaced"
        wait_for(lambda: any(f"cdn.example.net. A: {NEW4[0]}, {NEW4[1]}, TTL {SLOW_TTL}" in line
                             for line in screen.lines()), "a line for people")
    (newest, before) = [entry["sets"] for entry in
                        story.apexd.ctl("alias", "history", "example.com")["targets"]
                        if entry["type"] == "A"][0]
    assert (newest["addresses"], newest["removed"]) == (NEW4, OLD4)
    assert before["addresses"] == OLD4 and before["since"] <= newest["since"]
    assert alarms(story) == {("A", "replaced"), ("AAAA", "replaced")}
    assert story.apexd.ctl("stats")["alias"]["alarms"] == 2
    assert "alarm replaced: none of the addresses before is left" in story.apexd.process.output()
    text = story.apexd.ctl_run("status", json_output=False).stdout
    assert "cdn.example.net. A replaced since" in text

    move(story, NEW4 + OLD4, OLD6)
    refresh(story)
    assert alarms(story) == set()
    assert "alarm replaced is over" in story.apexd.process.output()


def test_a_target_that_vanishes_alarms_until_it_is_back(story):
    move(story, OLD4, OLD6)
    refresh(story)
    with watching(story) as watch:
        move(story, [], [])
        refresh(story)
        assert served(story) == []
        alarm = watch.wait(event="alarm", type="A", kind="nxdomain")
        assert alarm["why"] == "cdn.example.net. does not exist, says the zone example.net."
        assert {("A", "nxdomain"), ("AAAA", "nxdomain")} <= alarms(story)
        assert watch.wait(event="changed", type="A", answer="nxdomain")["removed"] == OLD4
        move(story, OLD4, OLD6)
        refresh(story)
        watch.wait(event="alarm-over", type="A", kind="nxdomain")
    assert served(story) == OLD4
    assert alarms(story) == set()


def test_a_zone_that_vanishes_is_more_than_a_name(story):
    """NSD no longer serves the zone, and the root knows no such delegation."""
    move(story, OLD4, [])  # the denial of AAAA tells the zone
    refresh(story)
    gone = "".join(line for line in ROOT_ZONE.splitlines(keepends=True)
                   if "example.net" not in line)
    zones = story.nsd.zones
    try:
        story.nsd.serve({".": gone})
        refresh(story)
        assert {("A", "nxdomain"), ("A", "zone-gone")} <= alarms(story)
    finally:
        story.nsd.serve(zones)
    move(story, OLD4, OLD6)
    refresh(story)
    assert alarms(story) == set()


def test_failures_are_told_from_the_first_to_the_last(story):
    move(story, OLD4, OLD6)
    refresh(story)
    with watching(story) as watch:
        story.nsd.stop()
        done = story.apexd.ctl_run("alias", "refresh", "example.com")
        assert done.returncode == 1
        assert json.loads(done.stdout)["failed"] == 2
        failing = watch.wait(event="failing", type="A")
        assert failing["served"] and AUTHORITY in failing["error"]
        assert {row["state"] for row in story.apexd.ctl("alias", "list", "--stale")["aliases"]} == {
            "stale"}
        assert story.apexd.ctl("alias", "list", "--failing")["aliases"] == []
        assert len(story.apexd.ctl("alias", "list", "--target", "cdn.example.net")["aliases"]) == 2
        story.nsd.start()
        # The first question after an outage may still fail: that is the resolver's to say.
        wait_for(lambda: story.apexd.ctl_run("alias", "refresh", "example.com").returncode == 0,
                 "a refresh that succeeds", 15)
        watch.wait(event="recovered", type="A")


def test_watch_ends_with_ctrl_c_and_with_the_daemon(story):
    watch = Watch(story)
    watch.process.popen.send_signal(signal.SIGINT)
    assert watch.process.popen.wait(5) == -signal.SIGINT
    watch = Watch(story)
    assert story.apexd.stop() == 0
    assert watch.process.popen.wait(5) == 3
    assert "apexd closed it; has it stopped?" in watch.process.output()
    story.apexd.start()
    story.apexd.wait_for_aliases()


def test_a_watcher_that_never_reads_is_dropped_and_holds_up_nobody(story):
    """apexctl is stopped with changes going on; queries and commands do not notice."""
    apexd = story.apexd
    apexd.write_zone("many.zone", "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns.example.net.\n")
    zones = [("example.com", "example.com.zone")]
    zones += [(f"n{number}.example", "many.zone") for number in range(2000)]
    apexd.write_config(addresses=[SERVER4, SERVER6], devices=[DEVICE], zones=zones,
                       forward=[AUTHORITY])
    assert apexd.ctl("config", "reload")["ok"]
    watch = Watch(story)
    load = Dnsperf(story.client, SERVER4, ["example.com A"], 10, rate=2000)
    watch.process.popen.send_signal(signal.SIGSTOP)
    try:
        deadline = time.monotonic() + 120
        while "watches but does not read" not in apexd.process.output():
            assert time.monotonic() < deadline
            apexd.ctl("zone", "reload")
            assert apexd.process.alive()
    finally:
        watch.process.popen.send_signal(signal.SIGCONT)
    report = load.finish()
    assert report.lost == 0
    assert watch.process.popen.wait(10) == 3
    assert "read faster" in watch.process.output()
    assert apexd.ctl("status")["pid"] == apexd.process.pid
