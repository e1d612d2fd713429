# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""bench/alias-load in small: it runs, and its report says what happened."""
import json
import subprocess

from conftest import ROOT


def test_a_short_run():
    done = subprocess.run([ROOT / "bench/alias-load", "--targets", "20", "--owners", "3",
                           "--ttl", "5", "--lives", "1", "--changes", "2", "--share", "0.1",
                           "--json"], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["targets"], result["owners"], result["ttl"]) == (20, 3, 5)
    assert result["steady"]["questions_a_second"] > 0
    assert result["steady"]["resident_bytes"] > 0
    # Two targets, twice; AAAA stays without an address.
    assert result["publishing"]["count"] >= 4
    assert 0 < result["publishing"]["p50_us"] <= result["publishing"]["max_us"]
