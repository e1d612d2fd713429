# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Two resolvers must agree before an apex loses its addresses."""
import dns.message
import faulty
import pytest
from faulty import FaultyUpstream, addresses
from lab import wait_for
from load import Load, outcome
from servers import apexdns_build
from story import AUTHORITY, DEVICE, OLD4, OLD6, RESOLVER, SERVER4, SERVER6, Story, cdn_zone
from traffic import exchange, query, rdata_texts

FIRST, SECOND = "10.53.1.4", "10.53.1.5"
CDN = "cdn.example.net."
WELL = ["192.0.2.31"]


@pytest.fixture(scope="module")
def story(lab):
    made = Story(lab)
    for address in (FIRST, SECOND):
        made.upstream.run("ip", "address", "add", f"{address}/24", "dev", "eth0")
    apexd = made.apexd
    configure(apexd, FIRST, SECOND)
    with FaultyUpstream(made.upstream, FIRST) as made.first, \
            FaultyUpstream(made.upstream, SECOND) as made.second:
        for upstream in (made.first, made.second):
            upstream.answers[CDN] = addresses(*WELL)
        apexd.start()
        apexd.wait_for_aliases()
        yield made


def configure(apexd, forward, confirm):
    apexd.write_config(addresses=[SERVER4, SERVER6], devices=[DEVICE],
                       zones=[("example.com", "example.com.zone")], forward=[forward])
    apexd.config.write_text(apexd.config.read_text().replace(
        "resolver:\n", f"resolver:\n  confirm: [{confirm}]\n"))


def served(story):
    return rdata_texts(query(story.client, SERVER4, "example.com", "A"), "A")


def explained(story):
    (found,) = story.apexd.ctl("alias", "explain", "example.com")["targets"]
    return next(entry for entry in found["types"] if entry["type"] == "A")


def last_error(story):
    return explained(story)["last_error"]


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


@pytest.fixture(scope="module")
def cached(story):
    """The same with unbound, which caches, as the forwarder; NSD, the authority, confirms."""
    assert story.apexd.stop() == 0
    configure(story.apexd, RESOLVER, AUTHORITY)
    story.apexd.start()
    story.apexd.wait_for_aliases()
    return story


def update(story, addresses4, addresses6, negative_ttl=5):
    story.serial += 1
    story.nsd.update("example.net", cdn_zone(story.serial, addresses4, addresses6).replace(
        " 86400 5\n", f" 86400 {negative_ttl}\n"))


def restart_unbound(story, *more):
    """With an empty cache."""
    story.unbound.kill()
    config = story.unbound.config.read_text().partition("# more")[0]
    story.unbound.config.write_text("\n".join((config + "# more", *more, "")))
    story.unbound.start()


def denial_left(story, rdtype="A"):
    """Seconds that unbound's denial has left; None: it does not deny."""
    wire = exchange(story.upstream, RESOLVER, dns.message.make_query(CDN, rdtype).to_wire())
    reply = dns.message.from_wire(wire)
    return None if reply.answer else reply.authority[0].ttl


def unconfirmed(story):
    return story.apexd.ctl("stats")["alias"]["unconfirmed"]


def ask_once_more(story):
    """A refresh, of which the end, which waits for more than this question, is not awaited."""
    before = explained(story)["resolutions"]
    story.server.start("refresh", apexdns_build() / "apexctl", "-s", story.apexd.socket,
                       "alias", "refresh", "example.com")
    wait_for(lambda: explained(story)["resolutions"] > before, "one more question")


def test_a_denial_that_a_cache_repeats_counts_once(cached):
    before = unconfirmed(cached)
    with Load(cached.client, SERVER4, ["example.com A"]) as load:
        cached.unbound.kill()
        update(cached, [], [], negative_ttl=60)
        restart_unbound(cached)
        assert denial_left(cached) and denial_left(cached, "AAAA")
        update(cached, OLD4, OLD6)
        for _ in range(4):
            left = denial_left(cached)
            ask_once_more(cached)
            wait_for(lambda left=left: denial_left(cached) < left, "the denial to age")
        assert unconfirmed(cached) == before, "a copy of the denial went for a second one"
        wait_for(lambda: explained(cached)["rung"] == "stale", "the set to be past its life", 10)
        rows = cached.apexd.ctl("alias", "list", "--stale")["aliases"]
        assert (explained(cached)["failures"], [row["type"] for row in rows]) == (0, ["A", "AAAA"])
        restart_unbound(cached)
        cached.apexd.ctl("alias", "refresh", "example.com")
    assert load.outcomes == {"example.com A": {outcome(OLD4)}}


def test_a_resolver_that_hides_a_name_withdraws_nothing(cached):
    """unbound has a zone of its own in place of the CDN's, as filters do."""
    before = unconfirmed(cached)
    with Load(cached.client, SERVER4, ["example.com A"]) as load:
        restart_unbound(cached, "server:", 'local-zone: "example.net." static',
                        "local-data: 'example.net. 5 SOA ns.example.net. root. 1 2 3 4 5'")
        cached.apexd.ctl_run("alias", "refresh", "example.com")
        assert f"but 2 through forward {AUTHORITY}@53" in last_error(cached)
        assert unconfirmed(cached) > before
    assert load.outcomes == {"example.com A": {outcome(OLD4)}}


def test_what_the_authority_confirms_is_withdrawn(cached):
    with Load(cached.client, SERVER4, ["example.com A"]) as load:
        update(cached, [], [], negative_ttl=1)
        restart_unbound(cached)
        before = unconfirmed(cached)
        cached.apexd.ctl("alias", "refresh", "example.com")
        assert served(cached) == []
        assert unconfirmed(cached) == before
        wait_for(lambda: len(load.said("example.com A")) == 2, "the load to see it")
    assert load.outcomes == {"example.com A": {outcome(OLD4), "NOERROR"}}
