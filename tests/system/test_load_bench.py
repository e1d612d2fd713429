# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""bench/load runs, little and briefly: one server that polls and one that does not."""
import json
import subprocess
import sys

import pytest
from servers import ROOT

pytestmark = pytest.mark.alone

RATE = 5000


def load_run(*options):
    done = subprocess.run(
        [sys.executable, ROOT / "bench" / "load" / "run", "--names", "100", "--rounds", "1",
         "--seconds", "1", "--rates", str(RATE), "--json", *options],
        capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["servers"]


@pytest.fixture(scope="module")
def result():
    return load_run("--peers", "apexd", "nsd", "--tcp", "20")


@pytest.mark.parametrize("name", ["apexd", "nsd"])
def test_what_is_sent_is_answered(result, name):
    (point,) = result[name]["curve"]
    assert point["asked"] == RATE
    assert 0.9 * point["sent"] <= point["answered"] <= point["sent"]


def test_latency_is_told_at_three_loads(result):
    for name in ("apexd", "nsd"):
        loads = result[name]["latency"]
        assert [load["share"] for load in loads] == [0.1, 0.5, 0.9]
        assert all(0 < load["p50"] <= load["p90"] <= load["p99"] for load in loads)


def test_udp_beside_tcp(result):
    for name in ("apexd", "nsd"):
        beside = result[name]["beside_tcp"]
        assert beside["tcp"] > 500
        assert beside["quiet"]["lost"] == beside["busy"]["lost"] == 0


def test_names_that_are_an_alias_are_answered():
    (point,) = load_run("--alias", "--peers", "apexd")["apexd"]["curve"]
    assert 0.9 * point["sent"] <= point["answered"] <= point["sent"]
