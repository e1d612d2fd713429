# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""What a person runs first, on a host that may have nothing: scripts that refuse what
they cannot do, and count what failed."""
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*command):
    return subprocess.run([ROOT / command[0], *command[1:]], capture_output=True, text=True,
                          check=False)


@pytest.mark.parametrize("script", [
    "scripts/build", "scripts/demo", "scripts/install-packages", "scripts/test", ".ci/run"])
def test_what_installs_needs_nothing_that_it_installs(script):
    first_line = (ROOT / script).read_text().splitlines()[0]
    assert first_line in ("#!/bin/bash", "#!/usr/bin/env bash")


@pytest.mark.parametrize("command, complaint", [
    (("scripts/build", "--asan", "--tsan"), "--asan and --tsan are two builds"),
    (("scripts/build", "--tsan", "--long", "--asan"), "--asan and --tsan are two builds"),
    (("scripts/build", "--long"), "--long goes with --asan or --tsan"),
    (("scripts/build", "--frobnicate"), "unknown option --frobnicate"),
    (("scripts/test", "--quick", "--long"), ""),
    (("scripts/test", "--frobnicate"), ""),
    (("scripts/demo", "--frobnicate"), "")])
def test_options_that_make_no_sense(command, complaint):
    done = run(*command)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert f"usage: {command[0]}" in done.stdout + done.stderr


@pytest.mark.parametrize("script", ["scripts/build", "scripts/demo", "scripts/test"])
def test_help(script):
    done = run(script, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: {script}")


def test_a_sanitiser_build_that_fails_is_counted():
    """Hundreds of tests may have run before it: the counts must come all the same."""
    script = ("import test, sys\n"
              "def run(name, tally, command, **options):\n"
              "    tally.add(name, int('build' not in name), int('build' in name))\n"
              "    return 'build' not in name\n"
              "test.run = run\n"
              "tally = test.Tally()\n"
              "assert test.run_sanitised(tally, '--asan', ['--long'], ['x-tests']) is None\n"
              "print(tally.failed, tally.failures)\n")
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT / "scripts/lib",
                          capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "1 ['build --asan --long']\n"), done.stderr
