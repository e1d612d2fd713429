# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Two resolvers must agree before an apex loses its addresses."""
import faulty
import pytest
from faulty import FaultyUpstream, addresses
from story import DEVICE, SERVER4, SERVER6, Story
from traffic import query, rdata_texts

FIRST, SECOND = "10.53.1.4", "10.53.1.5"
CDN = "cdn.example.net."
WELL = ["192.0.2.31"]


@pytest.fixture(scope="module")
def story(lab):
    made = Story(lab)
    for address in (FIRST, SECOND):
        made.upstream.run("ip", "address", "add", f"{address}/24", "dev", "eth0")
    apexd = made.apexd
    apexd.write_config(addresses=[SERVER4, SERVER6], devices=[DEVICE],
                       zones=[("example.com", "example.com.zone")], forward=[FIRST])
    apexd.config.write_text(apexd.config.read_text().replace(
        "resolver:\n", f"resolver:\n  confirm: [{SECOND}]\n"))
    with FaultyUpstream(made.upstream, FIRST) as made.first, \
            FaultyUpstream(made.upstream, SECOND) as made.second:
        for upstream in (made.first, made.second):
            upstream.answers[CDN] = addresses(*WELL)
        apexd.start()
        apexd.wait_for_aliases()
        yield made


def served(story):
    return rdata_texts(query(story.client, SERVER4, "example.com", "A"), "A")


def last_error(story):
    (found,) = story.apexd.ctl("alias", "explain", "example.com")["targets"]
    return next(entry for entry in found["types"] if entry["type"] == "A")["last_error"]


@pytest.mark.parametrize(("second", "word"), [
    (addresses("192.0.2.77"), f"but 1 through forward {SECOND}@53"),
    (faulty.rcode("NOERROR"), f"nor a SOA through forward {SECOND}@53, so not confirmed"),
    (faulty.rcode("SERVFAIL"), "not confirmed: cdn.example.net. A through"),
    (faulty.silent, "not confirmed: cdn.example.net. A through"),
])
def test_the_first_alone_takes_nothing_away(story, second, word):
    story.first.answers[CDN] = faulty.rcode("NXDOMAIN")
    story.second.answers[CDN] = second
    before = story.apexd.ctl("stats")["alias"]["unconfirmed"]
    story.apexd.ctl_run("alias", "refresh", "example.com")
    assert served(story) == WELL
    assert f"no addresses through forward {FIRST}@53, " in last_error(story)
    assert word in last_error(story)
    assert story.apexd.ctl("stats")["alias"]["unconfirmed"] > before
    story.first.answers[CDN] = addresses(*WELL)
    story.apexd.ctl("alias", "refresh", "example.com")
    assert last_error(story) is None


def test_the_first_without_a_soa_takes_nothing_away(story):
    story.first.answers[CDN] = faulty.rcode("NOERROR")
    story.second.answers[CDN] = faulty.rcode("NXDOMAIN")
    story.apexd.ctl_run("alias", "refresh", "example.com")
    assert served(story) == WELL
    assert "no SOA either, as from a lame server" in last_error(story)


def test_both_together_do(story):
    for upstream in (story.first, story.second):
        upstream.answers[CDN] = faulty.rcode("NXDOMAIN")
    story.apexd.ctl("alias", "refresh", "example.com")
    assert served(story) == []
    assert last_error(story) is None
