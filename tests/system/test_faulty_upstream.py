# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Upstreams that lie, stammer or say nothing: what is served stays what it was, and every
query is answered meanwhile as fast as before.

One daemon follows one target for each fault. All are well at first, then each gets its
fault while dnsperf asks for all of them, then all are well again."""
import itertools
import math
import time

import dns.rdatatype
import faulty
import pytest
from faulty import FaultyUpstream, addresses
from lab import wait_for
from load import Load, outcome
from story import DEVICE, EXAMPLE_ZONE, SERVER4, SERVER6, Story
from traffic import query, rdata_texts

pytestmark = pytest.mark.alone

UPSTREAM = "10.53.1.4"
FLOOR = 5  # alias.ttl-min
WELL = ["192.0.2.31", "192.0.2.32"]
MANY = [f"198.18.{n // 250}.{n % 250 + 1}" for n in range(500)]
A, B = ([f"198.51.100.{n}" for n in some] for some in (range(1, 30), range(101, 130)))


def loop_of(*names):
    """CNAMEs that lead back to the first."""
    return addresses(chain=[*names, names[0]])


# What the upstream does, and a word of the error that `alias explain` then has.
FAILURES = {
    "servfail": (faulty.rcode("SERVFAIL"), "SERVFAIL"),
    "refused": (faulty.rcode("REFUSED"), "SERVFAIL"),
    "formerr": (faulty.rcode("FORMERR"), ""),
    "silent": (faulty.silent, ""),
    "garbage": (faulty.garbage, ""),
    "cut-off": (faulty.cut_off, ""),
    "wrong-id": (faulty.wrong_id, ""),
    "wrong-question": (faulty.wrong_question, ""),
    "dead-tcp": (faulty.endless_truncation, ""),
    "loop": (loop_of("loop.example.net.", "b.example.net."), ""),
    "self": (addresses(chain=["self.example.net."]), ""),
    "long": (addresses(chain=["hop0.example.net."]), "SERVFAIL"),  # and so on
    "many": (addresses(*MANY), "500 addresses at many.example.net., at most 64"),
    "loopback": (addresses("127.0.0.1", "127.1.2.3"), "refused: loopback"),
    "private": (addresses("10.1.2.3", "192.168.7.8"), "refused: private"),
    "nowhere": (addresses("0.0.0.0"), "refused: unspecified"),
    "group": (addresses("224.0.0.1"), "refused: multicast"),
    "late": (faulty.late(6, addresses("192.0.2.66")), ""),
}
# What it does, what is served then, and with which TTL.
ANSWERS = {
    "ttl0": (addresses("192.0.2.40", ttl=0), ["192.0.2.40"], FLOOR),
    "ttl1": (addresses("192.0.2.41", ttl=1), ["192.0.2.41"], FLOOR),
    "ttl-greatest": (addresses("192.0.2.42", ttl=2**31 - 1), ["192.0.2.42"], 3600),
    "ttl-beyond": (addresses("192.0.2.43", ttl=2**31), ["192.0.2.43"], FLOOR),
    "tcp-only": (addresses("192.0.2.44", tcp_only=True), ["192.0.2.44"], FLOOR),
    "sixty-four": (addresses(*MANY[:64]), sorted(MANY[:64]), FLOOR),
    "some-refused": (addresses("127.0.0.1", "192.0.2.45", "224.0.0.5", "10.0.0.1"), ["192.0.2.45"], FLOOR),
    "slow": (faulty.late(0.7, addresses("192.0.2.46")), ["192.0.2.46"], FLOOR),
}
NAMES = [*FAILURES, *ANSWERS]
FLAPPING = "flapping"

# How often an upstream may be asked.
RETRY = 0.8  # seconds after a first failure at the soonest, doubled by each further one
REFRESH = 0.8 * FLOOR - 0.7  # seconds after an answer at the soonest: "slow" took 0.7
SHORT_STEPS = 6  # that look for the end of a remainder, until the TTL is known
LOOPS = ("loop", "self", "long")
LOOP_QUESTIONS = 12  # in one resolution: libunbound restarts eleven times, at a loop of CNAMEs
REPEATS = 1.5  # on a slow machine libunbound asks some of them twice
# What is no answer, or late, is asked for again, what is truncated over TCP.
TRIES = dict.fromkeys(("servfail", "refused", "formerr", "silent", "garbage", "cut-off", "wrong-id",
                       "wrong-question", "dead-tcp", "late", "slow"), 6) | dict.fromkeys(
                           LOOPS, LOOP_QUESTIONS) | {"many": 2, "tcp-only": 2}


def target(name):
    return f"{name}.example.net."


def explained(story, name):
    """What `alias explain` says of the A records of an owner."""
    (found,) = story.apexd.ctl("alias", "explain", f"{name}.example.com")["targets"]
    return next(entry for entry in found["types"] if entry["type"] == "A")


def served(story, name, **options):
    reply = query(story.client, SERVER4, f"{name}.example.com", "A", **options)
    assert reply is not None, f"no answer to {name}"
    return reply


class Faults:
    """The daemon with its faulty upstream, the load, and when the faults began."""

    def __init__(self, story, upstream):
        self.story = story
        self.upstream = upstream
        self.began = None
        self.sets = itertools.cycle((B, A))
        questions = [f"{name}.example.com A" for name in [*NAMES, FLAPPING]]
        self.load = Load(story.client, SERVER4, questions)

    def begin(self):
        for name, (behaviour, *_) in [*FAILURES.items(), *ANSWERS.items()]:
            self.upstream.answers[target(name)] = behaviour
        self.upstream.answers[target(FLAPPING)] = self.flap
        for n in range(20):
            self.upstream.answers[f"hop{n}.example.net."] = addresses(
                chain=[f"hop{n + 1}.example.net."])
        self.upstream.answers["hop20.example.net."] = addresses(*WELL)
        self.began = time.monotonic()

    def flap(self, message, over_tcp):
        """Another set each time, of which none shares an address with the other."""
        is_a = message.question[0].rdtype == dns.rdatatype.A
        return addresses(*(next(self.sets) if is_a else ()), ttl=0)(message, over_tcp)

    def heal(self):
        for name in NAMES:
            self.upstream.answers[target(name)] = addresses(*WELL)
        self.story.apexd.ctl_run("alias", "refresh", "--all")  # one may still be under way


@pytest.fixture(scope="module")
def faults(lab):
    story = Story(lab)
    story.upstream.run("ip", "address", "add", f"{UPSTREAM}/24", "dev", "eth0")
    apexd = story.apexd
    owners = "".join(f"{name} ALIAS {target(name)}\n" for name in [*NAMES, FLAPPING])
    apexd.write_zone("example.com.zone",
                     EXAMPLE_ZONE.replace("@     ALIAS cdn.example.net.\n", "") + owners)
    apexd.write_config(addresses=[SERVER4, SERVER6], devices=[DEVICE],
                       zones=[("example.com", "example.com.zone")], forward=[UPSTREAM])
    with FaultyUpstream(story.upstream, UPSTREAM) as upstream:
        for name in NAMES:
            upstream.answers[target(name)] = addresses(*WELL)
        upstream.answers[target(FLAPPING)] = addresses(*A)
        apexd.start()
        apexd.wait_for_aliases()
        made = Faults(story, upstream)
        with made.load:
            time.sleep(3)
            made.begin()
            yield made


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_changes_nothing_that_is_served(faults, name):
    word = FAILURES[name][1]
    entry = wait_for(lambda: (found := explained(faults.story, name))["failures"] and found,
                     f"the first failure of {name}", 20)
    assert word in entry["last_error"]
    assert target(name) in entry["last_error"]
    reply = served(faults.story, name, use_edns=0)
    assert rdata_texts(reply, "A") == WELL


@pytest.mark.parametrize("name", ANSWERS)
def test_an_odd_answer_is_an_answer(faults, name):
    _, expected, ttl = ANSWERS[name]

    def answer():
        reply = served(faults.story, name, use_edns=0, payload=4096)
        return {rrset.ttl for rrset in reply.answer}, rdata_texts(reply, "A")

    wait_for(lambda: answer() == ({ttl}, expected), f"the new set of {name}", 20)


def test_no_upstream_is_hammered(faults):
    """Of each name the questions for A are counted. A failing one is resolved at once, later
    and later then, and once more when its life ends; n retries take RETRY * (2^n - 1)."""
    seconds = 15
    wait_for(lambda: time.monotonic() >= faults.began + seconds, "queries to count", seconds + 1)
    counts = {name: faults.upstream.queries(target(name), faults.began) for name in NAMES}
    passed = time.monotonic() - faults.began
    resolutions = 2 + math.log2(passed / RETRY + 1)
    answered = 1 + passed / REFRESH + SHORT_STEPS
    most = {name: REPEATS * TRIES.get(name, 1) * (resolutions if name in FAILURES else answered)
            for name in NAMES}
    assert {name: count for name, count in counts.items() if count > most[name]} == {}


def test_all_is_well_again(faults):
    faults.heal()
    wait_for(lambda: all(rdata_texts(served(faults.story, name), "A") == WELL for name in NAMES),
             "every target to be well again", 60, 0.5)


def test_every_query_was_answered_as_fast_as_before(faults):
    faults.load.stop()
    began = time.time() - (time.monotonic() - faults.began)
    report = faults.load.report
    assert (report.lost, report.rcodes) == (0, {"NOERROR": report.completed})
    assert report.slowdown(began, began + 1) == ""


def test_no_answer_mixed_two_sets(faults):
    """Of all the answers since the start."""
    sets = {name: [WELL] for name in FAILURES}
    sets |= {name: [WELL, odd] for name, (_, odd, _) in ANSWERS.items()}
    sets[FLAPPING] = [A, B]
    assert faults.load.outcomes == {f"{name}.example.com A": {outcome(some) for some in wanted}
                                    for name, wanted in sets.items()}
