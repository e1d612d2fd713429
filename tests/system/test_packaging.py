# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""The unit file starts the daemon as the daemon wants to be started."""
from conftest import ROOT

UNIT = (ROOT / "packaging" / "apexd.service").read_text()


def test_nothing_stands_before_the_start():
    """--check-config fails for one bad zone file; a start serves the other zones."""
    assert "ExecStartPre" not in UNIT
    assert "ExecStart=/usr/bin/apexd -c /etc/apexdns/apexd.yaml\n" in UNIT
