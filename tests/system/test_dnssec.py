# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""DNSSEC validation of targets: a signed one is secure, a bogus answer is a failure and
changes nothing. NSD serves what ldns-signzone signed, from the root down, and is asked
directly, through an unbound that validates too, and by apexd's own recursion."""
import subprocess
import time

import dns.rcode
import pytest
from conftest import open_lab
from lab import wait_for
from servers import Unbound
from story import (AUTHORITY, DEVICE, EXAMPLE_ZONE, NEW4, OLD4, OLD6, SERVER4, SERVER6, Story,
                   cdn_zone)
from traffic import query, rdata_texts

DAY = 86400
VALIDATOR = "10.53.1.6"
FORWARDERS = {"nsd": [AUTHORITY], "unbound": [VALIDATOR], "recursion": []}
PLAIN_ZONE = f"$TTL 5\n@ SOA ns.lab. h.lab. 1 3600 600 {DAY} 5\n@ NS ns.lab.\nwww A 192.0.2.77\n"
ROOT_ZONE = f""". 5 SOA ns.lab. h.lab. 1 3600 600 {DAY} 5
. 5 NS ns.lab.
ns.lab. 5 A {AUTHORITY}
example.net. 5 NS ns.lab.
example.org. 5 NS ns.lab.
"""


class Signer:
    """A key of a zone, and versions of the zone signed with it."""

    def __init__(self, directory, zone):
        self.directory = directory
        self.directory.mkdir()
        self.base = self._run("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", zone)
        self.anchor = self.directory / f"{self.base}.ds"

    def sign(self, text, seconds=DAY):
        """The zone signed, for so long; a past that long when it is negative."""
        (self.directory / "zone").write_text(text)
        end = time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() + seconds))
        start = time.strftime("%Y%m%d%H%M%S", time.gmtime(time.time() - 30 * DAY))
        self._run("ldns-signzone", "-i", start, "-e", end, "-f", "signed", "zone", self.base)
        return (self.directory / "signed").read_text()

    def _run(self, *command):
        done = subprocess.run(command, cwd=self.directory, capture_output=True, text=True,
                              check=True)
        return done.stdout.strip()


@pytest.fixture(scope="module", params=FORWARDERS)
def story(request):
    with open_lab(f"dnssec_{request.param}") as lab:
        yield started(lab, request.param)


def started(lab, way):
    made = Story(lab)
    made.signer = Signer(lab.directory / "signer", "example.net")
    made.stranger = Signer(lab.directory / "stranger", "example.net")
    root = Signer(lab.directory / "root", ".")
    zones = {".": root.sign(ROOT_ZONE + made.signer.anchor.read_text()),
             "example.net": made.signer.sign(zone(made, OLD4)), "example.org": PLAIN_ZONE}
    made.unbound.kill()
    if way == "recursion":
        made.stand_at_the_root(zones)
    else:
        made.nsd.serve(zones)
    if way == "unbound":
        made.upstream.run("ip", "address", "add", f"{VALIDATOR}/24", "dev", "eth0")
        Unbound(made.upstream, VALIDATOR, AUTHORITY, f"  trust-anchor-file: {root.anchor}\n"
                                                     "  val-bogus-ttl: 5\n")
    made.apexd.write_zone("example.com.zone", EXAMPLE_ZONE + "plain ALIAS www.example.org.\n")
    made.apexd.write_config(addresses=[SERVER4, SERVER6], devices=[DEVICE],
                            zones=[("example.com", "example.com.zone")],
                            forward=FORWARDERS[way], trust_anchor=root.anchor)
    made.apexd.start()
    made.apexd.wait_for_aliases(30)
    return made


def zone(story, addresses4, more=""):
    """The next version of example.net. Its key stays known meanwhile: libunbound keeps one that
    it could not validate for a minute."""
    story.serial += 1
    return cdn_zone(story.serial, addresses4, OLD6) + more


def expired(story, more=""):
    """Signatures from longer ago than clocks differ."""
    return story.signer.sign(zone(story, NEW4, more), -5 * DAY)


def of_another_key(story, more=""):
    return story.stranger.sign(zone(story, NEW4, more))


def tampered_with(story, more=""):
    """The addresses are others than those that were signed."""
    signed = story.signer.sign(zone(story, OLD4, more))
    changed = signed.replace(f"\tA\t{OLD4[0]}\n", f"\tA\t{NEW4[0]}\n")
    assert changed != signed
    return changed


def unsigned_denial(story, more=""):
    return zone(story, [], more)


def serve(story, text):
    story.nsd.update("example.net", text)


def ask(story, name="example.com"):
    reply = query(story.client, SERVER4, name, "A", use_edns=0)
    assert reply is not None
    return reply


def served(story, name="example.com"):
    return rdata_texts(ask(story, name), "A")


def ede(reply):
    return [(int(option.code), option.text) for option in reply.options]


def explained(story, name="example.com"):
    (found,) = story.apexd.ctl("alias", "explain", name)["targets"]
    return next(entry for entry in found["types"] if entry["type"] == "A")


def refreshed(story, name="example.com"):
    """What is known after a question of now, whatever comes of it."""
    story.apexd.ctl_run("alias", "refresh", name)
    return explained(story, name)


def mend(story, addresses4, more=""):
    serve(story, story.signer.sign(zone(story, addresses4, more)))
    wait_for(lambda: refreshed(story)["failures"] == 0 and served(story) == addresses4,
             "the target to be sound again", 100, 0.5)
    assert explained(story)["validation"] == "secure"
    assert ede(ask(story)) == []


def test_a_signed_target_is_secure(story):
    assert served(story) == OLD4
    assert explained(story)["validation"] == "secure"
    text = story.apexd.ctl_run("alias", "explain", "example.com", json_output=False).stdout
    assert "DNSSEC      secure" in text


def test_a_target_in_an_unsigned_zone_is_insecure(story):
    assert served(story, "plain.example.com") == ["192.0.2.77"]
    assert explained(story, "plain.example.com")["validation"] == "insecure"


@pytest.mark.parametrize("bogus", [tampered_with, expired, of_another_key, unsigned_denial])
def test_a_bogus_answer_is_a_failure(story, bogus):
    """The set from before is served on, as a stale one in the end, until it is mended."""
    before = story.apexd.ctl("stats")["alias"]
    serve(story, bogus(story))
    wait_for(lambda: refreshed(story)["failures"], "the first failure", 30, 0.5)
    assert "cdn.example.net. A" in explained(story)["last_error"]
    assert "bogus (DNSSEC)" in explained(story)["last_error"]
    assert served(story) == OLD4
    after = story.apexd.ctl("stats")["alias"]
    assert after["bogus"] > before["bogus"] and after["failures"] > before["failures"]
    wait_for(lambda: explained(story)["rung"] == "stale", "the set to be stale", 20)
    stale = ask(story)
    assert (rdata_texts(stale, "A"), stale.answer[0].ttl) == (OLD4, 30)
    assert ede(stale) == [(3, "cdn.example.net. cannot be resolved")]
    mend(story, OLD4)


def test_a_target_that_was_never_sound_has_no_answer(story):
    late = "late 5 A 192.0.2.66\n"
    serve(story, expired(story, late))
    story.apexd.write_zone("example.com.zone", EXAMPLE_ZONE.replace("2026010101", "2026010102")
                           + "late ALIAS late.example.net.\n")
    assert story.apexd.ctl("zone", "reload", "example.com")
    wait_for(lambda: explained(story, "late.example.com")["failures"], "the first failure", 20)
    assert "bogus (DNSSEC)" in explained(story, "late.example.com")["last_error"]
    assert explained(story, "late.example.com")["rung"] == "none"
    reply = ask(story, "late.example.com")
    assert reply.rcode() == dns.rcode.SERVFAIL
    assert ede(reply) == [(14, "late.example.net. is not resolved yet")]
    mend(story, OLD4, late)
    wait_for(lambda: refreshed(story, "late.example.com")
             and served(story, "late.example.com") == ["192.0.2.66"], "the late target", 100, 0.5)
    assert explained(story, "late.example.com")["validation"] == "secure"


def test_a_signed_change_is_served(story):
    mend(story, NEW4)
