# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""bench/alias-load in small: it runs, and its report says what happened."""
import json
import subprocess

import pytest
from conftest import ROOT


def alias_load(*options):
    done = subprocess.run([ROOT / "bench/alias-load", *options, "--json"],
                          capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("more", [[], ["--cache"]], ids=["", "cache"])
def test_a_short_run(more):
    result = alias_load("--targets", "20", "--owners", "3", "--ttl", "5", "--lives", "1",
                        "--changes", "2", "--share", "0.1", *more)
    assert (result["targets"], result["owners"], result["ttl"]) == (20, 3, 5)
    assert result["steady"]["questions_a_second"] > 0
    assert result["steady"]["resident_bytes"] > 0
    # Two targets, twice; AAAA stays without an address.
    assert result["publishing"]["count"] >= 4
    assert 0 < result["publishing"]["p50_us"] <= result["publishing"]["max_us"]


def test_targets_that_were_loaded_together_are_asked_for_evenly():
    """Each is asked for at 80 to 90 % of its life, two questions a target."""
    targets, ttl = 600, 6
    steady = alias_load("--targets", str(targets), "--ttl", str(ttl), "--lives", "4",
                        "--changes", "0")["steady"]
    expected = 2 * targets / (0.85 * ttl)
    assert 0.8 * expected < steady["questions_a_second"] < 1.2 * expected
    rates = steady["each_second"]
    # A machine that is busy with other tests may hold one up for a second.
    assert sorted(rates)[1] > 0.6 * expected, rates
    assert sorted(rates)[-2] < 1.5 * expected, rates
