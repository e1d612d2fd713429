# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Which thread may run on which CPU: a polling CPU is its worker's alone."""
from pathlib import Path

POLLING_CPU = 1  # as in Apexd.write_config


def threads(pid):
    """(name, CPUs allowed) of each thread of a process."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        status = dict(line.split(":", 1) for line in (task / "status").read_text().splitlines())
        found.append((status["Name"].strip(), cpus(status["Cpus_allowed_list"])))
    return found


def cpus(text):
    """The members of a list such as "0,2-4"."""
    members = set()
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        members |= set(range(int(first), int(last or first) + 1))
    return members


def test_no_thread_but_the_worker_may_run_on_the_polling_cpu(story):
    # A reload makes the helper thread work, so it is there at the latest now.
    assert story.apexd.ctl("zone", "reload")["ok"]
    found = threads(story.apexd.process.pid)
    assert len(found) >= 3  # the loop, the worker, the helper thread
    there = [name for name, allowed in found if POLLING_CPU in allowed]
    assert there == [f"rte-worker-{POLLING_CPU}"], found
