# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Targets that lead back to us through the outside: our own records count, not what a
resolver made of them; a loop is named; an address of ours alarms."""
import dns.rcode
import pytest
from conftest import counted
from faulty import FaultyUpstream, addresses, rcode
from lab import wait_for
from story import DEVICE, EXAMPLE_ZONE, SERVER4, SERVER6, Story
from traffic import query, rdata_texts

UPSTREAM = "10.53.1.4"
CDN, LOOP, HERE = "cdn.example.net.", "loop.example.net.", "here.example.net."
OVER, ECHO, SHOP = "over.example.net.", "echo.example.net.", "shop.example.net."
CUT = "www.lb.example.com."  # below a delegation: whoever has it is asked
OWNERS = (f"loop ALIAS {LOOP}\nhere ALIAS {HERE}\nover ALIAS {OVER}\ninner ALIAS www\n"
          f"echo ALIAS {ECHO}\nshop ALIAS {SHOP}\nlb NS ns.example.net.\n")


@pytest.fixture(scope="module")
def story(lab):
    made = Story(lab)
    made.upstream.run("ip", "address", "add", f"{UPSTREAM}/24", "dev", "eth0")
    apexd = made.apexd
    apexd.write_zone("example.com.zone", EXAMPLE_ZONE + OWNERS)
    apexd.write_config(addresses=[SERVER4, SERVER6], devices=[DEVICE],
                       zones=[("example.com", "example.com.zone")], forward=[UPSTREAM],
                       extra="alias:\n  private: allow\n")
    with FaultyUpstream(made.upstream, UPSTREAM) as made.faulty:
        # What a resolver would have got from somewhere for our names.
        made.faulty.answers = {
            CDN: addresses("192.0.2.66", chain=["www.example.com."]),
            "www.example.com.": addresses("192.0.2.66"),
            LOOP: addresses("192.0.2.66", chain=["loop.example.com."]),
            "loop.example.com.": addresses("192.0.2.66"),
            HERE: addresses("192.0.2.9"),
            OVER: addresses("192.0.2.66", chain=["inner.example.com."]),
            "inner.example.com.": addresses("192.0.2.66"),
            ECHO: addresses("192.0.2.55"),
            "echo.example.com.": addresses("192.0.2.55"),
            SHOP: addresses("192.0.2.69", "192.0.2.70"),
        }
        apexd.start()
        apexd.wait_for_aliases()
        yield made


def ede(reply):
    (error,) = reply.options
    return int(error.code), error.text


def served(story, name="example.com"):
    return rdata_texts(query(story.client, SERVER4, name, "A", use_edns=0), "A")


def explained(story, name="example.com"):
    (found,) = story.apexd.ctl("alias", "explain", name)["targets"]
    return next(entry for entry in found["types"] if entry["type"] == "A")


def test_our_own_records_are_served(story):
    assert served(story) == ["192.0.2.80"]
    entry = explained(story)
    assert [(hop["owner"], hop["next"]) for hop in entry["chain"]] == [
        (CDN, "www.example.com."), ("www.example.com.", None)]
    assert entry["addresses"] == ["192.0.2.80"]


def test_a_reload_is_followed_at_once(story):
    story.apexd.write_zone("example.com.zone", EXAMPLE_ZONE.replace(
        "2026010101", "2026010102").replace("192.0.2.80", "192.0.2.81") + OWNERS)
    before = story.apexd.ctl("stats")["alias"]["changes"]
    assert story.apexd.ctl("zone", "reload", "example.com")["ok"]
    assert served(story) == ["192.0.2.81"]
    assert story.apexd.ctl("stats")["alias"]["changes"] == before, "not by a resolution"


def test_the_way_may_lead_elsewhere_and_back_again(story):
    story.faulty.answers[CDN] = addresses("192.0.2.67")
    story.apexd.ctl("alias", "refresh", "example.com")
    assert served(story) == ["192.0.2.67"]
    story.faulty.answers[CDN] = addresses("192.0.2.66", chain=["www.example.com."])
    story.apexd.ctl("alias", "refresh", "example.com")
    assert served(story) == ["192.0.2.81"]


def test_a_loop_through_the_outside_is_named(story):
    with counted(story.apexd, servfail=1):
        reply = query(story.client, SERVER4, "loop.example.com", "A", use_edns=0)
    assert reply.rcode() == dns.rcode.SERVFAIL
    loop = f"a loop: loop.example.com. -> {LOOP} -> loop.example.com."
    assert ede(reply) == (22, loop)
    assert explained(story, "loop.example.com")["reason"] == loop
    text = story.apexd.ctl_run("alias", "explain", "loop.example.com", json_output=False).stdout
    assert "A: failing, not to be resolved\n" in text
    assert f"      reason      {loop}\n" in text


def test_a_loop_is_seen_though_its_addresses_are_those_before(story):
    assert served(story, "echo.example.com") == ["192.0.2.55"]
    story.faulty.answers[ECHO] = addresses("192.0.2.55", chain=["echo.example.com."])
    story.apexd.ctl("alias", "refresh", "echo.example.com")
    reply = query(story.client, SERVER4, "echo.example.com", "A", use_edns=0)
    assert (reply.rcode(), ede(reply)) == (
        dns.rcode.SERVFAIL, (22, f"a loop: echo.example.com. -> {ECHO} -> echo.example.com."))
    story.faulty.answers[ECHO] = addresses("192.0.2.55")
    story.apexd.ctl("alias", "refresh", "echo.example.com")
    assert served(story, "echo.example.com") == ["192.0.2.55"]


def test_a_way_back_and_out_again_is_not_dark_before_it_is_known(story):
    """What the resolver has made of it all is served until somebody has answered for the
    delegated name itself."""
    asked = []

    def once(message, over_tcp):
        asked.append(message.question[0].rdtype)
        answer = addresses("192.0.2.70") if asked.count(asked[-1]) == 1 else rcode("SERVFAIL")
        return answer(message, over_tcp)

    assert served(story, "shop.example.com") == ["192.0.2.69", "192.0.2.70"]
    story.faulty.answers |= {SHOP: addresses("192.0.2.70", chain=[CUT]), CUT: once}
    story.apexd.ctl("alias", "refresh", "shop.example.com")
    assert served(story, "shop.example.com") == ["192.0.2.70"]
    wait_for(lambda: asked.count(dns.rdatatype.A) > 2, "the name itself to be asked for", 10)
    assert served(story, "shop.example.com") == ["192.0.2.70"]
    story.faulty.answers[CUT] = addresses("192.0.2.72")
    wait_for(lambda: served(story, "shop.example.com") == ["192.0.2.72"], "its own answer", 30)
    assert explained(story, "shop.example.com")["chain"][0] == {
        "owner": SHOP, "type": "CNAME", "ttl": 5, "next": CUT}


def alarms(story):
    return [(alarm["target"], alarm["kind"]) for alarm in story.apexd.ctl("status")["alarms"]]


def test_an_address_of_ours_alarms(story):
    assert alarms(story) == []
    story.faulty.answers[HERE] = addresses(SERVER4)
    story.apexd.ctl("alias", "refresh", "here.example.com")
    assert (HERE, "own-address") in alarms(story)
    (alarm,) = [alarm for alarm in explained(story, "here.example.com")["alarms"]
                if alarm["kind"] == "own-address"]
    assert alarm["why"] == f"{SERVER4} is an address of this server"
    log = story.apexd.process.output()
    assert f"alarm own-address: {SERVER4} is an address of this server" in log
    story.faulty.answers[HERE] = addresses("192.0.2.9")
    story.apexd.ctl("alias", "refresh", "here.example.com")
    wait_for(lambda: alarms(story) == [], "the alarm to end", 5)


def test_a_stale_way_to_an_alias_of_ours_is_stale(story):
    assert served(story, "over.example.com") == ["192.0.2.81"]
    story.faulty.answers[OVER] = rcode("SERVFAIL")

    def errors():
        reply = query(story.client, SERVER4, "over.example.com", "A", use_edns=0)
        return [int(option.code) for option in reply.options]

    wait_for(lambda: errors() == [3], "the set to be stale", 20)
    assert served(story, "over.example.com") == ["192.0.2.81"]
