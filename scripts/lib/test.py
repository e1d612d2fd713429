# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Builds everything and runs every test; ends with a line of counts.

Run by scripts/test, which says what is left out when and has installed what this needs.
"""
import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What UBSan says is a failure, not only a line on the way.
SANITISERS = {"UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
              "TSAN_OPTIONS": "halt_on_error=1"}
GTEST_PROGRAMS = ("dataplane-tests", "io-tests", "control-tests")
SHARDS = {"control-tests": 8}
# Where threads meet, and what blocks of octets do: with TSan they are taken octet by octet, so that
# the bytes of that are held against the same. TSan has nothing to say of the others, and is slow.
THREADED = "SwitchTest.*:*ShortWayTest.*:*PacketTest.*:LowerLine.*:Matches.*:NameHash.*"
MUTATIONS = "5000"
COMPARISONS, COMPARISONS_LONG = "4000", "200000"


class Tally:
    """Counts of tests, and which steps failed."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.failures = []

    def add(self, name, passed, failed, skipped=0):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped
        if failed:
            self.failures.append(name)


def say(text):
    print(f"== {text}", flush=True)


def run(name, tally, command, **options):
    """A step that is one test: it passes when the command exits 0."""
    say(name)
    status = subprocess.run(command, cwd=ROOT, check=False, **options).returncode
    tally.add(name, int(status == 0), int(status != 0))
    return status == 0


def run_gtest(program, tally, tests="*", shards=1):
    """`shards` run at once, for tests that wait more than they work."""
    say(program.relative_to(ROOT))
    with contextlib.ExitStack() as stack:
        started = []
        for shard in range(shards):
            report = stack.enter_context(tempfile.NamedTemporaryFile(suffix=".json"))
            environment = {**os.environ, **SANITISERS, "GTEST_TOTAL_SHARDS": str(shards),
                           "GTEST_SHARD_INDEX": str(shard)}
            started.append((report, subprocess.Popen(
                [program, "--gtest_brief=1", f"--gtest_filter={tests}",
                 f"--gtest_output=json:{report.name}"], cwd=ROOT, env=environment)))
        for report, process in started:
            add_gtest(program, tally, process.wait(), report)


def add_gtest(program, tally, status, report):
    """What one program or shard has come to."""
    try:
        counts = json.load(report)
    except ValueError:  # it crashed before the end
        tally.add(program.name, 0, 1)
        return
    skipped = sum(case.get("result") == "SKIPPED"
                  for suite in counts["testsuites"] for case in suite["testsuite"])
    failed = max(counts["failures"], int(status != 0))
    tally.add(program.name, counts["tests"] - counts["failures"] - skipped, failed, skipped)


def run_fuzzers(directory, tally):
    """Every fuzz target over its seeds and a fixed number of mutations of them."""
    for program in sorted((directory / "tests").glob("*-fuzz")):
        corpus = ROOT / "tests/fuzz/corpus" / program.name.removesuffix("-fuzz")
        run(f"{program.relative_to(ROOT)}", tally,
            [program, "--mutations", MUTATIONS, "--seed", "1", corpus],
            env={**os.environ, **SANITISERS})


def run_pytest(directory, tally, *options):
    say(" ".join((directory, *options)))
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        status = subprocess.run(
            ["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider",
             *options, f"--junitxml={report.name}", directory], cwd=ROOT, check=False).returncode
        try:
            suite = ElementTree.parse(report.name).getroot().find("testsuite")
        except ElementTree.ParseError:
            tally.add(directory, 0, 1)
            return
    failed = int(suite.get("failures")) + int(suite.get("errors"))
    skipped = int(suite.get("skipped"))
    passed = int(suite.get("tests")) - failed - skipped
    tally.add(directory, passed, max(failed, int(status != 0)), skipped)


def run_sanitised(tally, option, extent, programs, tests="*"):
    """Builds with the sanitiser and runs the programs; returns where, or None."""
    if not run(" ".join(("build", option, *extent)), tally, ["scripts/build", option, *extent]):
        return None
    directory = ROOT / f"build-{option.removeprefix('--')}"
    for program in programs:
        run_gtest(directory / "tests" / program, tally, tests)
    return directory


def main():
    parser = argparse.ArgumentParser(prog="test", description=__doc__.splitlines()[0])
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--quick", action="store_true")
    mode.add_argument("--long", action="store_true")
    options = parser.parse_args()
    started = time.monotonic()
    tally = Tally()

    say("build")
    if subprocess.run(["scripts/build"], cwd=ROOT, check=False).returncode != 0:
        sys.exit("test: the build failed; nothing was tested")
    run("format", tally, ["scripts/check-format"])
    run("layers", tally, ["scripts/check-layers"])
    run("packet path calls", tally, ["scripts/check-fast-path", "build"])
    if options.long:
        run("clang-tidy", tally, ["scripts/check-tidy", "build"])
    for program in GTEST_PROGRAMS:
        run_gtest(ROOT / "build/tests" / program, tally, shards=SHARDS.get(program, 1))
    # Most of them wait most of the time. A module's tests share a lab.
    run_pytest("tests/system", tally, "-m", "not alone", "-n", "2", "--dist", "loadfile")
    run_pytest("tests/system", tally, "-m", "alone")
    if options.long:
        run_pytest("tests/nic", tally)
    run_pytest("tests/differential", tally)
    run("comparison with Knot, NSD and BIND", tally,
        ["tests/differential/run", "--count", COMPARISONS_LONG if options.long else COMPARISONS,
         *(["--keep-going"] if options.long else [])])
    if not options.quick:
        extent = ["--long"] if options.long else []
        programs = GTEST_PROGRAMS if options.long else GTEST_PROGRAMS[:1]
        run("demo", tally, ["scripts/demo", "--check"])
        directory = run_sanitised(tally, "--asan", extent, programs)
        if directory is not None:
            run_fuzzers(directory, tally)
        run_sanitised(tally, "--tsan", extent, programs, "*" if options.long else THREADED)

    say(f"{time.monotonic() - started:.0f} s"
        + (f"; failed: {', '.join(tally.failures)}" if tally.failures else ""))
    skipped = f", {tally.skipped} skipped" if tally.skipped else ""
    print(f"{tally.passed} passed, {tally.failed} failed{skipped}")
    sys.exit(1 if tally.failed else 0)


if __name__ == "__main__":
    main()
