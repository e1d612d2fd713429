# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""The lab itself: however a script that uses it ends, nothing stays behind, and
what looks at answers would notice a wrong one."""
import os
import signal
import subprocess
import sys
import time

import dns.message
import pytest
from conftest import ROOT, alive, namespaces_in_use
from lab import Lab, LabError, wait_for
from load import Load, read
from traffic import LoadReport, Observation, find_faults

pytestmark = pytest.mark.alone

SCRIPT = f"""
import sys, time
sys.path.insert(0, {str(ROOT / 'scripts' / 'lib')!r})
from lab import Lab, wait_for
with Lab("lab-test") as lab:
    left, right = lab.host("left"), lab.host("right")
    lab.link(left, "eth0", ["10.1.0.1/24"], right, "eth0", ["10.1.0.2/24"])
    child = left.start("child", "sh", "-c", sys.argv[2])
    sleeper = wait_for(lambda: child.output().strip(), "the sleeper")
    print(left.holder.pid, right.holder.pid, sleeper, lab.directory, flush=True)
    if sys.argv[1] == "raise":
        raise RuntimeError("something went wrong")
    time.sleep(1000)
"""


# The lab ends whole process groups; the kernel, after a kill -9, its children.
GRANDCHILD = "sleep 1000 & echo $!; wait"
CHILD = "echo $$; exec sleep 1000"


@pytest.mark.parametrize("end, command", [
    ("raise", GRANDCHILD), (signal.SIGINT, GRANDCHILD), (signal.SIGTERM, GRANDCHILD),
    (signal.SIGHUP, GRANDCHILD), (signal.SIGKILL, CHILD)])
def test_nothing_is_left(end, command):
    script = subprocess.Popen([sys.executable, "-c", SCRIPT, str(end), command],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    *pids, directory = script.stdout.readline().split()
    assert len(pids) == 3
    namespaces = {os.stat(f"/proc/{pid}/ns/net").st_ino for pid in pids[:2]} if (
        end != "raise") else set()
    if end != "raise":
        script.send_signal(end)
    assert script.wait(20) != 0
    wait_for(lambda: not any(alive(pid) for pid in pids), "the processes to end", 5)
    assert not namespaces & namespaces_in_use()
    # Files are all that a SIGKILL leaves.
    if end == signal.SIGKILL:
        subprocess.run(["rm", "-r", directory], check=True)
    assert not os.path.exists(directory)


@pytest.mark.parametrize("sent, addresses, problem, faults", [
    (1.0, {"a1", "a2"}, "", 0),
    (1.0, {"b1", "b2"}, "", 0),
    (9.0, {"b1", "b2"}, "", 0),
    (1.0, {"a1", "b2"}, "", 1),
    (1.0, {"a1"}, "", 1),
    (1.0, set(), "", 1),
    (1.0, {"a1", "a2", "b1", "b2"}, "", 1),
    (9.0, {"a1", "a2"}, "", 1),
    (1.0, set(), "SERVFAIL", 1),
])
def test_a_wrong_answer_is_noticed(sent, addresses, problem, faults):
    seen = [Observation(sent, sent, frozenset(addresses), problem)]
    assert len(find_faults(seen, ["a1", "a2"], ["b1", "b2"], 6.0)) == faults


STEADY = [30000, 29000, 31000, 30000]


@pytest.mark.parametrize("before, after, words", [
    (STEADY, [29000] * 8, ""),
    (STEADY, [15000, 4000, 16000, 14000, 15000, 16000, 31000, 15000], ""),
    (STEADY, [60000] * 8, ""),
    (STEADY, [29000] * 5 + [31000, 0, 0], "a median of 0"),
    (STEADY, [29000] * 5 + [0, 31000, 2000], "a median of 2000"),
    (STEADY, [29000] * 6 + [0, 29000], "0 answers in one second"),
    (STEADY, [0] + [29000] * 7, "0 answers in one second"),
    (STEADY, [29000] * 6, "too few seconds"),
    ([30000], [29000] * 8, "too few seconds"),
])
def test_a_rate_that_falls_is_noticed(before, after, words):
    """It is felt from five seconds after the change on."""
    change = 1000.0
    rates = list(enumerate(before + after, round(change) - len(before) + 1))
    report = LoadReport(0, 0, 0, 0.0, 0.0, 0.0, {}, rates, "")
    slowdown = report.slowdown(change, change + 5)
    assert words in slowdown and bool(words) == bool(slowdown)


@pytest.mark.parametrize("rates, words", [
    ([2000] * 8, ""),
    ([0] + [2000] * 8, ""),
    ([2000, 600, 2000, 1900, 2000], ""),
    ([], ""),
    ([1400] * 6 + [2000] * 4, "a median of 1400 answers a second of 2000 asked"),
    ([2000] * 7 + [400], "400 answers in one second of 2000 asked"),
])
def test_a_rate_that_is_not_kept_is_noticed(rates, words):
    report = LoadReport(0, 0, 0, 0.0, 0.0, 0.0, {}, list(enumerate(rates, 2)), "")
    assert report.shortfall(2000) == words


def response(*records, flags="QR AA", rcode="NOERROR"):
    return dns.message.from_text("\n".join((
        "id 1", "opcode QUERY", f"rcode {rcode}", f"flags {flags}", ";QUESTION", "a.test. IN A",
        ";ANSWER", *records))).to_wire()


@pytest.mark.parametrize("records, options, said", [
    (["a.test. 5 IN A 192.0.2.2", "a.test. 5 IN A 192.0.2.1"], {}, "192.0.2.1 192.0.2.2"),
    (["a.test. 5 IN CNAME b.test.", "b.test. 5 IN A 192.0.2.1"], {}, "192.0.2.1"),
    ([], {}, "NOERROR"),
    ([], {"rcode": "SERVFAIL"}, "SERVFAIL"),
    ([], {"flags": "QR AA TC"}, "TC"),
])
def test_what_a_response_says(records, options, said):
    assert read(response(*records, **options)) == ("a.test A", said)


@pytest.mark.parametrize("records", [
    ["b.test. 5 IN A 192.0.2.1"],
    ["a.test. 5 IN CNAME b.test.", "c.test. 5 IN A 192.0.2.1"],
    ["a.test. 5 IN A 192.0.2.1", "b.test. 5 IN A 192.0.2.2"],
])
def test_a_response_that_does_not_hang_together_is_noticed(records):
    with pytest.raises(LabError, match="does not hang together"):
        read(response(*records))


def test_a_lost_query_is_noticed():
    with Lab("lab-test") as lab:
        client, server = lab.host("client"), lab.host("server")
        lab.link(client, "eth0", ["10.1.0.1/24"], server, "eth0", ["10.1.0.2/24"])
        with server.socket() as silent:
            silent.bind(("10.1.0.2", 53))
            with pytest.raises(LabError, match="lost queries"), \
                    Load(client, "10.1.0.2", ["a.test A"], rate=100):
                time.sleep(3)
