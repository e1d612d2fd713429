# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""scripts/demo --keep, ended in every way: no process, namespace or mount stays.
What the demo shows is checked by scripts/demo --check."""
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import demo
import pytest
from conftest import ROOT, alive, namespaces_in_use
from lab import wait_for
from servers import apexdns_build

pytestmark = pytest.mark.alone


def descendants(pid):
    """The process and all below it."""
    children = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for member in found:
        found += children.get(member, [])
    return found


def mounts():
    return {tuple(line.split()[3:5])
            for line in Path("/proc/self/mountinfo").read_text().splitlines()}


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL],
                         ids=lambda end: end.name)
def test_nothing_is_left(tmp_path, end):
    before = mounts()
    log = tmp_path / "demo.log"
    with open(log, "wb") as output:
        # A process group of its own: Ctrl-C reaches all of the terminal's.
        process = subprocess.Popen(
            [ROOT / "scripts" / "demo", "--keep"], stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True, env={**os.environ, "APEXDNS_BUILD": str(apexdns_build())})
    try:
        wait_for(lambda: "the resolver dies, answers go on" in log.read_text(),
                 "the demo to stay up", 60)
        pids = descendants(process.pid)
        namespaces = {os.stat(f"/proc/{pid}/ns/net").st_ino for pid in pids}
        namespaces.discard(os.stat("/proc/self/ns/net").st_ino)
        assert len(namespaces) == 3
        if end == signal.SIGINT:
            os.killpg(process.pid, end)
        else:
            process.send_signal(end)
        status = process.wait(20)
    finally:
        process.kill()
    wait_for(lambda: not any(alive(pid) for pid in pids), "the processes to end", 5)
    assert not namespaces & namespaces_in_use()
    assert mounts() == before
    directory = Path(re.search(r"^  cd (/\S+)$", log.read_text(), re.MULTILINE).group(1))
    runtime = [Path(f"/var/run/dpdk/apexd-{pid}") for pid in pids]
    if end == signal.SIGKILL:
        # Files are all that it leaves.
        assert status == -end
        for path in (directory, *runtime):
            shutil.rmtree(path, ignore_errors=True)
        return
    assert status == 128 + end
    assert not directory.exists()
    assert [path for path in runtime if path.exists()] == []
    if end == signal.SIGINT:
        assert log.read_text().endswith("\ndemo: stopped, nothing is left behind\n")


def test_what_is_left_is_told(capsys):
    class LeakyLab:
        @staticmethod
        def leftovers():
            return ["mount /somewhere is left"]

    assert demo.stopped(LeakyLab()) == 1
    assert "mount /somewhere is left" in capsys.readouterr().out
