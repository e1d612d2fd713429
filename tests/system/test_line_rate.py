# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""bench/line-rate/run does what it says; its numbers are nobody's test."""
import json
import os
import subprocess

import pytest
from conftest import ROOT
from hugepages import FOLDER


def pages():
    """The host's setting; None where the kernel has none."""
    setting = FOLDER / "nr_hugepages"
    return setting.read_text() if setting.exists() else None


@pytest.mark.parametrize("kind", ["hits", "nxdomain"])
def test_a_short_run(kind):
    before = pages()
    done = subprocess.run(
        [ROOT / "bench" / "line-rate" / "run", "--names", "500", "--zones", "3", "--kind", kind,
         "--packets", "2000", "--pairs", "2", "--seconds", "0.1", "--no-huge", "--json"],
        capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert len(result["pairs"]) == 2
    for pair in result["pairs"]:
        assert pair["ratio"] == pytest.approx(pair["apexd_mpps"] / pair["testpmd_mpps"])
        assert pair["apexd_mpps"] > 0
    low, high = sorted(pair["ratio"] for pair in result["pairs"])
    assert result["ratio"] == pytest.approx((low + high) / 2)
    assert (result["hugepages"], result["kind"]) == (False, kind)
    assert result["table"]["zones"] == 3
    assert pages() == before


def test_bad_arguments_are_refused():
    done = subprocess.run([ROOT / "bench" / "line-rate" / "run", "--names", "2", "--zones", "3"],
                          capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    assert "--zones" in done.stderr


def test_without_a_build_it_says_what_to_run(tmp_path):
    done = subprocess.run([ROOT / "bench" / "line-rate" / "run", "--names", "2"],
                          env={**os.environ, "APEXDNS_BUILD": str(tmp_path)},
                          capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"run: no {tmp_path / 'apexd'}; run scripts/build first\n"
