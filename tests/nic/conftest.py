# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Real poll-mode drivers without a NIC: scripts/lib/guest.py. Long, so that only
scripts/test --long runs them."""
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))

from guest import PACKAGES  # noqa: E402
from lab import Lab  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def packages():
    subprocess.run([ROOT / "scripts" / "install-packages", *PACKAGES], check=True)


@pytest.fixture(scope="module")
def lab():
    with Lab("nic") as made:
        yield made
