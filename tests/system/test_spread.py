# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Two workers at an AF_XDP port of one queue: the first hands frames over to the second."""
import contextlib
import ctypes
import os
from pathlib import Path

import pytest
from capture import query_wire
from lab import wait_for
from servers import Apexd
from story import CLIENT4, CLIENT6, SERVER4, SERVER6
from traffic import Dnsperf, query, rdata_texts

ZONE = """$TTL 60
@ SOA ns hostmaster 1 3600 600 86400 60
@ NS ns
ns A 10.53.0.1
www A 192.0.2.80
"""
PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17
ANY_CHILD_KIND = 0x40000000  # __WALL
RING = 512

pytestmark = [pytest.mark.alone, pytest.mark.skipif(not {0, 1} <= os.sched_getaffinity(0),
                                                    reason="needs CPUs 0 and 1")]


@pytest.fixture(scope="module")
def world(lab):
    client, server = lab.host("client"), lab.host("server")
    lab.link(client, "eth0", [f"{CLIENT4}/24", f"{CLIENT6}/64"],
             server, "eth1", [f"{SERVER4}/24", f"{SERVER6}/64"])
    apexd = Apexd(server, "apexd")
    apexd.write_zone("example.com.zone", ZONE)
    apexd.write_config(addresses=[SERVER4, SERVER6], devices=["net_af_xdp0,iface=eth1"],
                       workers=(0, 1), zones=[("example.com", "example.com.zone")])
    apexd.start()
    yield client, apexd
    assert apexd.stop() == 0


@contextlib.contextmanager
def stopped(pid, name):
    """One thread of the process stands still."""
    libc = ctypes.CDLL(None, use_errno=True)
    (tid,) = (int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()
              if (task / "comm").read_text() == f"{name}\n")
    for request in (PTRACE_SEIZE, PTRACE_INTERRUPT):
        assert libc.ptrace(request, tid, None, None) == 0, os.strerror(ctypes.get_errno())
    os.waitpid(tid, ANY_CHILD_KIND)
    try:
        yield
    finally:
        libc.ptrace(PTRACE_DETACH, tid, None, None)


def answers(apexd):
    return [worker["counters"]["answer"] for worker in apexd.ctl("stats")["workers"]]


def test_both_answer(world):
    client, apexd = world
    asked = 100
    for number in range(asked):
        address = (SERVER4, SERVER6)[number % 2]
        reply = query(client, address, "www.example.com", "A", timeout=2)
        assert reply is not None and rdata_texts(reply, "A") == ["192.0.2.80"]
    each = answers(apexd)
    assert sum(each) == asked and min(each) > asked / 5, each
    report = Dnsperf(client, SERVER4, ["www.example.com A"], 2, rate=1000).finish()
    assert (report.lost, report.rcodes) == (0, {"NOERROR": report.completed})
    assert apexd.counters()["spread_full"] == 0


def test_a_worker_that_stands_still_takes_no_query_of_the_others(world):
    """What its ring has no room for is counted; the first worker answers its own as before."""
    client, apexd = world
    before, sent = answers(apexd), 3000
    with stopped(apexd.process.pid, "rte-worker-1"):
        for start in range(0, sent, 100):
            with contextlib.ExitStack() as stack:
                for _ in range(100):  # a port each, by which flows differ
                    sock = stack.enter_context(client.socket())
                    sock.sendto(query_wire("www.example.com"), (SERVER4, 53))
        wait_for(lambda: apexd.counters()["spread_full"] + sum(answers(apexd)) - sum(before) + RING
                 >= sent, "all frames to be seen", 10)
        during = answers(apexd)
        assert during[1] == before[1] and during[0] > before[0] + sent / 5, during
    # What was in the ring is answered then.
    wait_for(lambda: answers(apexd)[1] >= before[1] + RING - 1, "the rest", 10)
    full = apexd.counters()["spread_full"]
    assert full > sent / 10
    wait_for(lambda: sum(answers(apexd)) - sum(before) + full == sent, "the sum", 5)
