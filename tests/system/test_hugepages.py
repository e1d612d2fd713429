# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Hugepages: the daemon on AF_XDP with them, and that they are always given back."""
import re
import subprocess
import sys

import hugepages
import pytest
from conftest import ROOT, counted, open_lab
from hugepages import FOLDER, Hugepages
from lab import wait_for
from servers import Apexd
from story import OLD4, SERVER4, Story
from traffic import query, rdata_texts

pytestmark = pytest.mark.alone

# Pools of one AF_XDP port and the record table, amply.
MEMORY = 512 << 20


def pages():
    return int((FOLDER / "nr_hugepages").read_text())


@pytest.mark.skipif(not FOLDER.is_dir(), reason="this kernel has no 2 MiB pages")
def test_af_xdp_on_hugepages():
    before = pages()
    with Hugepages() as reserved:
        if not reserved.reserve(MEMORY):
            pytest.skip(reserved.reason)
        with open_lab("hugepages") as lab:
            story = Story(lab)
            story.apexd.start()
            story.apexd.wait_for_aliases()
            status = story.apexd.ctl("status")
            assert status["hugepages"] is True
            assert status["ports"][0]["driver"] == "net_af_xdp"
            with counted(story.apexd, answer=1):
                reply = query(story.client, SERVER4, "example.com", "A")
                assert rdata_texts(reply, "A") == OLD4
            assert story.apexd.stop() == 0
            # The kernel lets go of a socket's packet buffers some time after its end.
            wait_for(lambda: int((FOLDER / "free_hugepages").read_text()) * hugepages.PAGE
                     >= MEMORY, "all pages to be free again")
    if not reserved.found:
        assert pages() == before


@pytest.mark.skipif(not FOLDER.is_dir(), reason="this kernel has no 2 MiB pages")
def test_too_few_hugepages_are_told():
    with Hugepages() as reserved:
        if not reserved.reserve(16 << 20):
            pytest.skip(reserved.reason)
        with open_lab("few-hugepages") as lab:
            apexd = Apexd(lab.host("server"), "apexd")
            apexd.write_config(addresses=[SERVER4], devices=["net_null0"], zones=[])
            apexd.start()
            assert apexd.ctl("status")["hugepages"] is False
            assert re.search(r"warning \d+ MiB of hugepages are free, \d+ are needed, so that none",
                             apexd.process.output())
            assert apexd.stop() == 0


@pytest.fixture
def host(tmp_path, monkeypatch):
    """A made-up host with three pages, all free."""
    monkeypatch.setattr(hugepages, "FOLDER", tmp_path)
    monkeypatch.setattr(hugepages, "RECORD", tmp_path / "record")
    for name in ("nr_hugepages", "free_hugepages"):
        (tmp_path / name).write_text("3\n")
    # Whoever sets the one sets the other.
    (tmp_path / "free_hugepages").unlink()
    (tmp_path / "free_hugepages").symlink_to("nr_hugepages")
    return tmp_path


def run_and_be_killed(host):
    script = ("import os, pathlib, signal, sys; sys.path.insert(0, sys.argv[1]); import hugepages; "
              "hugepages.FOLDER = pathlib.Path(sys.argv[2]); "
              "hugepages.RECORD = hugepages.FOLDER / 'record'; "
              "assert hugepages.Hugepages().reserve(10 * hugepages.PAGE); "
              "os.kill(os.getpid(), signal.SIGKILL)")
    done = subprocess.run([sys.executable, "-c", script, ROOT / "scripts" / "lib", host],
                          check=False)
    assert done.returncode == -9


def reserved_pages(host):
    return int((host / "nr_hugepages").read_text())


def test_pages_are_given_back(host):
    with Hugepages() as reserved:
        assert reserved.reserve(10 * hugepages.PAGE) and reserved_pages(host) == 10
        with Hugepages() as second:
            assert not second.reserve(20 * hugepages.PAGE)
            assert "another run" in second.reason
    assert reserved_pages(host) == 3
    assert not (host / "record").exists()


def test_what_a_killed_run_left_is_given_back_by_the_next(host):
    run_and_be_killed(host)
    assert reserved_pages(host) == 10
    with Hugepages() as reserved:
        assert reserved.reserve(5 * hugepages.PAGE)
        assert reserved_pages(host) == 5
        assert "gave back 7 pages" in reserved.found
    assert reserved_pages(host) == 3


def test_a_setting_that_was_changed_since_is_left_alone(host):
    run_and_be_killed(host)
    (host / "nr_hugepages").write_text("50\n")
    with Hugepages() as reserved:
        assert reserved.reserve(5 * hugepages.PAGE)
        assert reserved.found == ""
    assert reserved_pages(host) == 50
    assert not (host / "record").exists()
