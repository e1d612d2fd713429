# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""ALIAS wherever it may stand and wherever it may lead, with every setting, as a
client sees it. What leads out of our zones is NSD's cdn.example.net."""
import dns.rcode
import dns.rdatatype
import pytest
from story import OLD4, OLD6, SERVER4, Story
from traffic import query, rdata_texts

HEAD = "$TTL 3600\n@ SOA ns hostmaster 1 3600 600 86400 60\n@ NS ns.example.net.\n"

COM = HEAD + """
@          CNAME cdn.example.net.
www        CNAME @
nick       CNAME cdn.example.net.
*.wild     ALIAS cdn.example.net.
a.b.ent    TXT   "below an empty non-terminal"
c.ent      ALIAS cdn.example.net.
same       ALIAS host
host       A     192.0.2.70
other      ALIAS www.example.org.
chain      ALIAS other
dname      ALIAS x.dn.example.org.
outside    ALIAS out.example.org.
loop       ALIAS pool
pool       ALIAS loop
lost       ALIAS lost.example.net.
both       ALIAS cdn.example.net.
both       A     192.0.2.99
merged     ALIAS cdn.example.net.
merged     A     192.0.2.99
fallback   ALIAS cdn.example.net.
fallback   A     192.0.2.99
forlorn    ALIAS loop
forlorn    A     192.0.2.99
union      ALIAS cdn.example.net.
union      ALIAS host
first      ALIAS lost.example.net.
first      ALIAS host
first      ALIAS cdn.example.net.
type       TYPE65401 \\# 17 0363646e076578616d706c65036e657400
aname      ANAME cdn.example.net.
"""

ORG = HEAD + """
www        A     192.0.2.50
real       A     192.0.2.60
dn         DNAME sub
x.sub      A     192.0.2.80
out        CNAME cdn.example.net.
"""

ALL = HEAD + "@ CNAME cdn.example.net.\nwww CNAME cdn.example.net.\n"

SETTINGS = """
    flatten: apex
    records:
      merged: {siblings: merge}
      fallback: {siblings: fallback}
      forlorn: {siblings: fallback}
      first: {targets: failover}
"""


@pytest.fixture(scope="module")
def story(lab):
    made = Story(lab)
    apexd = made.apexd
    for name, text in (("com", COM), ("org", ORG), ("all", ALL), ("none", ALL)):
        apexd.write_zone(f"{name}.zone", text)
    made.configure(zones=[("example.com", "com.zone"), ("example.org", "org.zone"),
                          ("all.example", "all.zone"), ("none.example", "none.zone")])
    text = apexd.config.read_text()
    for file, setting in (("com.zone", SETTINGS), ("all.zone", "\n    flatten: all\n"),
                          ("none.zone", "\n    flatten: none\n")):
        text = text.replace(f"{file}\n", file + setting)
    apexd.config.write_text(text)
    apexd.start()
    apexd.wait_for_aliases()
    return made


def ask(story, name, rdtype="A", **options):
    reply = query(story.client, SERVER4, name, rdtype, **options)
    assert reply is not None, f"no answer to {name} {rdtype}"
    return reply


@pytest.mark.parametrize("name, addresses", [
    ("example.com", OLD4), ("www.example.com", OLD4),
    ("a.wild.example.com", OLD4), ("A.b.Wild.example.com", OLD4), ("c.ent.example.com", OLD4),
    ("same.example.com", ["192.0.2.70"]), ("other.example.com", ["192.0.2.50"]),
    ("chain.example.com", ["192.0.2.50"]), ("dname.example.com", ["192.0.2.80"]),
    ("outside.example.com", OLD4), ("type.example.com", OLD4), ("aname.example.com", OLD4),
    ("both.example.com", ["192.0.2.99"]), ("merged.example.com", [*OLD4, "192.0.2.99"]),
    ("fallback.example.com", OLD4), ("forlorn.example.com", ["192.0.2.99"]),
    ("union.example.com", [*OLD4, "192.0.2.70"]), ("first.example.com", ["192.0.2.70"]),
    ("all.example", OLD4), ("www.all.example", OLD4)])
def test_addresses(story, name, addresses):
    reply = ask(story, name)
    assert rdata_texts(reply, "A") == sorted(addresses)
    if "CNAME" not in str(reply.answer):
        assert {str(rrset.name) for rrset in reply.answer} == {f"{name}."}
    assert len(reply.answer) == (2 if name == "www.example.com" else 1)


@pytest.mark.parametrize("name, addresses", [
    ("both.example.com", OLD6), ("merged.example.com", OLD6), ("same.example.com", [])])
def test_the_other_address_type(story, name, addresses):
    assert rdata_texts(ask(story, name, "AAAA"), "AAAA") == addresses


@pytest.mark.parametrize("name, code", [("loop.example.com", 22), ("pool.example.com", 22)])
def test_a_loop_is_a_failure(story, name, code):
    reply = ask(story, name, use_edns=0)
    assert reply.rcode() == dns.rcode.SERVFAIL
    assert [int(option.code) for option in reply.options] == [code]
    assert "a loop: loop.example.com. -> pool.example.com. -> loop.example.com." in \
        story.apexd.ctl_run("alias", "explain", "loop.example.com", json_output=False).stdout


def test_a_target_that_does_not_exist(story):
    reply = ask(story, "lost.example.com")
    assert (reply.rcode(), reply.answer) == (dns.rcode.NOERROR, [])
    assert reply.authority[0].rdtype == dns.rdatatype.SOA


def test_the_alias_itself_and_any(story):
    reply = ask(story, "other.example.com", "TYPE65401")
    (rdata,) = reply.answer[0]
    assert rdata.data == b"\3www\7example\3org\0"
    assert len(ask(story, "example.com", "TYPE65401").answer) == 1, "a CNAME taken as an ALIAS"
    assert rdata_texts(ask(story, "other.example.com", "ANY"), "A") == ["192.0.2.50"]
    assert ask(story, "nick.example.com", "TYPE65401").answer[0].rdtype == dns.rdatatype.CNAME


def test_flatten_none_refuses_the_zone_with_the_line(story):
    (failed,) = story.apexd.ctl("status")["failed_zones"]
    assert failed["name"] == "none.example."
    assert "none.zone:4: CNAME at the apex" in failed["error"]
    assert ask(story, "none.example").rcode() == dns.rcode.REFUSED


def test_a_reload_of_the_targets_zone_is_followed_at_once(story):
    apexd = story.apexd
    apexd.write_zone("org.zone", ORG.replace("192.0.2.50", "192.0.2.51"))
    assert apexd.ctl("zone", "reload", "example.org")["ok"]
    for name in ("other.example.com", "chain.example.com"):
        assert rdata_texts(ask(story, name), "A") == ["192.0.2.51"]


def test_no_target_at_home_was_asked_for(story):
    listed = story.apexd.ctl("alias", "list")["aliases"]
    at_home = [row for row in listed if row["owner"] in ("other.example.com.", "same.example.com.")]
    assert {row["state"] for row in at_home} == {"ok"}
    assert all(row["next_refresh_in"] is None for row in at_home)
    assert story.apexd.ctl("status")["alias"]["targets"] == 4, "cdn and lost, two types each"


def test_who_answers_in_place_of_a_target_is_told(story):
    """Also after its zone was read anew, and no longer when it is gone."""
    def source(name):
        served, *_ = story.apexd.ctl("alias", "explain", f"{name}.example.com")["served"]
        return served["source"], served["source_target"]

    def counts():
        alias = story.apexd.ctl("status")["alias"]
        return alias["next_target"], alias["own_records"]

    assert source("first") == ("next-target", "host.example.com.")
    assert source("forlorn") == source("both") == ("own-records", None)
    assert source("merged") == source("union") == ("targets", None)
    assert source("lost") == ("targets", None)
    assert source("loop") == (None, None)
    assert counts() == (2, 1), "first in both types, forlorn"
    story.apexd.write_zone("com.zone", COM.replace("forlorn    ALIAS loop", "forlorn ALIAS host"))
    assert story.apexd.ctl("zone", "reload", "example.com")["ok"]
    assert counts() == (2, 0)
    story.configure(zones=[("example.org", "org.zone")])
    assert "example.com." in story.apexd.ctl("config", "reload")["removed"]
    assert counts() == (0, 0)
