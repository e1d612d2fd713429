# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""What a server says of itself, as dig shows it, when its operator lets it."""
import pytest
from conftest import counted
from story import SERVER4, Story

SETTINGS = '  identity: edge1.example.net\n  version: "none of your business"\n  any: hinfo\n'


@pytest.fixture(scope="module")
def story(lab):
    made = Story(lab)
    config = made.apexd.config
    config.write_text(config.read_text().replace("ports:\n", f"{SETTINGS}ports:\n"))
    made.apexd.start()
    made.apexd.wait_for_aliases()
    return made


def dig(story, *words):
    done = story.client.run("dig", f"@{SERVER4}", "+norec", "+tries=1", "+time=2", *words)
    return done.stdout


@pytest.mark.parametrize("name, text", [
    ("id.server", "edge1.example.net"), ("hostname.bind", "edge1.example.net"),
    ("version.server", "none of your business"), ("version.bind", "none of your business")])
def test_class_chaos(story, name, text):
    with counted(story.apexd, chaos=1):
        assert dig(story, "+short", "CH", "TXT", name) == f'"{text}"\n'


def test_other_names_of_class_chaos_are_refused(story):
    with counted(story.apexd, refused=1):
        assert "status: REFUSED" in dig(story, "CH", "TXT", "authors.bind")


@pytest.mark.parametrize("name", ["example.com", "no.example.com", "example.org"])
def test_nsid_comes_with_every_reply_when_asked_for(story, name):
    assert '("edge1.example.net")' in dig(story, "+nsid", name, "A")
    assert "NSID" not in dig(story, name, "A")


def test_any_gets_a_hinfo(story):
    assert dig(story, "+short", "+notcp", "example.com", "ANY") == '"RFC8482" ""\n'
    assert dig(story, "+short", "www.example.com", "A") == "192.0.2.80\n"
