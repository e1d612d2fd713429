# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""What the system tests share: the lab of scripts/lib with the daemon running in
it, and counters that must have moved exactly so.

The daemon under test is build/apexd, or the one in $APEXDNS_BUILD.
"""
import contextlib
import os
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))

from lab import Lab, LabError, wait_for  # noqa: E402
from servers import Apexd  # noqa: E402
from story import Story  # noqa: E402

Apexd.power = "sleep"  # labs run side by side

_labs = []


def pytest_configure(config):
    config.addinivalue_line("markers", "alone: not beside other tests: it needs the machine's "
                                       "hugepages or most of its time")


@contextlib.contextmanager
def open_lab(name):
    with Lab(name) as lab:
        _labs.append(lab)
        try:
            yield lab
        finally:
            _labs.remove(lab)
    with contextlib.suppress(LabError):  # the killed may take a moment to go
        wait_for(lambda: not lab.leftovers(), "the hosts to go", 3)
    assert lab.leftovers() == []


@pytest.fixture(scope="module")
def lab(request):
    """A lab for the module, removed at its end."""
    with open_lab(request.module.__name__.removeprefix("test_")) as made:
        yield made


@pytest.fixture(scope="module")
def story(lab):
    """Client, server and upstream with apexd serving example.com over AF_XDP."""
    made = Story(lab)
    made.apexd.start()
    made.apexd.wait_for_aliases()
    return made


@contextlib.contextmanager
def counted(apexd, **expected):
    """Within it, exactly these counters move, and by exactly so much."""
    before = apexd.counters()
    yield
    deadline = time.monotonic() + 2
    while True:
        after = apexd.counters()
        moved = {name: after[name] - before[name] for name in after if after[name] != before[name]}
        if moved == expected or time.monotonic() > deadline:
            break
        time.sleep(0.02)
    assert moved == expected


def alive(pid):
    """Whether the process is there and no zombie."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


def namespaces_in_use():
    """The inode of each network namespace that a process is in."""
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if alive(pid):
                found.add(os.stat(f"/proc/{pid}/ns/net").st_ino)
        except OSError:
            continue
    return found


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failed test shows the end of the daemon's log."""
    outcome = yield
    report = outcome.get_result()
    if not report.failed:
        return
    for made in _labs:
        for log in sorted(made.directory.glob("apexd*.log")):
            report.sections.append((f"end of {log.name}", log.read_text(errors="replace")[-4000:]))
