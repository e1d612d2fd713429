# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the apexdns authors
"""Hugepages for the length of a benchmark, given back at its end. Used by
bench/line-rate only: the demo and the tests leave the host's setting alone."""
from pathlib import Path

PAGE = 2 << 20
FOLDER = Path("/sys/kernel/mm/hugepages/hugepages-2048kB")


class Hugepages:
    """A context manager that restores the number of 2 MiB pages it found."""

    def __init__(self):
        self.before = None
        self.reason = ""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self.before is not None:
            self._write(self.before)

    def reserve(self, octets):
        """True when at least `octets` are free as 2 MiB pages; `reason` says why not."""
        wanted = -(-octets // PAGE)
        if not FOLDER.is_dir():
            self.reason = "this kernel has no 2 MiB pages"
            return False
        missing = wanted - self._read("free_hugepages")
        if missing <= 0:
            return True
        total = self._read("nr_hugepages")
        try:
            self._write(total + missing)
        except OSError as error:
            self.reason = f"{FOLDER}/nr_hugepages cannot be written: {error.strerror}"
            return False
        self.before = total
        free = self._read("free_hugepages")
        if free < wanted:
            self.reason = f"asked for {wanted} free pages of 2 MiB, the kernel found {free}"
            self._write(self.before)
            return False
        return True

    def _read(self, name):
        return int((FOLDER / name).read_text())

    def _write(self, pages):
        (FOLDER / "nr_hugepages").write_text(f"{pages}\n")
