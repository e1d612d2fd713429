# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Health checks of what an apex answers with, against web servers that are stopped and
started: an unhealthy address leaves and comes back, and when none is healthy all stay."""
import shlex
import sys
import time

import pytest
from lab import wait_for
from story import DEVICE, EXAMPLE_ZONE, RESOLVER, SERVER4, SERVER6, Story
from traffic import query, rdata_texts

# On the host of the CDN; a web server on each.
ADDRESSES = ["192.0.2.10", "192.0.2.11"]
# Python and openssl may take their time on a busy core; who is mute costs the whole of it.
CHECK = "interval: 4s, timeout: 3s, rise: 1, fall: 2"
MUTE_CHECK = "interval: 2s, timeout: 1s, rise: 1, fall: 2"
RECORDS = f"""    records:
      "@": {{health: {{check: http, port: 8080, path: /up, {CHECK}}}}}
      tls: {{health: {{check: https, port: 8443, host: cdn.example.net, {CHECK}}}}}
      odd: {{health: {{check: http, port: 8080, path: /none, {CHECK}}}}}
      mute: {{health: {{check: http, port: 9000, {MUTE_CHECK}}}}}
"""
OWNERS = "".join(f"{name} ALIAS cdn.example.net.\n" for name in ("tls", "odd", "mute", "plain"))
WEB = "import http.server, sys; http.server.test(http.server.SimpleHTTPRequestHandler, " \
      "port=8080, bind=sys.argv[1])"
MUTE = "import socket, time; s = socket.create_server(('0.0.0.0', 9000)); time.sleep(1e6)"


@pytest.fixture(scope="module")
def story(lab):
    made = Story(lab)
    made.server.run("ip", "route", "add", "192.0.2.0/24", "dev", "eth2")
    for address in ADDRESSES:
        made.upstream.run("ip", "address", "add", f"{address}/32", "dev", "eth0")
    made.move_cdn(ADDRESSES, [])
    (lab.directory / "up").write_text("yes\n")
    made.upstream.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                      "-subj", "/CN=cdn.example.net", "-keyout", lab.directory / "key",
                      "-out", lab.directory / "cert")
    made.web = {}
    for address in ADDRESSES:
        start_web(made, address)
        # Anything but a web server, with TLS: what it serves is not the question.
        made.upstream.start(f"tls-{address}", "openssl", "s_server", "-www", "-quiet", "-accept",
                            f"{address}:8443", "-key", lab.directory / "key", "-cert",
                            lab.directory / "cert")
    made.upstream.start("mute", sys.executable, "-c", MUTE)
    apexd = made.apexd
    apexd.write_zone("example.com.zone", EXAMPLE_ZONE + OWNERS)
    apexd.write_config(addresses=[SERVER4, SERVER6], devices=[DEVICE],
                       zones=[("example.com", "example.com.zone")], forward=[RESOLVER])
    apexd.config.write_text(apexd.config.read_text() + RECORDS)
    apexd.start()
    apexd.wait_for_aliases()
    return made


def start_web(story, address):
    folder = shlex.quote(str(story.upstream.lab.directory))
    story.web[address] = story.upstream.start(
        f"web-{address}", "sh", "-c",
        f"cd {folder} && exec {sys.executable} -c {shlex.quote(WEB)} {address}")


def served(story, name="example.com"):
    return rdata_texts(query(story.client, SERVER4, name, "A"), "A")


def health(story, name="example.com"):
    served_types = story.apexd.ctl("alias", "explain", name)["served"]
    return next(entry["health"] for entry in served_types if entry["type"] == "A")


def states(story, name="example.com"):
    return {entry["address"]: entry["healthy"] for entry in health(story, name)["addresses"]}


def test_healthy_addresses_are_served(story):
    wait_for(lambda: states(story) == dict.fromkeys(ADDRESSES, True), "the first checks", 10)
    assert served(story) == ADDRESSES


def test_over_tls(story):
    wait_for(lambda: states(story, "tls.example.com") == dict.fromkeys(ADDRESSES, True),
             "the first checks over TLS", 10)


def test_an_unhealthy_address_leaves_and_comes_back(story):
    first, second = ADDRESSES
    story.web[second].kill()
    wait_for(lambda: served(story) == [first], "the address to leave", 15)
    assert states(story) == {first: True, second: False}
    assert served(story, "plain.example.com") == ADDRESSES, "only its own owner's answer"
    text = story.apexd.ctl_run("alias", "explain", "example.com", json_output=False).stdout
    assert f"    {second}  unhealthy since" in text
    assert "last error: no HTTP answer: the connection was refused" in text
    assert story.apexd.ctl("status")["health"]["unhealthy"] >= 1
    log = story.apexd.process.output()
    assert f"health of {second}, http on port 8080, GET /up at example.com" in log
    start_web(story, second)
    wait_for(lambda: served(story) == ADDRESSES, "the address to come back", 15)
    assert ("GET /up at example.com, status 200 to 399: healthy again"
            in story.apexd.process.output())


def test_the_status_counts_and_all_unhealthy_means_all_served(story):
    def errors():
        return {entry["error"] for entry in health(story, "odd.example.com")["addresses"]}

    wait_for(lambda: health(story, "odd.example.com")["all_unhealthy"], "both to be unhealthy", 15)
    assert served(story, "odd.example.com") == ADDRESSES
    wait_for(lambda: errors() == {"HTTP status 404, expected 200 to 399"}, "the status to be why",
             10)


def test_who_accepts_and_says_nothing_is_unhealthy_and_holds_nobody_up(story):
    wait_for(lambda: health(story, "mute.example.com")["all_unhealthy"], "both to be unhealthy", 15)
    errors = {entry["error"] for entry in health(story, "mute.example.com")["addresses"]}
    assert errors == {"no answer within 1 s"}
    assert served(story, "mute.example.com") == ADDRESSES


def test_a_reload_keeps_what_is_known(story):
    first, second = ADDRESSES
    story.web[second].kill()
    wait_for(lambda: served(story) == [first], "the address to leave", 15)
    since = {entry["address"]: entry["since"] for entry in health(story)["addresses"]}
    time.sleep(1.1)
    story.apexd.write_zone("example.com.zone", EXAMPLE_ZONE.replace("2026010101", "2026010102")
                           + OWNERS)
    assert story.apexd.ctl("zone", "reload", "example.com")["ok"]
    assert served(story) == [first]
    assert {entry["address"]: entry["since"] for entry in health(story)["addresses"]} == since


def test_a_check_that_is_taken_out_ends(story):
    config = story.apexd.config.read_text()
    before = story.apexd.ctl("status")["health"]["checked"]
    story.apexd.config.write_text(config[:config.index("    records:")])
    assert story.apexd.ctl("config", "reload")["ok"]
    assert before == 8
    assert story.apexd.ctl("status")["health"]["checked"] == 0
    assert served(story) == ADDRESSES
    story.apexd.config.write_text(config)
    assert story.apexd.ctl("config", "reload")["ok"]
    assert story.apexd.ctl("status")["health"]["checked"] == 8
