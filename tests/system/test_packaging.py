# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""The unit file starts the daemon as the daemon wants to be started."""
from conftest import ROOT

UNIT = (ROOT / "packaging" / "apexd.service").read_text()


def test_nothing_stands_before_the_start():
    """--check-config fails for one bad zone file; a start serves the other zones."""
    assert "ExecStartPre" not in UNIT
    assert "ExecStart=/usr/bin/apexd -c /etc/apexdns/apexd.yaml\n" in UNIT


def test_the_state_folder_is_the_one_that_the_unit_makes():
    """And the only one that it may write to below /var."""
    config = (ROOT / "packaging" / "apexd.yaml").read_text()
    assert "\n  state: /var/lib/apexdns " in config
    assert "\nStateDirectory=apexdns\n" in UNIT
