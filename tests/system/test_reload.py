# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Zones that change, break, come and go while queries are answered."""
import json
import time

import dns.rcode
import pytest
from story import EXAMPLE_ZONE, SERVER4
from traffic import Dnsperf, Watcher, query, rdata_texts

OTHER_ZONE = """$TTL 60
@ SOA ns hostmaster 7 3600 600 86400 60
@ NS ns
ns A 10.53.0.1
www A 192.0.2.200
"""


def zone(serial, additions="", address="192.0.2.80"):
    return (EXAMPLE_ZONE.replace("2026010101", str(serial)).replace("192.0.2.80", address)
            + additions)


def serve(story, text):
    """Puts `text` in service as example.com."""
    story.apexd.write_zone("example.com.zone", text)
    assert story.apexd.ctl("zone", "reload", "example.com")["ok"]


@pytest.fixture(autouse=True)
def known_state(story):
    """Each test finds example.com alone in service, at serial 1."""
    yield
    story.apexd.write_zone("example.com.zone", zone(1))
    story.configure()
    assert story.apexd.ctl("config", "reload")["ok"]
    serve(story, zone(1))


def answers(story, name, rdtype="A"):
    return rdata_texts(query(story.client, SERVER4, name, rdtype), rdtype)


def test_a_changed_zone_is_visible_when_the_command_returns(story):
    story.apexd.write_zone("example.com.zone", zone(2, "new A 192.0.2.81\n", "192.0.2.90"))
    result = story.apexd.ctl("zone", "reload", "example.com")
    assert result["ok"]
    (entry,) = result["zones"]
    assert (entry["name"], entry["state"], entry["serial"]) == ("example.com.", "served", 2)
    assert entry["changed_names"] >= 2 and entry["error"] is None
    assert answers(story, "www.example.com") == ["192.0.2.90"]
    assert answers(story, "new.example.com") == ["192.0.2.81"]
    assert answers(story, "example.com")  # the ALIAS kept its set


def test_a_removed_name_is_nxdomain_when_the_command_returns(story):
    serve(story, zone(2, "new A 192.0.2.81\n"))
    assert answers(story, "new.example.com") == ["192.0.2.81"]
    serve(story, zone(3))
    assert query(story.client, SERVER4, "new.example.com", "A").rcode() == dns.rcode.NXDOMAIN


@pytest.mark.parametrize("line, words", [
    ("www A 192.0.2.300", ["192.0.2.300"]),
    ("www A", []),
    ("www BOGUS data", ["BOGUS"]),
    ("www.example.org. A 192.0.2.1", ["www.example.org."]),
    ("mail CNAME www", ["mail.example.com."]),
])
def test_a_broken_zone_stays_as_it_was(story, line, words):
    good = zone(3)
    serve(story, good)
    path = story.apexd.write_zone("example.com.zone", zone(4, line + "\n", "192.0.2.66"))
    done = story.apexd.ctl_run("zone", "reload", "example.com", json_output=False)
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert f"{path}:{len(good.splitlines()) + 1}: " in said
    for word in words:
        assert word in said
    assert answers(story, "www.example.com") == ["192.0.2.80"]
    assert answers(story, "example.com", "SOA")[0].split()[2] == "3"
    (entry,) = story.apexd.ctl("zone", "list")["zones"]
    assert (entry["state"], entry["serial"]) == ("served", 3)
    assert str(path) in entry["error"]


def test_a_zone_switches_in_one_step_under_load(story):
    generations = [zone(100 + index, address=f"192.0.2.{100 + index}") for index in range(6)]
    addresses = {f"192.0.2.{100 + index}" for index in range(6)}
    serve(story, generations[0])
    load = Dnsperf(story.client, SERVER4, ["www.example.com A", "example.com SOA",
                                           "example.com A", "mail.example.com A"], 4)
    with Watcher(story.client, SERVER4, "www.example.com", interval=0.002) as watcher:
        for generation in generations[1:]:
            serve(story, generation)
            time.sleep(0.2)
    report = load.finish()
    assert report.lost == 0
    assert report.rcodes == {"NOERROR": report.completed}
    seen = [observation.addresses for observation in watcher.observations]
    assert not [observation.problem for observation in watcher.observations
                if observation.problem]
    order = sorted({next(iter(address)) for address in seen if len(address) == 1})
    assert set(order) <= addresses and len(order) == 6
    # Never back to an older one.
    assert [sorted(address) for address in seen] == sorted(sorted(address) for address in seen)


def test_zones_come_and_go_with_the_configuration_under_load(story):
    apexd = story.apexd
    apexd.write_zone("other.zone", OTHER_ZONE)
    both = [("example.com", "example.com.zone"), ("example.org", "other.zone"),
            ("sub.example.com", "other.zone")]
    load = Dnsperf(story.client, SERVER4, ["www.example.com A", "example.com A",
                                           "nothing.example.com A"], 5)
    for _ in range(5):
        story.configure(both)
        result = apexd.ctl("config", "reload")
        assert result["ok"]
        assert sorted(result["added"]) == ["example.org.", "sub.example.com."]
        assert not result["removed"] and not result["restart_needed"]
        assert answers(story, "www.example.org") == ["192.0.2.200"]
        assert answers(story, "www.sub.example.com") == ["192.0.2.200"]
        story.configure(both[:1])
        result = apexd.ctl("config", "reload")
        assert sorted(result["removed"]) == ["example.org.", "sub.example.com."]
        gone = query(story.client, SERVER4, "www.example.org", "A")
        assert gone.rcode() == dns.rcode.REFUSED
        assert query(story.client, SERVER4, "www.sub.example.com", "A").rcode() == (
            dns.rcode.NXDOMAIN)
    report = load.finish()
    assert report.lost == 0
    assert set(report.rcodes) == {"NOERROR", "NXDOMAIN"}
    assert abs(report.rcodes["NXDOMAIN"] * 3 - report.completed) <= 3


def test_a_new_zone_that_is_broken_does_not_disturb_the_others(story):
    path = story.apexd.write_zone("broken.zone", "@ SOA ns hostmaster 1 1 1 1 1\nwww A x\n")
    story.configure([("example.com", "example.com.zone"), ("example.org", "broken.zone")])
    done = story.apexd.ctl_run("config", "reload", json_output=False)
    assert done.returncode == 1
    assert f"{path}:2: " in done.stdout + done.stderr
    status = story.apexd.ctl("status")
    assert status["zones"] == {"served": 1, "failed": 1}
    assert status["failed_zones"][0]["name"] == "example.org."
    assert f"{path}:2: " in status["failed_zones"][0]["error"]
    assert answers(story, "www.example.com") == ["192.0.2.80"]
    # Mended, it comes with a plain zone reload.
    story.apexd.write_zone("broken.zone", OTHER_ZONE)
    assert story.apexd.ctl("zone", "reload", "example.org")["ok"]
    assert answers(story, "www.example.org") == ["192.0.2.200"]


def test_a_change_that_failed_is_tried_again(story):
    serve(story, zone(1))
    path = story.apexd.write_zone("moved.zone", "@ SOA ns hostmaster 1 1 1 1 1\nwww A x\n")
    story.configure([("example.com", "moved.zone")])
    for _ in range(2):
        done = story.apexd.ctl_run("config", "reload")
        assert done.returncode == 1
        result = json.loads(done.stdout)
        assert not result["ok"] and result["reloaded"] == ["example.com."]
        assert f"{path}:2: " in result["failed"][0]["error"]
        assert answers(story, "www.example.com") == ["192.0.2.80"]
    story.apexd.write_zone("moved.zone", zone(2, address="192.0.2.91"))
    assert story.apexd.ctl("config", "reload")["reloaded"] == ["example.com."]
    assert answers(story, "www.example.com") == ["192.0.2.91"]
    result = story.apexd.ctl("config", "reload")
    assert result["ok"] and not result["reloaded"]


def test_a_bad_configuration_changes_nothing(story):
    good = story.apexd.config.read_text()
    story.apexd.config.write_text(good + "colour: blue\n")
    done = story.apexd.ctl_run("config", "reload", json_output=False)
    assert done.returncode == 1
    assert f"{story.apexd.config}:{len(good.splitlines()) + 1}: " in done.stdout + done.stderr
    assert answers(story, "www.example.com") == ["192.0.2.80"]


def test_what_only_a_restart_applies_is_named(story):
    good = story.apexd.config.read_text()
    story.apexd.config.write_text(good.replace(SERVER4, "10.53.0.77"))
    assert story.apexd.ctl("config", "reload")["restart_needed"] == ["server"]
    assert story.apexd.ctl("status")["config"]["restart_needed"] == ["server"]
    assert answers(story, "www.example.com") == ["192.0.2.80"]
    story.apexd.config.write_text(good)
    assert story.apexd.ctl("config", "reload")["restart_needed"] == []
