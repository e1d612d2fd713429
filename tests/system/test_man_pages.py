# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""The manual pages are there where something refers to them, and know every option."""
import re
import subprocess

import pytest
from conftest import ROOT
from servers import apexdns_build

MAN = ROOT / "docs" / "man"


def test_every_page_that_is_referred_to_exists():
    unit = (ROOT / "packaging" / "apexd.service").read_text()
    pages = set(re.findall(r"man:(apex\w+)\((\d)\)", unit))
    for page in MAN.iterdir():
        pages |= set(re.findall(r"^\.Xr (apex\w+) (\d)", page.read_text(), re.MULTILINE))
    assert ("apexd", "8") in pages
    assert [page for page in pages if not (MAN / ".".join(page)).is_file()] == []


@pytest.mark.parametrize("program, section", [("apexd", 8), ("apexctl", 1)])
def test_every_option_is_described(program, section):
    text = (MAN / f"{program}.{section}").read_text()
    described = set(re.findall(r"Fl Fl ([\w-]+)", text))
    shown = subprocess.run([apexdns_build() / program, "--help"], capture_output=True, text=True,
                           check=True).stdout
    assert set(re.findall(r"--([\w-]+)", shown)) - {"help"} <= described
