# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Two workers, each with a queue of its own: two capture files of one net_pcap."""
import os

import dns.message
import pytest
from capture import query_wire, read_pcap, udp_frame, write_pcap
from lab import wait_for
from servers import Apexd
from story import CLIENT4, SERVER4

WORKERS = (0, 1)
ZONE = """$TTL 60
@ SOA ns hostmaster {serial} 3600 600 86400 60
@ NS ns
ns A 10.53.0.1
{owner} A 192.0.2.80
"""

pytestmark = pytest.mark.skipif(not set(WORKERS) <= os.sched_getaffinity(0),
                                reason="needs CPUs 0 and 1")


def query_frames(names):
    """A query for each; its number is the DNS id."""
    return [udp_frame(query_wire(name, ident=ident), source=CLIENT4, destination=SERVER4)
            for ident, name in enumerate(names, 1)]


@pytest.fixture(scope="module")
def server(lab):
    return lab.host("server")


def daemon(server, name, device):
    apexd = Apexd(server, name)
    apexd.write_zone("example.com.zone", ZONE.format(serial=1, owner="www"))
    apexd.write_config(addresses=[SERVER4], devices=[device], workers=WORKERS,
                       zones=[("example.com", "example.com.zone")])
    apexd.start()
    return apexd


def moved(apexd):
    """For each worker, its counters that are not zero."""
    workers = apexd.ctl("stats")["workers"]
    assert [worker["lcore"] for worker in workers] == list(WORKERS)
    return [{name: value for name, value in worker["counters"].items() if value}
            for worker in workers]


def test_both_answer_and_count(server, lab):
    queries = (["www.example.com", "nothing.example.com", "www.example.com"],
               ["example.org", "www.example.com"])
    received = [lab.directory / f"in{number}.pcap" for number in WORKERS]
    sent = [lab.directory / f"out{number}.pcap" for number in WORKERS]
    for path, names in zip(received, queries):
        write_pcap(path, query_frames(names))
    files = [f"rx_pcap={path}" for path in received] + [f"tx_pcap={path}" for path in sent]
    apexd = daemon(server, "apexd-each", ",".join(["net_pcap0", *files]))
    expected = [{"answer": 2, "nxdomain": 1}, {"refused": 1, "answer": 1}]
    wait_for(lambda: sum(sum(worker.values()) for worker in moved(apexd)) >= 5,
             "both captures to be read")
    assert moved(apexd) == expected
    total = {name: value for name, value in apexd.counters().items() if value}
    assert total == {"answer": 3, "nxdomain": 1, "refused": 1}
    assert apexd.stop() == 0
    for path, names in zip(sent, queries):
        replies = [dns.message.from_wire(frame[42:]) for frame in read_pcap(path)]
        assert [(reply.id, reply.question[0].name.to_text(omit_final_dot=True))
                for reply in replies] == list(enumerate(names, 1))


def test_a_reload_is_seen_by_both_when_the_command_returns(server, lab):
    """Both are asked for ever; after each reload the old answer is given no more."""
    received = lab.directory / "endless.pcap"
    write_pcap(received, query_frames(["www.example.com"] * 64))
    apexd = daemon(server, "apexd-endless",
                   f"net_pcap0,rx_pcap={received},rx_pcap={received},infinite_rx=1")
    wait_for(lambda: all("answer" in worker for worker in moved(apexd)), "answers of both")
    for serial, (owner, now, before) in enumerate([("www2", "nxdomain", "answer"),
                                                   ("www", "answer", "nxdomain")] * 3, 2):
        apexd.write_zone("example.com.zone", ZONE.format(serial=serial, owner=owner))
        assert apexd.ctl("zone", "reload", "example.com")["ok"]
        first = moved(apexd)
        wait_for(lambda now=now, first=first: all(
            later[now] > sooner.get(now, 0) for later, sooner in zip(moved(apexd), first)),
            f"more {now} of both")
        assert [worker[before] for worker in moved(apexd)] == [worker[before] for worker in first]
    assert apexd.stop() == 0
