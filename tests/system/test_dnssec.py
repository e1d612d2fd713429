# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""DNSSEC validation of targets: a signed one is secure, a bogus answer is a failure and
changes nothing. NSD serves what ldns-signzone signed, and is asked without a cache."""
import subprocess
import time

import pytest
from lab import wait_for
from story import AUTHORITY, DEVICE, NEW4, OLD4, OLD6, SERVER4, SERVER6, Story, cdn_zone
from traffic import query, rdata_texts

DAY = 86400


class Signer:
    """A key of example.net, and zones signed with it."""

    def __init__(self, directory, name):
        self.directory = directory / name
        self.directory.mkdir()
        self.base = self._run("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", "example.net")
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


@pytest.fixture(scope="module")
def story(lab):
    made = Story(lab)
    made.signer = Signer(lab.directory, "signer")
    made.stranger = Signer(lab.directory, "stranger")
    made.nsd.update("example.net", made.signer.sign(cdn_zone(2, OLD4, OLD6)))
    made.serial = 2
    made.apexd.write_config(addresses=[SERVER4, SERVER6], devices=[DEVICE],
                            zones=[("example.com", "example.com.zone")], forward=[AUTHORITY])
    text = made.apexd.config.read_text().replace(
        "resolver:\n", f"resolver:\n  trust-anchor: {made.signer.anchor}\n")
    made.apexd.config.write_text(text)
    made.apexd.start()
    made.apexd.wait_for_aliases()
    return made


def move(story, signer, addresses4, seconds=DAY):
    story.serial += 1
    story.nsd.update("example.net", signer.sign(cdn_zone(story.serial, addresses4, OLD6), seconds))


def served(story):
    return rdata_texts(query(story.client, SERVER4, "example.com", "A"), "A")


def explained(story):
    (found,) = story.apexd.ctl("alias", "explain", "example.com")["targets"]
    return next(entry for entry in found["types"] if entry["type"] == "A")


def refresh(story):
    """Asks now, whatever comes of it."""
    return story.apexd.ctl_run("alias", "refresh", "example.com")


def test_a_signed_target_is_secure(story):
    assert served(story) == OLD4
    assert explained(story)["validation"] == "secure"
    text = story.apexd.ctl_run("alias", "explain", "example.com", json_output=False).stdout
    assert "DNSSEC      secure" in text


@pytest.mark.parametrize(("signer", "seconds"), [("signer", -5 * DAY), ("stranger", DAY)])
def test_a_bogus_answer_changes_nothing(story, signer, seconds):
    """Signatures that expired, longer ago than clocks differ, and those of another key."""
    move(story, getattr(story, signer), NEW4, seconds)
    refresh(story)
    entry = explained(story)
    assert "bogus (DNSSEC)" in entry["last_error"]
    assert entry["failures"] > 0
    assert served(story) == OLD4
    move(story, story.signer, OLD4)
    wait_for(lambda: refresh(story)
             and explained(story)["failures"] == 0, "the target to be sound again", 75, 1)


def test_a_denial_is_validated_too(story):
    """Unsigned ones are no reason to withdraw a set."""
    story.serial += 1
    story.nsd.update("example.net", cdn_zone(story.serial, [], []))
    refresh(story)
    assert "bogus (DNSSEC)" in explained(story)["last_error"]
    assert served(story) == OLD4


def test_a_signed_change_is_served(story):
    move(story, story.signer, NEW4)
    wait_for(lambda: refresh(story)
             and served(story) == NEW4, "the new set", 75, 1)
    assert explained(story)["validation"] == "secure"
