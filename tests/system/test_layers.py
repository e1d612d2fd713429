# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""scripts/check-layers: the tree obeys its layers, and the script would notice."""
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "check-layers"

# One header a layer, so that every include below resolves.
HEADERS = [
    "dataplane/wire/name.hh", "dataplane/table/table.hh", "dataplane/answer/query.hh",
    "dataplane/io/dataplane.hh", "control/error.hh", "control/config/config.hh",
    "control/zone/zone.hh", "control/alias/engine.hh", "control/publish/compiler.hh",
    "control/serve/tcp.hh", "control/ctl/server.hh", "control/telemetry/metrics.hh",
    "tests/packet/frame.hh",
]

# (file, what it includes, whether that is allowed)
CASES = [
    ("dataplane/table/x.cc", '"dataplane/wire/name.hh"', True),
    ("dataplane/wire/x.cc", '"dataplane/table/table.hh"', False),
    ("dataplane/table/x.hh", '"dataplane/answer/query.hh"', False),
    ("dataplane/answer/x.cc", '"dataplane/io/dataplane.hh"', False),
    ("dataplane/io/x.cc", '"dataplane/answer/query.hh"', True),
    ("dataplane/io/x.cc", '"control/error.hh"', False),
    ("dataplane/wire/x.cc", '"control/error.hh"', False),
    ("dataplane/io/x.cc", "<rte_ethdev.h>", True),
    ("dataplane/table/x.cc", "<rte_rcu_qsbr.h>", True),
    ("dataplane/table/x.cc", "<rte_mbuf.h>", False),
    ("dataplane/answer/x.cc", "<rte_mbuf.h>", False),
    ("control/publish/x.cc", "<rte_eal.h>", False),
    ("control/config/x.cc", '"control/error.hh"', True),
    ("control/config/x.cc", '"control/zone/zone.hh"', False),
    ("control/zone/x.cc", '"control/config/config.hh"', True),
    ("control/zone/x.cc", '"control/alias/engine.hh"', False),
    ("control/zone/x.cc", '"dataplane/table/table.hh"', False),
    ("control/alias/x.cc", '"control/publish/compiler.hh"', False),
    ("control/alias/x.cc", '"dataplane/wire/name.hh"', True),
    ("control/publish/x.cc", '"dataplane/answer/query.hh"', True),
    ("control/publish/x.cc", '"dataplane/io/dataplane.hh"', False),
    ("control/publish/x.cc", '"control/serve/tcp.hh"', False),
    ("control/serve/x.cc", '"control/ctl/server.hh"', False),
    ("control/ctl/x.cc", '"control/telemetry/metrics.hh"', False),
    ("control/ctl/x.cc", '"dataplane/io/dataplane.hh"', False),
    ("control/ctl/x.cc", '"dataplane/answer/query.hh"', True),
    ("control/telemetry/x.cc", '"control/ctl/server.hh"', True),
    ("control/main.cc", '"dataplane/io/dataplane.hh"', True),
    ("control/zone/x.cc", '"zone.hh"', False),
    ("control/zone/x.cc", '<control/alias/engine.hh>', False),
    ("control/zone/x.cc", '"control/config/../alias/engine.hh"', False),
    ("control/zone/x.cc", '"control/config/../config/config.hh"', False),
    ("dataplane/wire/x.cc", '<../control/error.hh>', False),
    ("dataplane/wire/x.cc", '"tests/packet/frame.hh"', False),
    ("control/elsewhere/x.cc", "<string>", False),
    ("control/stray.cc", "<string>", False),
    ("tests/packet/x.cc", '"dataplane/io/dataplane.hh"', True),
    ("tests/packet/x.cc", '"dataplane.hh"', False),
]


def check(root):
    done = subprocess.run([SCRIPT, root], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_the_tree_obeys_its_layers():
    status, output = check(ROOT)
    assert status == 0, output


@pytest.mark.parametrize("file, included, allowed", CASES)
def test_include(tmp_path, file, included, allowed):
    for header in HEADERS:
        path = tmp_path / header
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#pragma once\n")
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"// first line\n#include {included}\n")
    status, output = check(tmp_path)
    if allowed:
        assert (status, output) == (0, "")
    else:
        # A file that belongs nowhere is reported as a whole.
        line = 1 if included == "<string>" else 2
        assert status == 1
        assert output.startswith(f"{file}:{line}: ")
        assert len(output.splitlines()) == 1


def test_a_tree_without_sources_is_an_error(tmp_path):
    status, _ = check(tmp_path)
    assert status == 2
